/** Whole files: what is counted, what sending them again in other forms adds, and what damage and overload leave behind. */
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../../platform/errors.ts";
import type { LogIntake } from "../intake.ts";
import { openTestIntake, type TestIntake } from "../open-intake.contract.ts";
import { type ImportOptions, importFile } from "./import-file.ts";

let opened: TestIntake;
beforeEach(async () => {
  opened = await openTestIntake();
});
afterEach(() => opened.close());

const line = (second: number, path: string, bytes: number) =>
  `192.0.2.1 - - [20/Nov/2026:08:15:${String(second).padStart(2, "0")} +0000] "GET ${path} HTTP/1.1" 200 ${bytes} "-" "x"`;

// Three deliveries of 10 + 10 + 20 bytes, of which two are the same line, and one API request of 5 bytes.
const LINES = [line(1, "/a.jpg", 10), line(1, "/a.jpg", 10), line(2, "/b.jpg", 20), line(3, "/api/7", 5)];
const LOG = Buffer.from(`${LINES.join("\n")}\n`);
const SUMS = { api: [1, 0, 5, 0, 0], delivery: [3, 0, 40, 0, 0] };

async function* chunksOf(bytes: Buffer, chunkBytes = 33): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

function send(bytes: Buffer, more: Partial<ImportOptions> = {}) {
  const { organization, intake, clock } = opened;
  const whose = { organization, source: "www", format: "combined", space: 1, allowedSpaces: null } as const;
  const what = { chunks: chunksOf(bytes), bytesTotal: bytes.length, name: "access.log", lineBytesMax: 65_536 };
  return importFile({ ...whose, ...what, intake, clock, ...more });
}

