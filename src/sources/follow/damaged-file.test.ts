/** Packed files that cannot be unpacked to their ends: what stands before the damage counts once, and the rest when it is there. */
import { rename, rm, utimes, writeFile } from "node:fs/promises";
import { createGzip, gzipSync, constants as zlib, zstdCompressSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { TEST_NOW_MS } from "../open-intake.contract.ts";
import type { FollowedFile } from "./followed-file.ts";
import { followed, line, log, openForEachTest, openInstead } from "./open-followed.contract.ts";

/** Ms after which a packed file has rested. */
const REST_MS = 60_000;

openForEachTest("access.log.gz");
let file: FollowedFile;
beforeEach(() => {
  file = followed.follow();
});

/** Lines `from` to `to` (exclusive), with line ends. */
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `${line(`/${from + index}.jpg`)}\n`).join("");

const passAt = (minutes: number, restarts = false): Promise<number> => {
  followed.setAfter(minutes * REST_MS);
  if (restarts) file = followed.follow();
  return file.pass();
};

/** One archive whose writer has flushed these texts: the bytes up to each flush, and all of it. */
async function packInParts(texts: readonly string[]): Promise<readonly Buffer[]> {
  const gzip = createGzip();
  const packed: Buffer[] = [];
  const sizes: number[] = [];
  gzip.on("data", (chunk: Buffer) => packed.push(chunk));
  for (const text of texts) {
    gzip.write(text);
    await new Promise<void>((resolve) => gzip.flush(zlib.Z_SYNC_FLUSH, resolve));
    sizes.push(Buffer.concat(packed).length);
  }
  const ended = new Promise((resolve) => gzip.on("end", resolve));
  gzip.end();
  await ended;
  const all = Buffer.concat(packed);
  return [...sizes.map((size) => all.subarray(0, size)), all];
}

/** Damage that only its file's name and reason are looked at of. */
const damage = (hasRested: boolean, name = log) => [{ file: name, reason: expect.any(String), hasRested }];

