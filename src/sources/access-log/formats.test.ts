/** Every format: what its fixture's lines become, and that no bytes at all are ever more or less than an event or a rejection. */
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RawRecord } from "../../model/raw-record.ts";
import { LOG_FORMATS, type SourceFormat } from "../../model/source.ts";
import { DEFAULT_SETTINGS, type SourceSettings } from "../../model/source-settings.ts";
import type { Passage } from "../passage.ts";
import { detectFormat } from "./detect-format.ts";
import { LINE_FORMATS, lineBytesMaxOf } from "./formats.ts";
import type { LogFormat } from "./log-format.ts";
import { readLines } from "./read-lines.ts";
import { LINE_TEST_BYTES_MAX, readOneLine } from "./read-one-line.contract.ts";

/** What a record of a fixture is expected to become, written by hand. */
type Expected = { readonly rejected: string } | Readonly<Record<string, unknown>>;
type Fixture = { readonly settings?: Partial<SourceSettings>; readonly records: readonly Expected[] };

const FOLDER = new URL("./fixtures/", import.meta.url);
const readFixture = (name: string): Fixture =>
  JSON.parse(readFileSync(new URL(`${name}.expected.json`, FOLDER), "utf8")) as Fixture;
const readLog = (name: string): Buffer => readFileSync(new URL(`${name}.log`, FOLDER));

/** Bytes of a log -> its records, as an import reads them. */
async function toRecords(bytes: Buffer, format: SourceFormat): Promise<RawRecord[]> {
  const options = { name: "a.log", source: "www", lineBytesMax: 65_536, batchLinesMax: 100, batchBytesMax: 1e9 };
  const batches = await readLines(Readable.from([bytes]), { ...options, format, prefix: "none" });
  return (await Array.fromAsync(batches)).flat();
}

function toPassage(record: RawRecord, format: SourceFormat, settings: Partial<SourceSettings> = {}): Passage {
  if (record.form !== "line") throw new Error("a log has lines only");
  const { bytes, terminated, columns, part = 0 } = record;
  return readOneLine(bytes, { format, terminated, settings, part, ...(columns === undefined ? {} : { columns }) });
}

function describePassage(passage: Passage): Expected {
  if (passage.rejection !== null) return { rejected: passage.rejection.reason };
  const { id, kind, operation, count, bytesIn, bytesOut } = passage;
  const event = { id, time: new Date(passage.timeMs).toISOString(), kind, operation, count, bytesIn, bytesOut };
  return {
    ...event,
    ...(passage.assetPath === null ? {} : { asset: passage.assetPath }),
    ...(passage.bucket === null ? {} : { bucket: passage.bucket }),
    ...(passage.object === null ? {} : { object: passage.object }),
  };
}

async function readAll(bytes: Buffer, format: SourceFormat, settings?: Partial<SourceSettings>) {
  return (await toRecords(bytes, format)).map((record) => describePassage(toPassage(record, format, settings)));
}

describe.each(LOG_FORMATS)("%s", (name) => {
  const format = LINE_FORMATS.get(name) as LogFormat;
  const { settings = {}, records } = readFixture(name);
  const log = readLog(name);
  const sampleSettings = { ...DEFAULT_SETTINGS, ...settings };
  const sampleBytes = Buffer.from(`${format.sample.join("\n")}\n`);

  test("each line of the fixture becomes what was written by hand", async () => {
    expect(await readAll(log, name, settings)).toEqual(records);
  });

  test("line ends of Windows and a byte order mark change nothing", async () => {
    const changed = Buffer.from(`\ufeff${log.toString().replaceAll("\n", "\r\n")}`);
    expect(await readAll(changed, name, settings)).toEqual(records);
  });

  test("the sample is readable and names where it is documented", async () => {
    const read = await readAll(sampleBytes, name, settings);
    expect(read.length).toBeGreaterThan(0);
    for (const each of read) expect(each).not.toHaveProperty("rejected");
    for (const page of format.see) expect(page).toMatch(/^https:\/\/\S+ \(read \d{4}-\d\d-\d\d\)$/);
  });

  test("the first lines say which format it is, unless nothing tells it from another", () => {
    // Fastly's default is Apache's common format, and real-time records have neither header nor shape.
    const guessed = { "fastly-classic": "common", "cloudfront-realtime": null }[name as string];
    expect(detectFormat(sampleBytes, DEFAULT_SETTINGS)).toBe(guessed === undefined ? name : guessed);
  });

  test("the sample cut at any byte is a rejection with a reason, or the whole event where the format proves its end", async () => {
    const line = sampleBytes.subarray(0, -1);
    const last = (await readAll(Buffer.concat([line, Buffer.from("\n")]), name, settings)).at(-1);
    for (let length = line.lastIndexOf(0x0a) + 2; length < line.length; length++) {
      const cut = await toRecords(line.subarray(0, length), name);
      const passage = toPassage(cut.at(-1) as RawRecord, name, settings);
      if (passage.rejection === null) expect(describePassage(passage)).toEqual(last);
      else expect(passage.rejection.detail).not.toBe("");
    }
  });

  test("any bytes are an event or one rejection, whatever of a real line is left of them", async () => {
    const line = sampleBytes.subarray(0, -1);
    const change = fc.record({ at: fc.nat(line.length), cut: fc.nat(20), put: fc.uint8Array({ maxLength: 20 }) });
    const columns = columnsOf(format);
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.array(change, { maxLength: 3 })), (given) => {
        const bytes = given instanceof Uint8Array ? Buffer.from(given) : changeBytes(line, given);
        for (const terminated of [true, false]) {
          const choice = {
            format: name,
            terminated,
            settings: sampleSettings,
            ...(columns === null ? {} : { columns }),
          };
          const passage = readOneLine(bytes, choice);
          const measures = [passage.count, passage.bytesIn, passage.bytesOut, passage.timeMs];
          if (passage.rejection === null)
            expect(measures.every((value) => Number.isSafeInteger(value) && value >= 0)).toBe(true);
          else expect(passage.rejection.detail).not.toBe("");
        }
      }),
      { numRuns: 300 },
    );
  });

  test("NUL bytes and lines that are too long are refused before anything is read of them", () => {
    const line = Buffer.from(format.sample.at(-1) as string);
    const withNul = Buffer.concat([line.subarray(0, 40), Buffer.of(0), line.subarray(40)]);
    expect(readOneLine(withNul, { format: name, settings }).rejection?.reason).toBe("not-text");
    const tooLong = Buffer.alloc(lineBytesMaxOf(name, LINE_TEST_BYTES_MAX) + 1, line);
    expect(readOneLine(tooLong, { format: name, settings }).rejection?.reason).toBe("line-too-long");
  });
});

function columnsOf({ header, fields }: LogFormat): readonly string[] | null {
  return header === "none" ? null : fields;
}

type Change = { readonly at: number; readonly cut: number; readonly put: Uint8Array };

function changeBytes(line: Buffer, changes: readonly Change[]): Buffer {
  return changes.reduce(
    (bytes, { at, cut, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]),
    line as Buffer,
  );
}
