/** The public log of semicomplete.com: counted as its hand-checked truth says, and sent again in every form adds nothing. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestIntake, type TestIntake } from "../open-intake.contract.ts";
import { importFile } from "./import-file.ts";

// The log lies beside the checkout and is not part of it; a fresh clone does not have it.
const LOG = fileURLToPath(new URL("../../../../shared/data/apache_logs", import.meta.url));
const isThere = existsSync(LOG);
if (!isThere) process.stdout.write(`skipped: the real access log is not at ${LOG}\n`);

describe.skipIf(!isThere)("importFile on a real log", () => {
  let opened: TestIntake;
  let log: Buffer;
  beforeAll(async () => {
    opened = await openTestIntake();
    log = readFileSync(LOG);
  });
  afterAll(() => opened.close());

  const send = (bytes: Buffer, name = "apache_logs") =>
    importFile({
      chunks: chunksOf(bytes, 50_000),
      bytesTotal: bytes.length,
      name,
      organization: opened.organization,
      source: "www",
      format: "combined",
      space: 1,
      allowedSpaces: null,
      lineBytesMax: 65_536,
      intake: opened.intake,
      clock: opened.clock,
    });

  test("it is counted line by line as its truth says", async () => {
    const summary = await send(log);
    expect(summary).toMatchObject({ received: 10_000, accepted: 10_000, duplicates: 0, rejected: 0, bytes: 2_370_789 });
    const sums = await opened.readSums();
    expect(Object.keys(sums).sort()).toEqual(["api", "delivery"]);
    expect(sums.delivery?.slice(0, 3)).toEqual([5_642, 0, 387_770_394]);
    expect(sums.api?.slice(0, 3)).toEqual([4_358, 0, 2_359_512_346]);
  });

  test("its deliveries are of 474 paths, and the heaviest is the one that the truth names", async () => {
    const rows = await opened.store.scan({
      organization: opened.organization,
      segments: [{ table: "usage_raw", startMs: 0, endMs: Date.UTC(2030, 0, 1) }],
      filter: { kind: ["delivery"] },
      groupBy: ["asset"],
      sums: [
        { measure: "bytesOut", kinds: null },
        { measure: "count", kinds: null },
      ],
      windows: null,
      keep: null,
      orderBySum: { sum: 0, direction: "desc" },
      rowsMax: null,
    });
    expect(rows).toHaveLength(474);
    expect(rows[0]?.sums.map(Number)).toEqual([50_879_149, 10]);
    const heaviest = await opened.catalog.readAsset(opened.organization, rows[0]?.group[0] as number);
    expect(heaviest?.path).toBe("/presentations/logstash-blah/images/office-space-printer-beat-down-gif.gif");
    expect(heaviest?.space).toBe(1);
  });

  test("the copy, the packed copy, the halves and the copy with CRLF add nothing", async () => {
    const middle = middleOf(log);
    const forms: [string, Buffer, number][] = [
      ["copy", log, 10_000],
      ["packed copy", gzipSync(log), 10_000],
      ["first half", log.subarray(0, middle), 5_000],
      ["second half", log.subarray(middle), 5_000],
      ["copy with CRLF", Buffer.from(log.toString("latin1").replaceAll("\n", "\r\n"), "latin1"), 10_000],
    ];
    for (const [name, bytes, lines] of forms) {
      const summary = await send(bytes, name);
      expect(summary, name).toMatchObject({ received: lines, accepted: 0, duplicates: lines, rejected: 0 });
    }
    expect((await opened.readSums()).delivery?.[0]).toBe(5_642);
    const counts = await opened.readCounts("www");
    expect(counts).toMatchObject({ received: 50_000, accepted: 10_000, duplicates: 40_000, rejected: {} });
  });

  test("the two halves as two files of a new store give the whole", async () => {
    const other = await openTestIntake();
    const whole = opened;
    opened = other;
    try {
      const middle = middleOf(log);
      await send(log.subarray(middle), "second");
      await send(log.subarray(0, middle), "first");
      const sums = await other.readSums();
      expect((sums.delivery?.[0] ?? 0) + (sums.api?.[0] ?? 0)).toBe(10_000);
      expect(await send(log)).toMatchObject({ accepted: 0, duplicates: 10_000 });
    } finally {
      opened = whole;
      await other.close();
    }
  });
});

/** Where the line after the 5,000th begins. */
function middleOf(log: Buffer): number {
  let at = 0;
  for (let line = 0; line < 5_000; line++) at = log.indexOf(0x0a, at) + 1;
  return at;
}

async function* chunksOf(bytes: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}
