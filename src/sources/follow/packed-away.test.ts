/** Files that are packed under another name, with none at their own: when nobody looks for them any more. */
import { rm, utimes, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { TEST_NOW_MS } from "../open-intake.contract.ts";
import { followed, line, log, openForEachTest } from "./open-followed.contract.ts";

const MINUTE_MS = 60_000;

openForEachTest("2026-11-19.log");

/** Packs a text beside the name, as if that had been done at the tests' time, and deletes what is at the name. */
async function packAway(packed: Buffer): Promise<void> {
  await writeFile(`${log}.gz`, packed);
  await utimes(`${log}.gz`, TEST_NOW_MS / 1_000, TEST_NOW_MS / 1_000);
  await rm(log);
}

describe("a followed file that was packed under another name", () => {
  const text = `${line("/a.jpg")}\n${line("/b.jpg")}\n`;

  test("is gone when all of it was read and the archive has lain for a minute", async () => {
    const file = followed.follow();
    await writeFile(log, text.slice(0, -20));
    await file.pass();
    await packAway(gzipSync(text));
    expect([await file.pass(), file.isGone()]).toEqual([1, false]);
    followed.setAfter(MINUTE_MS - 1);
    expect([await file.pass(), file.isGone()]).toEqual([0, false]);
    followed.setAfter(MINUTE_MS);
    expect([await file.pass(), file.isGone()]).toEqual([0, true]);
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
  });

  test("is not gone while its last line waits", async () => {
    const file = followed.follow();
    await writeFile(log, text.slice(0, -1));
    await file.pass();
    await packAway(gzipSync(text.slice(0, -1)));
    followed.setAfter(59 * MINUTE_MS);
    expect([await file.pass(), file.isGone()]).toEqual([0, false]);
    followed.setAfter(60 * MINUTE_MS);
    expect([await file.pass(), file.isGone()]).toEqual([1, true]);
  });

  test("is not gone while its archive is cut, for that may be repaired", async () => {
    const file = followed.follow();
    await writeFile(log, text);
    await file.pass();
    // Long enough that its beginning is handed out before the cut.
    const whole = gzipSync(text + `${line("/c.jpg")}\n`.repeat(2_000));
    await packAway(whole.subarray(0, -4));
    followed.setAfter(MINUTE_MS);
    await file.pass();
    expect([file.isGone(), file.damaged()]).toMatchObject([false, [{ hasRested: true }]]);
  });
});