describe("importFile", () => {
  test("each line is counted once, equal lines of one file as the different requests that they are", async () => {
    expect(await send(LOG)).toEqual({
      received: 4,
      accepted: 4,
      late: 0,
      duplicates: 0,
      rejected: 0,
      rejectedByReason: {},
      firstEventMs: Date.UTC(2026, 10, 20, 8, 15, 1),
      lastEventMs: Date.UTC(2026, 10, 20, 8, 15, 3),
      bytes: LOG.length,
    });
    expect(await opened.readSums()).toEqual(SUMS);
  });

  const crlf = Buffer.from(LOG.toString().replaceAll("\n", "\r\n"));
  const firstHalf = Buffer.from(`${LINES.slice(0, 2).join("\n")}\n`);
  const secondHalf = Buffer.from(`${LINES.slice(2).join("\n")}\n`);
  const withMark = Buffer.concat([Buffer.from("\ufeff"), LOG]);
  const forms: Record<string, Buffer> = {
    copy: LOG,
    gzip: gzipSync(LOG),
    "gzip of two members": Buffer.concat([gzipSync(firstHalf), gzipSync(secondHalf)]),
    zstd: zstdCompressSync(LOG),
    CRLF: crlf,
    "byte order mark": withMark,
    "no line end at the end": LOG.subarray(0, -1),
    "blank lines": Buffer.from(`\n\n  \n${LINES.join("\n\n")}\n\n`),
    "NUL bytes before the first line": Buffer.concat([Buffer.alloc(5_000), LOG]),
    "first half": firstHalf,
    "second half": secondHalf,
  };

  test.each(Object.entries(forms))("sending it again adds nothing: %s", async (_, bytes) => {
    await send(LOG);
    const again = await send(bytes, { name: "another.log", chunks: chunksOf(bytes, 7) });
    expect(again).toMatchObject({ accepted: 0, rejected: 0 });
    expect(again.duplicates).toBe(again.received);
    expect(await opened.readSums()).toEqual(SUMS);
  });

  test.each(Object.entries(forms))(
    "sending it first and the whole file after it gives the whole: %s",
    async (_, bytes) => {
      const first = await send(bytes);
      const whole = await send(LOG);
      expect(first.accepted + whole.accepted).toBe(4);
      expect(await opened.readSums()).toEqual(SUMS);
    },
  );

  test("two servers that write the same line need two sources, and then both are counted", async () => {
    await send(LOG, { source: "www-1" });
    await send(LOG, { source: "www-2" });
    expect((await opened.readSums()).api).toEqual([2, 0, 10, 0, 0]);
  });

  test("a bad line is one rejection with its place and reason, and the others are counted", async () => {
    const bytes = Buffer.from(`${LINES[0]}\nnonsense\n${LINES[2]}\n${LINES[3]?.replace("GET", "get")}\n`);
    const summary = await send(bytes);
    expect(summary).toMatchObject({ received: 4, accepted: 2, duplicates: 0, rejected: 2 });
    expect(summary.rejectedByReason).toEqual({ malformed: 1, "no-request": 1 });
    const kept = await opened.store.readRejected(opened.organization, "www");
    expect(kept.map(({ position, reason }) => [position, reason])).toContainEqual(["access.log:2", "malformed"]);
    expect(JSON.stringify(kept)).not.toContain("192.0.2.1");
    expect(await opened.readCounts("www")).toMatchObject({
      received: 4,
      accepted: 2,
      rejected: summary.rejectedByReason,
    });
  });

  test("whoever chooses the format sees a whole line, however long the first one is, and all lines are counted", async () => {
    const bytes = Buffer.concat([Buffer.alloc(100_000, "x"), Buffer.from("\n"), LOG]);
    const starts: Buffer[] = [];
    const choose = async (start: Buffer) => {
      starts.push(start);
      return { source: "www", format: "combined", space: 1 } as const;
    };
    const summary = await send(bytes, { chunks: chunksOf(bytes, 10_000), choose });
    expect(starts.map((start) => start.indexOf("\n"))).toEqual([100_000]);
    expect(summary).toMatchObject({ received: 5, accepted: 4, rejectedByReason: { "line-too-long": 1 } });
  });

  test("a line over the bound is one rejection, whatever stands behind its first bytes", async () => {
    const long = Buffer.concat([Buffer.alloc(300_000, "x"), Buffer.from(`\n${LINES[0]}\n`)]);
    const summary = await send(long, { lineBytesMax: 65_536 });
    expect(summary).toMatchObject({ received: 2, accepted: 1, rejectedByReason: { "line-too-long": 1 } });
  });

  test("deliveries register their assets by path in the file's space", async () => {
    await send(LOG);
    const { assets } = await opened.catalog.listAssets(
      opened.organization,
      1,
      { trash: false },
      { by: "shortFilename", direction: "asc" },
      { page: 1, perPage: 10 },
    );
    expect(assets.map(({ path, space, contentBytes }) => ({ path, space, contentBytes }))).toEqual([
      { path: "/a.jpg", space: 1, contentBytes: null },
      { path: "/b.jpg", space: 1, contentBytes: null },
    ]);
  });

  test("a cut archive ends with corrupt-archive, what stands before the cut stays counted, the whole file adds the rest", async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => line(i % 60, `/${(i * 7_919) % 104_729}.jpg`, i));
    const whole = Buffer.from(`${lines.join("\n")}\n`);
    const packed = gzipSync(whole);
    await expect(send(packed.subarray(0, packed.length / 2))).rejects.toMatchObject({
      code: "sources/corrupt-archive",
    });
    const before = (await opened.readCounts("www"))?.accepted ?? 0;
    expect(before).toBeGreaterThan(1_000);
    expect(before).toBeLessThan(20_000);
    expect(await send(packed)).toMatchObject({ accepted: 20_000 - before, duplicates: before, rejected: 0 });
  });

  test("a file that cannot be read to its end keeps what was read, but not the piece of a line", async () => {
    async function* failing() {
      yield LOG.subarray(0, LOG.indexOf("/b.jpg"));
      throw new Error("EIO");
    }
    await expect(send(LOG, { chunks: failing() })).rejects.toMatchObject({ code: "sources/unreadable-file" });
    expect(await opened.readSums()).toEqual({ delivery: [2, 0, 20, 0, 0] });
    expect(await opened.readCounts("www")).toMatchObject({ received: 2 });
  });

  test("a pause ends the import at the next piece, and sending the file again after it adds the rest", async () => {
    // Lines of 1,024 bytes: a piece of 2 MB holds 2,048 of them.
    const numbered = (i: number) =>
      `${line(i % 60, `/${i}.jpg`, 1)
        .slice(0, -1)
        .padEnd(1_022, "x")}"\n`;
    const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, i) => numbered(i)).join(""));
    const { organization, catalog } = opened;
    const pause = (paused: boolean) => catalog.updateSource(organization, "www", { settings: { paused } });
    const intake: LogIntake = {
      ...opened.intake,
      openLog(facts) {
        const log = opened.intake.openLog(facts);
        let turn: Promise<unknown> = Promise.resolve();
        const push: typeof log.push = (...piece) => {
          const read = turn.then(() => log.push(...piece)).finally(() => pause(true));
          turn = read.catch(() => {});
          return read;
        };
        return { ...log, push };
      },
    };
    const chunks = () => chunksOf(bytes, 65_536);
    await expect(send(bytes, { intake, chunks: chunks() })).rejects.toMatchObject({ code: "sources/paused" });
    expect(await opened.readCounts("www")).toMatchObject({ received: 2_048, accepted: 2_048 });
    await pause(false);
    expect(await send(bytes, { chunks: chunks() })).toMatchObject({ accepted: 2_952, duplicates: 2_048, rejected: 0 });
  });

  test("progress ends at the bytes of the file as it is stored and the lines in it", async () => {
    const packed = gzipSync(LOG);
    const seen: unknown[] = [];
    await send(packed, { chunks: chunksOf(packed, 10), onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ bytesRead: packed.length, bytesTotal: packed.length, lines: 4, linesPerS: 0 });
  });

  test("an overloaded intake is asked again", async () => {
    let refusals = 2;
    const intake: LogIntake = {
      ...opened.intake,
      async submit(submission) {
        if (refusals-- > 0) throw new AppError("sources/overloaded", "full", { retryAfterS: 0 });
        return opened.intake.submit(submission);
      },
    };
    expect(await send(LOG, { intake })).toMatchObject({ accepted: 4 });
  });

  test("a store that fails ends the import with its error, and importing again counts everything once", async () => {
    let isDown = true;
    const intake: LogIntake = {
      ...opened.intake,
      async submit(submission) {
        if (isDown) throw new AppError("store/unavailable", "down");
        return opened.intake.submit(submission);
      },
    };
    await expect(send(LOG, { intake })).rejects.toMatchObject({ code: "store/unavailable" });
    isDown = false;
    expect(await send(LOG, { intake })).toMatchObject({ accepted: 4, duplicates: 0 });
  });
});
