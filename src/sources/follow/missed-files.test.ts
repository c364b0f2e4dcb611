/** Files that came to the name and were rotated while nobody looked, with none at the name when somebody does again. */
import { rename, rm } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { followed, line, lines, log, openForEachTest, writeAt } from "./open-followed.contract.ts";

const MINUTE_MS = 60_000;

openForEachTest("access.log");

describe("a file that was missed while there is none at the name", () => {
  beforeEach(async () => {
    await writeAt(-9 * MINUTE_MS, log, lines("/a"));
    await followed.follow().pass();
    await rename(log, `${log}.2`);
  });

  test("is read once, over restarts, and when the next one comes", async () => {
    await writeAt(-MINUTE_MS, `${log}.1`, lines("/b", "/c"));
    const file = followed.follow();
    expect([await file.pass(), await file.pass(), file.damaged()]).toEqual([2, 0, []]);
    const commits = followed.readCommits();
    expect([await followed.follow().pass(), followed.readCommits()]).toEqual([0, commits]);
    await writeAt(0, log, lines("/d"));
    expect(await followed.follow().pass()).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4, duplicates: 0 });
  });

  test("is read also when the one before it was deleted, and that is not gone before", async () => {
    await rm(`${log}.2`);
    await writeAt(0, `${log}.1`, lines("/b"));
    const file = followed.follow();
    expect([await file.pass(), file.isGone()]).toEqual([0, false]);
    followed.setAfter(MINUTE_MS);
    expect([await file.pass(), file.isGone()]).toEqual([1, true]);
  });

  test("is waited for as long as it is written to, and nothing is called complete meanwhile", async () => {
    await writeAt(0, `${log}.1`, lines("/b"));
    const file = followed.follow();
    followed.setAfter(MINUTE_MS - 1);
    expect([await file.pass(), file.damaged()]).toMatchObject([0, [{ file: `${log}.1`, hasRested: false }]]);
    followed.setAfter(MINUTE_MS);
    expect([await file.pass(), file.damaged()]).toEqual([1, []]);
  });

  test("is read up to its damage, once, and nothing is called complete until it is repaired", async () => {
    const whole = gzipSync(lines("/b") + `${line("/c")}\n`.repeat(2_000));
    await writeAt(-2 * MINUTE_MS, `${log}.1.gz`, whole.subarray(0, -4));
    const file = followed.follow();
    const count = await file.pass();
    expect([count > 0, file.damaged()]).toMatchObject([true, [{ hasRested: true }]]);
    expect([await file.pass(), file.damaged(), file.isGone()]).toMatchObject([0, [{ hasRested: true }], false]);
    await writeAt(-MINUTE_MS, `${log}.1.gz`, whole);
    expect([await file.pass(), file.damaged()]).toEqual([2_001, []]);
    expect(await followed.readCounts()).toMatchObject({ accepted: 2_002 });
  });

  test("holds nothing up when its form is none that is read, as that of the file before, packed", async () => {
    await rm(`${log}.2`);
    await writeAt(0, `${log}.2.xz`, Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00));
    followed.setAfter(MINUTE_MS);
    const file = followed.follow();
    expect([await file.pass(), file.damaged(), file.isGone()]).toEqual([0, [], true]);
  });
});

test("a missed archive of a form that is never read is said to be one, and none of it is taken for lines", async () => {
  await writeAt(-9 * MINUTE_MS, log, lines("/a"));
  await followed.follow().pass();
  await rename(log, `${log}.2`);
  await writeAt(-MINUTE_MS, `${log}.1.xz`, Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x0a, 0x41, 0x0a));
  await writeAt(0, log, lines("/b"));
  const file = followed.follow();
  expect([await file.pass(), file.damaged()]).toMatchObject([
    1,
    [{ file: `${log}.1.xz`, reason: "The file is an xz archive. Unpack it first.", isOtherForm: true }],
  ]);
  expect([await file.pass(), file.damaged()]).toEqual([0, []]);
  expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2 });
});