describe("a followed packed file that is damaged", () => {
  test.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ])("has the lines before the damage counted, %s, as an import has", async (_, pack) => {
    // 3,000 lines of 80 bytes pass the 64 KB that a decompressor hands out at once three times.
    const packed = pack(lines(0, 3_000));
    await writeFile(log, packed.subarray(0, packed.length - 10));
    const count = await passAt(0);
    expect(count).toBeGreaterThan(0);
    await expect(followed.importBytes(packed.subarray(0, packed.length - 10))).rejects.toMatchObject({
      code: "sources/corrupt-archive",
    });
    // The import has found what was followed, and no line more.
    const all = { received: 2 * count, accepted: count, duplicates: count, rejected: {} };
    expect(await followed.readCounts()).toMatchObject(all);
  });

  test("is not called so before it has rested, and then at each look without being unpacked again", async () => {
    const [half = Buffer.alloc(0)] = await packInParts([lines(0, 10), lines(10, 20)]);
    await writeFile(log, half);
    expect([await passAt(0), file.damaged()]).toEqual([10, damage(false)]);
    expect([await passAt(0.9), file.damaged()]).toEqual([0, damage(false)]);
    expect([await passAt(1), file.damaged()]).toEqual([0, damage(true)]);
    expect([await passAt(2, true), file.damaged()]).toEqual([0, damage(true)]);
    expect(file.damaged()[0]?.reason).toBe("unexpected end of file");
    // The lines, and that the file was read to its damage.
    expect(followed.readCommits()).toBe(2);
  });

  test.each([false, true])("and grows is read on, also after it was called so, restart %s", async (restarts) => {
    const text = lines(0, 30);
    // In the middle of lines.
    const parts = await packInParts([text.slice(0, 1_000), text.slice(1_000, 2_000), text.slice(2_000)]);
    let count = 0;
    for (const [minutes, bytes] of [...parts.entries()].map(([index, part]) => [3 * index, part] as const)) {
      await writeFile(log, bytes);
      count += await passAt(minutes, restarts);
      expect(file.damaged()).toEqual(bytes === parts[3] ? [] : damage(false));
      expect(await passAt(minutes + 2, restarts)).toBe(0);
    }
    expect([count, file.damaged()]).toEqual([30, []]);
    expect(await followed.readCounts()).toMatchObject({ received: 30, accepted: 30, duplicates: 0, rejected: {} });
    expect(await followed.importBytes(text)).toEqual({ accepted: 0, duplicates: 30, rejected: 0 });
  });

  test("has its last line not taken when it has rested: the rest of it is behind the damage", async () => {
    const [half = Buffer.alloc(0)] = await packInParts([`${line("/a.jpg")}\n${line("/b.jpg")}`]);
    await writeFile(log, half);
    expect([await passAt(0), await passAt(1), await passAt(2, true)]).toEqual([1, 0, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 1, accepted: 1 });
  });

  test.each([
    ["over it", (whole: Buffer) => writeFile(log, whole)],
    ["in its place", (whole: Buffer) => writeFile(`${log}~`, whole).then(() => rename(`${log}~`, log))],
  ])("gives the rest when the whole one is put %s, with other lines before the damage", async (_, repair) => {
    // Not compressed, so that a byte can be changed in a line, which then counts as another one. It is none of the first, by
    // which a file is known.
    const whole = gzipSync(lines(0, 3_000), { level: 0 });
    const broken = Buffer.from(whole);
    broken.write("x", broken.indexOf("/10.jpg") + 1);
    await writeFile(log, broken);
    const count = await passAt(0);
    expect(count).toBeGreaterThan(10);
    expect([await passAt(1, true), file.damaged()]).toEqual([0, damage(true)]);
    await repair(whole);
    // All lines come again: all but that one are known as far as the damage.
    expect([await passAt(2), await passAt(3), file.damaged()]).toEqual([3_000, 0, []]);
    const counts = { received: 3_000 + count, accepted: 3_001, duplicates: count - 1, rejected: {} };
    expect(await followed.readCounts()).toMatchObject(counts);
  });

  test("and cut shorter gives nothing again, and its rest when that comes, with the identities of its lines", async () => {
    // Equal lines: which of them one is shows in what came before. Both cuts are in the middle of one.
    const text = `${line("/a.jpg")}\n`.repeat(25);
    const texts = [text.slice(0, 400), text.slice(400, 1_500), text.slice(1_500)];
    const [one = Buffer.alloc(0), two = Buffer.alloc(0), , all = Buffer.alloc(0)] = await packInParts(texts);
    await writeFile(log, two);
    const count = await passAt(0);
    await writeFile(log, one);
    expect([await passAt(1, true), file.damaged()]).toEqual([0, damage(false)]);
    await writeFile(log, all);
    expect([await passAt(2), file.damaged()]).toEqual([25 - count, []]);
    expect(await followed.readCounts()).toMatchObject({ received: 25, accepted: 25, duplicates: 0, rejected: {} });
    expect(await followed.importBytes(text)).toEqual({ accepted: 0, duplicates: 25, rejected: 0 });
  });

  test("and renamed is still known to be so, until it is deleted", async () => {
    const [half = Buffer.alloc(0)] = await packInParts([lines(0, 10)]);
    await writeFile(log, half);
    await passAt(0);
    await rename(log, `${log}.1`);
    expect([await passAt(1), file.damaged(), file.isGone()]).toEqual([0, damage(true, `${log}.1`), false]);
    await rm(`${log}.1`);
    expect([await passAt(1), file.damaged(), file.isGone()]).toEqual([0, [], true]);
  });

  test("and rotated holds the new one up until it has rested, and is named once then", async () => {
    const [half = Buffer.alloc(0)] = await packInParts([lines(0, 10)]);
    await writeFile(log, half);
    await passAt(0);
    await rename(log, `${log}.1`);
    await writeFile(log, gzipSync(lines(10, 15)));
    expect([await passAt(0.9, true), file.damaged()]).toEqual([0, damage(false, `${log}.1`)]);
    expect([await passAt(1), file.damaged()]).toEqual([5, damage(true, `${log}.1`)]);
    expect([await passAt(1), file.damaged()]).toEqual([0, []]);
    expect(await followed.readCounts()).toMatchObject({ received: 15, accepted: 15, duplicates: 0 });
  });
});

