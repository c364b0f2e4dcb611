/** Logs that grow and rotate: each line counts once, whatever happens to the file and whenever the reader starts anew. */
import { appendFile, copyFile, readFile, rename, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { FilePlace } from "./file-place.ts";
import type { FollowedFile } from "./followed-file.ts";
import { followed, log, openForEachTest } from "./open-followed.contract.ts";

openForEachTest("access.log");

/** Lines `from` to `to` (exclusive), each of one request and one byte. Every second one is the same as the one before. */
function lines(from: number, to: number): string {
  const numbers = Array.from({ length: to - from }, (_, index) => (from + index) >> 1);
  const time = (number: number) =>
    `[20/Nov/2026:08:${String(Math.floor(number / 60) % 60).padStart(2, "0")}:${String(number % 60).padStart(2, "0")} +0000]`;
  return numbers
    .map((number) => `192.0.2.1 - - ${time(number)} "GET /${number}.jpg HTTP/1.1" 200 1 "-" "x"\n`)
    .join("");
}

/** The lines as a container's output has them. */
const prefixed = (text: string): string => text.replaceAll(/^(?=.)/gm, "caddy  | ");

/** Requests counted so far. */
const readCounted = async (): Promise<number> => (await followed.readSums()).delivery?.[0] ?? 0;

/** What became of the lines of a file that is imported. */
async function importWhole(file: string): Promise<{ readonly accepted: number; readonly duplicates: number }> {
  const { accepted, duplicates } = await followed.importBytes(await readFile(file));
  return { accepted, duplicates };
}

/** The place that a pass leaves in the checkpoint. */
async function passAndReadPlace(): Promise<FilePlace> {
  await followed.follow().pass();
  return followed.readPlace();
}

/** Passes until nothing more comes, twice. */
async function passAll(file: FollowedFile): Promise<void> {
  for (let quiet = 0; quiet < 2; ) quiet = (await file.pass()) === 0 ? quiet + 1 : 0;
}

describe("a followed file", () => {
  test("that grows gives each line once, and a last line waits for its end", async () => {
    const file = followed.follow();
    expect(await file.pass()).toBe(0);
    await writeFile(log, lines(0, 10));
    expect(await file.pass()).toBe(10);
    const [more, cut] = [lines(10, 13), 30];
    await appendFile(log, more.slice(0, -cut));
    expect(await file.pass()).toBe(2);
    await appendFile(log, more.slice(-cut));
    expect(await file.pass()).toBe(1);
    expect(await readCounted()).toBe(13);
    expect(await followed.readCounts()).toMatchObject({ received: 13, duplicates: 0 });
  });

  test("is resumed exactly where the last commit stood, also in the middle of a line and between equal lines", async () => {
    const all = lines(0, 21);
    for (let at = 0; at < all.length; at += 97) {
      await appendFile(log, all.slice(at, at + 97));
      await followed.follow().pass();
    }
    expect(await followed.readCounts()).toMatchObject({ received: 21, accepted: 21, duplicates: 0 });
  });

  test("that is renamed is read to its end before the new one, with or without a restart in between", async () => {
    let file = followed.follow();
    for (let round = 0; round < 4; round++) {
      await appendFile(log, lines(round * 100, round * 100 + 40));
      await file.pass();
      await appendFile(log, lines(round * 100 + 40, round * 100 + 60));
      await rename(log, `${log}.${round}`);
      // Its writer has not noticed yet.
      await appendFile(`${log}.${round}`, lines(round * 100 + 60, round * 100 + 70));
      if (round % 2 === 1) file = followed.follow();
      await writeFile(log, lines(round * 100 + 70, round * 100 + 80));
      await passAll(file);
      expect(await readCounted()).toBe((round + 1) * 80);
      await rm(log);
    }
    expect(await followed.readCounts()).toMatchObject({ accepted: 320, rejected: {} });
  });

  test("that is copied and cut is read to its end in the copy", async () => {
    let file = followed.follow();
    await writeFile(log, lines(0, 40));
    await file.pass();
    await appendFile(log, lines(40, 50));
    await copyFile(log, `${log}.1`);
    await truncate(log);
    await appendFile(log, lines(50, 60));
    await passAll(file);
    expect(await readCounted()).toBe(60);
    // The next time it has grown past the old place before anybody looks.
    await copyFile(log, `${log}.1`);
    await truncate(log);
    await appendFile(log, lines(60, 400));
    file = followed.follow();
    await passAll(file);
    expect(await followed.readCounts()).toMatchObject({ received: 400, accepted: 400 });
  });

  test("that is packed while nobody looked is read to its end in the archive", async () => {
    await writeFile(log, lines(0, 40));
    await followed.follow().pass();
    await appendFile(log, lines(40, 90));
    await writeFile(`${log}.1.gz`, gzipSync(await readFile(log)));
    await rm(log);
    await writeFile(log, lines(90, 100));
    await passAll(followed.follow());
    expect(await followed.readCounts()).toMatchObject({ received: 100, accepted: 100, duplicates: 0 });
  });

  test("that was packed from the start is read once", async () => {
    await writeFile(log, gzipSync(Buffer.from(lines(0, 30))));
    for (let start = 0; start < 2; start++) await passAll(followed.follow());
    expect(await followed.readCounts()).toMatchObject({ received: 30, accepted: 30 });
  });

  test.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ])("that its writer packs, %s, is read on when it grows, with or without a restart in between", async (_, pack) => {
    let file = followed.follow();
    const all = lines(0, 40);
    // Where a member ends is no end of a line, and equal lines lie in two members.
    for (let at = 0, from = 0; at < 4; at++) {
      const to = at === 3 ? all.length : from + Math.floor(all.length / 4) + 11;
      await appendFile(log, pack(Buffer.from(all.slice(from, to))));
      from = to;
      const ended = all.slice(0, to).split("\n").length - 1;
      if (at % 2 === 1) file = followed.follow();
      await file.pass();
      expect(await followed.readCounts()).toMatchObject({ received: ended, accepted: ended });
      expect(await file.pass()).toBe(0);
    }
    expect(await followed.readCounts()).toMatchObject({ received: 40, accepted: 40, duplicates: 0, rejected: {} });
  });

  test("that is packed and has not changed is not unpacked at every look, nor after a restart", async () => {
    await writeFile(log, gzipSync(Buffer.from(lines(0, 10))));
    await passAll(followed.follow());
    await passAll(followed.follow());
    // The ten lines, and that their file has been read to its end.
    expect(followed.readCommits()).toBe(2);
  });

  test("that is packed and was deleted is gone: another one that begins alike, as deliveries do, is not read in its place", async () => {
    const other = join(followed.folder, "access.other.gz");
    const file = followed.follow();
    await writeFile(log, gzipSync(Buffer.from(lines(0, 10))));
    await writeFile(other, gzipSync(Buffer.from(lines(0, 100))));
    await passAll(file);
    await rm(log);
    expect(await file.pass()).toBe(0);
    expect([file.isGone(), (await followed.readCounts())?.received]).toEqual([true, 10]);
  });

  test("that is packed and renamed gives the rest of it before the new one, and its last line without an end when it has rested", async () => {
    const file = followed.follow();
    await writeFile(log, gzipSync(Buffer.from(lines(0, 10))));
    await file.pass();
    await rename(log, `${log}.1`);
    // All of the last line but its end, which a combined line is proven whole without.
    await appendFile(`${log}.1`, gzipSync(Buffer.from(lines(10, 20).slice(0, -1))));
    await passAll(file);
    expect(await readCounted()).toBe(19);
    await writeFile(log, gzipSync(Buffer.from(lines(20, 25))));
    await passAll(file);
    followed.setAfter(60_000);
    await passAll(file);
    expect(await followed.readCounts()).toMatchObject({ received: 25, accepted: 25, duplicates: 0, rejected: {} });
  });

  test("that is packed and grew goes on from a checkpoint that does not say how large the file was", async () => {
    await writeFile(log, gzipSync(Buffer.from(lines(0, 10))));
    const { modifiedMs, sizeBytes, ...rest } = await passAndReadPlace();
    expect(sizeBytes).toBeGreaterThan(0);
    await followed.writePlace({ ...rest, modifiedMs });
    expect(await followed.follow().pass()).toBe(0);
    await appendFile(log, gzipSync(Buffer.from(lines(10, 15))));
    // Later than any tick of the file system's clock.
    await utimes(log, new Date(), new Date(modifiedMs + 5_000));
    expect(await followed.follow().pass()).toBe(5);
    expect(await followed.readCounts()).toMatchObject({ received: 15, accepted: 15, duplicates: 0 });
  });

  test("is read without the prefix that its source names from the change on, and its lines are those of an import", async () => {
    const file = followed.follow();
    // Lines come in pairs: the third pair has one line before the change and one behind it, which is cut besides.
    await writeFile(log, lines(0, 5));
    expect(await file.pass()).toBe(5);
    const behind = prefixed(lines(5, 10));
    await appendFile(log, behind.slice(0, 30));
    expect(await file.pass()).toBe(0);
    await followed.change({ prefix: "container" });
    await appendFile(log, behind.slice(30));
    expect(await file.pass()).toBe(5);
    expect(await followed.readCounts()).toMatchObject({ received: 10, accepted: 10, duplicates: 0, rejected: {} });
    expect(await importWhole(log)).toEqual({ accepted: 0, duplicates: 10 });
  });

  test("stops at a pause between two pieces, also one that was renamed, and goes on there when it ends", async () => {
    // Lines of 1,024 bytes: a piece of 1 MB holds 1,024 of them.
    const longer = (line: string) => `${line.slice(0, -1).padEnd(1_022, "x")}"\n`;
    const all = lines(0, 3_000).trimEnd().split("\n").map(longer).join("");
    expect(all).toHaveLength(3_000 * 1_024);
    let pausesAt = 1;
    const file = followed.follow(async (submission) => {
      pausesAt -= 1;
      if (pausesAt === 0) await followed.change({ paused: true });
      return followed.submit(submission);
    });
    await writeFile(log, all);
    await expect(file.pass()).rejects.toMatchObject({ code: "sources/paused" });
    expect(await followed.readCounts()).toMatchObject({ received: 1_024 });
    await rename(log, `${log}.1`);
    await expect(file.pass()).rejects.toMatchObject({ code: "sources/paused" });
    await followed.change({ paused: false });
    await passAll(file);
    expect(await followed.readCounts()).toMatchObject({ received: 3_000, accepted: 3_000, duplicates: 0 });
  });

  test("that was renamed before the prefix changed is read to its end as its source says by then, and so is what was missed", async () => {
    await writeFile(log, lines(0, 10));
    const file = followed.follow();
    await file.pass();
    await appendFile(log, prefixed(lines(10, 20)));
    await rename(log, `${log}.2`);
    await writeFile(`${log}.1`, prefixed(lines(20, 30)));
    await writeFile(log, prefixed(lines(30, 40)));
    await followed.change({ prefix: "container" });
    await passAll(file);
    expect(await followed.readCounts()).toMatchObject({ received: 40, accepted: 40, duplicates: 0 });
    for (const name of [`${log}.2`, `${log}.1`, log]) expect(await importWhole(name)).toMatchObject({ accepted: 0 });
  });

  test("is read again from the last commit when the intake has refused a piece", async () => {
    await writeFile(log, lines(0, 30));
    let refuses = true;
    const file = followed.follow(async (submission) => {
      if (refuses) throw new Error("overloaded");
      return followed.submit(submission);
    });
    await expect(file.pass()).rejects.toThrow("overloaded");
    refuses = false;
    expect([await file.pass(), await readCounted()]).toEqual([30, 30]);
  });
});
