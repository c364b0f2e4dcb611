/** The file before the one at the name, when that is rotated, too: neither its lines nor those of files beside it are lost. */
import { readFile, rename, rm } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { TEST_NOW_MS } from "../open-intake.contract.ts";
import { followed, lines, log, openForEachTest, writeAt } from "./open-followed.contract.ts";

const MINUTE_MS = 60_000;

openForEachTest("access.log");

/** A follower that reads `/a` on under another name, beside `/b` at its own. */
async function leaveOne() {
  await writeAt(0, log, lines("/a"));
  const file = followed.follow();
  await file.pass();
  await rename(log, `${log}.1`);
  await writeAt(1_000, log, lines("/b"));
  await file.pass();
  return file;
}

describe("a file that was written and rotated while nobody looked", () => {
  /** The program ends while `/a` is read on beside `/b`; `/c` comes and goes; `/d` is at the name when it starts again. */
  async function missOne(): Promise<void> {
    await leaveOne();
    await rename(`${log}.1`, `${log}.3`);
    await rename(log, `${log}.2`);
    await writeAt(2_000, `${log}.1`, lines("/c"));
    await writeAt(4_000, log, lines("/d"));
  }

  test("is read where an older one was written to after it", async () => {
    await missOne();
    await writeAt(3_000, `${log}.3`, lines("/a", "/late"));
    expect(await followed.follow().pass()).toBe(3);
    expect(await followed.readCounts()).toMatchObject({ received: 5, accepted: 5, duplicates: 0 });
  });

  test("is read where an older one was packed after it, with a time of its own", async () => {
    await missOne();
    await writeAt(3_000, `${log}.3.gz`, gzipSync(await readFile(`${log}.3`)));
    await rm(`${log}.3`);
    expect(await followed.follow().pass()).toBe(2);
    expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4, duplicates: 0 });
  });
});

test("a checkpoint that says until when the older file was written to, as earlier programs did, hides no missed file", async () => {
  await writeAt(0, log, lines("/a"));
  await followed.follow().pass();
  await followed.writePlace({
    ...(await followed.readPlace()),
    over: undefined,
    earlierUntilMs: TEST_NOW_MS + MINUTE_MS,
  });
  await rename(log, `${log}.2`);
  await writeAt(1_000, `${log}.1`, lines("/b"));
  await writeAt(2_000, log, lines("/c"));
  expect(await followed.follow().pass()).toBe(2);
});

/** What is at hand of the archive of `/a` takes the place of the file itself, and `/b` is rotated, too, for `/c`. */
async function packAndRotate(archive: Buffer): Promise<void> {
  await writeAt(0, `${log}.2.gz`, archive);
  await rm(`${log}.1`);
  await rename(log, `${log}.1`);
  await writeAt(0, log, lines("/c"));
}

test("an older file that is just being packed when the next one is rotated is read to its end, before anything newer", async () => {
  const file = await leaveOne();
  const whole = gzipSync(lines("/a", ...Array.from({ length: 20_000 }, (_, at) => `/late-${(at * 7_919) % 65_537}`)));
  await packAndRotate(whole.subarray(0, whole.length / 2));
  const count = await file.pass();
  expect(file.damaged()).toMatchObject([{ file: `${log}.2.gz`, hasRested: false }]);
  await writeAt(1_000, `${log}.2.gz`, whole);
  expect([count + (await file.pass()), file.damaged()]).toEqual([20_001, []]);
  expect(await followed.readCounts()).toMatchObject({ received: 20_003, accepted: 20_003, duplicates: 0 });
});

test("an older file whose archive stays cut holds the newer ones up for a minute", async () => {
  const file = await leaveOne();
  await packAndRotate(gzipSync(lines("/a", "/late")).subarray(0, -4));
  await file.pass();
  followed.setAfter(MINUTE_MS - 1);
  expect(await file.pass()).toBe(0);
  followed.setAfter(MINUTE_MS);
  expect(await file.pass()).toBe(1);
});