describe("a followed file whose rotated ones are being packed", () => {
  beforeEach(async () => {
    await openInstead("access.log");
    file = followed.follow();
  });

  /** Writes a file as if that had been done at that minute. */
  async function writeAt(name: string, bytes: Buffer | string, minutes: number): Promise<void> {
    await writeFile(name, bytes);
    const time = new Date(TEST_NOW_MS + minutes * REST_MS);
    await utimes(name, time, time);
  }

  test("is read to its end in the archive when that is whole, with the identities of its lines", async () => {
    // Equal lines: which of them one is shows in what came before.
    const text = `${line("/a.jpg")}\n`.repeat(20);
    const [part = Buffer.alloc(0), , all = Buffer.alloc(0)] = await packInParts([text.slice(0, 400), text.slice(400)]);
    await writeFile(log, text.slice(0, 1_000));
    await passAt(0);
    await writeAt(`${log}.1.gz`, part, 1);
    await rm(log);
    await writeFile(log, lines(0, 5));
    expect([await passAt(1, true), file.damaged()]).toEqual([0, damage(false, `${log}.1.gz`)]);
    await writeAt(`${log}.1.gz`, all, 1);
    expect([await passAt(1), file.damaged()]).toEqual([8 + 5, []]);
    expect(await followed.readCounts()).toMatchObject({ received: 25, accepted: 25, duplicates: 0, rejected: {} });
    expect(await followed.importBytes(text)).toEqual({ accepted: 0, duplicates: 20, rejected: 0 });
  });

  test("is read to its end in an archive that stays cut, and goes on with the new one then, naming it once", async () => {
    const [part = Buffer.alloc(0)] = await packInParts([lines(0, 15)]);
    await writeFile(log, lines(0, 10));
    await passAt(0);
    await writeAt(`${log}.1.gz`, part, 1);
    await rm(log);
    // Without a new one at the name nothing is given up.
    expect([await passAt(1), file.damaged()]).toEqual([5, damage(false, `${log}.1.gz`)]);
    expect([await passAt(2), file.damaged()]).toEqual([0, damage(true, `${log}.1.gz`)]);
    await writeFile(log, lines(15, 20));
    expect([await passAt(2), file.damaged()]).toEqual([5, damage(true, `${log}.1.gz`)]);
    expect([await passAt(2), file.damaged()]).toEqual([0, []]);
    expect(await followed.readCounts()).toMatchObject({ received: 20, accepted: 20, duplicates: 0 });
  });

  test("waits for one that came while nobody looked, and reads none of the others again and again meanwhile", async () => {
    const [part = Buffer.alloc(0), , all = Buffer.alloc(0)] = await packInParts([lines(20, 25), lines(25, 30)]);
    await writeAt(log, lines(0, 10), 0);
    await passAt(0);
    await rename(log, `${log}.3`);
    await writeAt(`${log}.2.gz`, gzipSync(lines(10, 20)), 1);
    await writeAt(`${log}.1.gz`, part, 2);
    await writeFile(log, lines(30, 35));
    for (let look = 0; look < 2; look++) {
      expect([await passAt(2, true), file.damaged()]).toEqual([0, damage(false, `${log}.1.gz`)]);
    }
    await writeAt(`${log}.1.gz`, all, 2);
    expect([await passAt(2), file.damaged()]).toEqual([25, []]);
    expect(await followed.readCounts()).toMatchObject({ received: 35, accepted: 35, duplicates: 0 });
  });

  test("gives up one that came while nobody looked and stays cut, without its last line", async () => {
    const [part = Buffer.alloc(0)] = await packInParts([lines(10, 15).slice(0, -1)]);
    await writeAt(log, lines(0, 10), 0);
    await passAt(0);
    await writeAt(`${log}.1.gz`, part, 1);
    await rm(log);
    await writeFile(log, lines(20, 25));
    expect([await passAt(1), file.damaged()]).toEqual([0, damage(false, `${log}.1.gz`)]);
    expect([await passAt(2), file.damaged()]).toEqual([9, damage(true, `${log}.1.gz`)]);
    expect(await followed.readCounts()).toMatchObject({ received: 19, accepted: 19, duplicates: 0, rejected: {} });
  });
});
