/** What is kept of a refused line gives, in every format, exactly what the line itself would give; and holds no secret. */
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { RawRecord } from "../../model/raw-record.ts";
import { LOG_FORMATS, type SourceFormat } from "../../model/source.ts";
import { DEFAULT_SETTINGS, type SourceSettings } from "../../model/source-settings.ts";
import { buildFixedClock } from "../../platform/clock.ts";
import { readLines } from "../access-log/read-lines.ts";
import type { Submission } from "../intake.ts";
import { buildKnownThings } from "../known-things.ts";
import { buildPassage, type Passage } from "../passage.ts";
import { STEPS } from "../pipeline.ts";
import { toRow } from "../steps/measure-event.ts";
import type { StepContext } from "../steps/step.ts";
import { parseKeptLine, printKeptLine } from "./kept-line.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 12);
/** The sender of a log who names no space and may write to all. */
const ANYWHERE = { space: null, allowedSpaces: null };
const FOLDER = new URL("../access-log/fixtures/", import.meta.url);

/** Runs the steps that ask nobody, under these settings. */
function pass(record: RawRecord, format: SourceFormat, settings: Partial<SourceSettings>): Passage {
  const whose = { organization: 1, source: "www", format, space: null, allowedSpaces: null, checkpoint: null };
  const submission: Submission = { ...whose, records: [record] };
  const limits = { lineBytesMax: 65_536, futureToleranceMs: 600_000, operationsPerSourceMax: 10 };
  const known = buildKnownThings(buildFixedClock(NOW_MS));
  const context = { submission, arrivedMs: NOW_MS, limits, known } as unknown as StepContext;
  const passage = buildPassage(record, submission);
  passage.settings = {
    ...{ organization: 1, name: "www", format, space: null, latenessBoundMs: 0, tracksWatermark: false },
    ...{ registersUnknown: true, createdAtMs: 0, settings: { ...DEFAULT_SETTINGS, ...settings } },
  };
  for (const step of STEPS) {
    if (step.form === "record" && !["check-space", "bound-operations"].includes(step.name)) {
      passage.rejection ??= step.run(passage, context);
    }
  }
  return passage;
}

async function readFixture(format: SourceFormat) {
  const log = readFileSync(new URL(`${format}.log`, FOLDER));
  const text = readFileSync(new URL(`${format}.expected.json`, FOLDER), "utf8");
  const { settings = {} } = JSON.parse(text) as { readonly settings?: Partial<SourceSettings> };
  const options = { name: "a.log", source: "www", lineBytesMax: 65_536, batchLinesMax: 100, batchBytesMax: 1e9 };
  const batches = readLines(Readable.from([log]), { ...options, format, prefix: "none" });
  return { settings, records: (await Array.fromAsync(batches)).flat() };
}

const toKept = (replay: string): RawRecord => {
  return { form: "kept", replay, number: 1, reason: "unmapped", receivedMs: NOW_MS, position: "a.log:1" };
};

describe.each(LOG_FORMATS)("printKeptLine of %s", (format) => {
  test("gives the same row, under the same identity, as the line would have given", async () => {
    const { settings, records } = await readFixture(format);
    let replayed = 0;
    for (const record of records) {
      const asIs = pass(record, format, settings);
      for (const wrong of [{ rules: [{ match: {}, ignore: true }] }, { oldestDays: 0 }] as const) {
        const refused = pass(record, format, { ...settings, ...wrong });
        const text = printKeptLine(refused, { space: 7, allowedSpaces: [7, 9] });
        if (!asIs.isMeasured) continue;
        const again = pass(toKept(text ?? ""), format, settings);
        expect(again.rejection).toBeNull();
        expect(toRow(again)).toEqual(toRow(asIs));
        expect(again.assetPath).toBe(asIs.assetPath);
        expect(parseKeptLine(text ?? "")).toMatchObject({ space: 7, allowedSpaces: [7, 9] });
        replayed += 1;
      }
    }
    expect(replayed).toBeGreaterThan(0);
  });

  test("keeps nothing of what can never count: lines that cannot be read, halves of requests", async () => {
    const { settings, records } = await readFixture(format);
    for (const record of records) {
      const asIs = pass(record, format, settings);
      if (asIs.rejection !== null) expect(printKeptLine(asIs, ANYWHERE)).toBeUndefined();
    }
  });
});

describe("printKeptLine", () => {
  const LINE =
    'host1 - 5 [20/Nov/2026:08:00:00 +0000] "GET http://u:SECRET@h/a.jpg?token=SECRET HTTP/1.1" 200 7 "SECRET" "SECRET"';
  const recordOf = (text: string) => {
    const bytes = Buffer.from(text);
    return { form: "line", bytes, contentId: "l1:test", terminated: true, file: "a.log", number: 1 } as const;
  };
  const ignoring = { rules: [{ match: {}, ignore: true as const }] };

  test("holds no query, no credential, no referrer, no agent, no client, and a user only where a rule asked for it", () => {
    const text = printKeptLine(pass(recordOf(LINE), "combined", ignoring), ANYWHERE) ?? "";
    expect(text).not.toMatch(/SECRET|host1|token/);
    expect(parseKeptLine(text)).toMatchObject({ knowsUser: false, request: { user: null, path: "/a.jpg", host: "h" } });
    const asking = { rules: [{ match: {}, set: { user: "{user}" } }], oldestDays: 0 };
    const withUser = printKeptLine(pass(recordOf(LINE), "combined", asking), ANYWHERE) ?? "";
    expect(parseKeptLine(withUser)).toMatchObject({ knowsUser: true, request: { user: "5" } });
    const named = printKeptLine(pass(recordOf(LINE.replace("- 5", "- SECRET")), "combined", asking), ANYWHERE) ?? "";
    expect(named).not.toContain("SECRET");
    expect(parseKeptLine(named)).toMatchObject({ knowsUser: false, request: { user: null } });
  });

  test("tells uploads in parts apart without their ids, which give whoever has them the right to write", () => {
    const part = (upload: string) =>
      `${"a".repeat(64)} media [20/Nov/2026:08:00:00 +0000] 192.0.2.1 - ID1 REST.PUT.PART big.mp4 ` +
      `"PUT /big.mp4?partNumber=3&uploadId=${upload} HTTP/1.1" 200 - - 8000 41 12 "-" "x" - h - - - h - - -`;
    const keptOf = (upload: string) => printKeptLine(pass(recordOf(part(upload)), "s3", ignoring), ANYWHERE) ?? "";
    expect(keptOf("SECRET")).not.toMatch(/SECRET|192\.0\.2/);
    expect(parseKeptLine(keptOf("SECRET"))?.request.store?.upload?.part).toBe(3);
    expect(keptOf("SECRET")).toBe(keptOf("SECRET"));
    expect(keptOf("OTHER")).not.toBe(keptOf("SECRET"));
  });

  test("keeps lines of up to 16 KB and of longer ones nothing", () => {
    const keptBytes = (pathBytes: number) =>
      printKeptLine(pass(recordOf(LINE.replace("a.jpg", "x".repeat(pathBytes))), "combined", ignoring), ANYWHERE)
        ?.length;
    expect(keptBytes(15_000)).toBeGreaterThan(15_000);
    expect(keptBytes(17_000)).toBeUndefined();
  });
});

describe("parseKeptLine", () => {
  test.each(["", "{", "null", "7", "{}", '{"form":1,"id":"x"}'])("reads %j as nothing", (text) => {
    expect(parseKeptLine(text)).toBeNull();
  });
});
