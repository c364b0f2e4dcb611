/** Packed files that others are written over: each is counted as a file of its own, however long it is and however it begins. */
import { rename, rm, utimes, writeFile } from "node:fs/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import type { FollowedFile } from "./followed-file.ts";
import { followed, line, log, openForEachTest, openInstead } from "./open-followed.contract.ts";

openForEachTest("access.log.gz");

/** Lines `from` to `to` (exclusive) behind four that all files begin with: more than the 256 bytes that a file is known by. */
function lines(from: number, to: number): string {
  const paths = ["/1", "/2", "/3", "/4", ...Array.from({ length: to - from }, (_, index) => `/${from + index}.jpg`)];
  return paths.map((path) => `${line(path)}\n`).join("");
}

describe.each([false, true])("a followed packed file that is written over, restart at each look %s", (restarts) => {
  let file: FollowedFile;
  beforeEach(() => {
    file = followed.follow();
  });
  const pass = (): Promise<number> => {
    if (restarts) file = followed.follow();
    return file.pass();
  };

  test.each([
    ["a shorter one, gzip", gzipSync, [14, 24], [30, 33]],
    ["a longer one, gzip", gzipSync, [14, 24], [30, 45]],
    ["one of the same length, gzip", gzipSync, [14, 24], [30, 40]],
    ["a shorter one, zstd", zstdCompressSync, [14, 24], [30, 33]],
    ["a longer one, zstd", zstdCompressSync, [14, 24], [30, 45]],
  ] as const)("with %s has all lines of both counted", async (_, pack, [from, to], [nextFrom, nextTo]) => {
    await writeFile(log, pack(lines(from, to)));
    expect(await pass()).toBe(4 + to - from);
    await writeFile(log, pack(lines(nextFrom, nextTo)));
    expect(await pass()).toBe(4 + nextTo - nextFrom);
    expect(await pass()).toBe(0);
    // The four that both begin with came before.
    const accepted = 4 + to - from + nextTo - nextFrom;
    expect(await followed.readCounts()).toMatchObject({
      received: accepted + 4,
      accepted,
      duplicates: 4,
      rejected: {},
    });
  });

  test("goes on from a place of an older program, which did not say what the file was", async () => {
    await writeFile(log, gzipSync(lines(14, 24)));
    await pass();
    const { digest: _, ...place } = await followed.readPlace();
    await followed.writePlace(place);
    file = followed.follow();
    await writeFile(log, gzipSync(lines(14, 29)));
    expect([await pass(), await pass()]).toEqual([5, 0]);
    await writeFile(log, gzipSync(lines(30, 33)));
    expect([await pass(), await pass()]).toEqual([7, 0]);
    const counts = { received: 14 + 5 + 7, accepted: 14 + 5 + 3, duplicates: 4, rejected: {} };
    expect(await followed.readCounts()).toMatchObject(counts);
  });
});

describe.each(["access.log.9.gz", "access.log.0.gz"])("a followed file that was packed under another name", (other) => {
  test(`is not read on in ${other}, which begins as it did and ends before its place`, async () => {
    await openInstead("access.log");
    await writeFile(log, lines(14, 24));
    await followed.follow().pass();
    await writeFile(`${log}.5.gz`, gzipSync(lines(14, 29)));
    await writeFile(log.replace("access.log", other), gzipSync(lines(30, 33)));
    // Older than the file, so that it is none that was missed.
    await utimes(log.replace("access.log", other), 1, 1);
    await rm(log);
    const file = followed.follow();
    expect([await file.pass(), await file.pass()]).toEqual([5, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 19, accepted: 19, duplicates: 0 });
    // It is none of the file: a plain one as short is none, either.
    await rename(log.replace("access.log", other), `${log}.1`);
    await writeFile(`${log}.1`, lines(30, 33));
    await utimes(`${log}.1`, 1, 1);
    expect([await file.pass(), await followed.follow().pass()]).toEqual([0, 0]);
  });
});
