/** Packed files beside a followed name that are cut: they are unpacked when they change, and not at every look. */
import { rename, rm, utimes, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { TEST_NOW_MS } from "../open-intake.contract.ts";
import type { FollowedFile } from "./followed-file.ts";
import { followed, lines, log, openForEachTest } from "./open-followed.contract.ts";

openForEachTest("access.log");
let file: FollowedFile;
beforeEach(() => {
  file = followed.follow();
});

/** An archive, and the same with another checksum at its end: who does not unpack it sees no difference. */
function packTwice(text: string): { readonly whole: Buffer; readonly broken: Buffer } {
  const whole = gzipSync(text);
  const broken = Buffer.from(whole);
  broken.writeUInt32LE(~broken.readUInt32LE(broken.length - 8) >>> 0, broken.length - 8);
  return { whole, broken };
}

async function writeAt(name: string, bytes: Buffer, timeMs: number): Promise<void> {
  await writeFile(name, bytes);
  await utimes(name, timeMs / 1_000, timeMs / 1_000);
}

const isWaitingFor = (name: string) => [{ file: name, reason: "incorrect data check", hasRested: false }];

describe("a packed file beside a followed name that cannot be unpacked to its end", () => {
  beforeEach(async () => {
    await writeFile(log, lines("/a.jpg"));
    await utimes(log, TEST_NOW_MS / 1_000, TEST_NOW_MS / 1_000);
    await file.pass();
  });

  test("is not unpacked again before it changes, where it came while nobody looked", async () => {
    const { whole, broken } = packTwice(lines("/b.jpg"));
    await rename(log, `${log}.2`);
    await writeAt(`${log}.1.gz`, broken, TEST_NOW_MS);
    await writeFile(log, lines("/c.jpg"));
    expect([await file.pass(), file.damaged()]).toEqual([0, isWaitingFor(`${log}.1.gz`)]);
    await writeAt(`${log}.1.gz`, whole, TEST_NOW_MS);
    expect([await file.pass(), file.damaged()]).toEqual([0, isWaitingFor(`${log}.1.gz`)]);
    await writeAt(`${log}.1.gz`, whole, TEST_NOW_MS + 1);
    expect([await file.pass(), file.damaged()]).toEqual([2, []]);
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 3, duplicates: 0 });
  });

  test("is not unpacked again before it changes, where it is a copy of the file that was there before", async () => {
    // Long enough that something of it is handed out before its checksum is found to be wrong.
    const paths = Array.from({ length: 1_999 }, (_, index) => `/b${index}.jpg`);
    const { whole, broken } = packTwice(lines("/a.jpg", ...paths));
    await writeAt(`${log}.1.gz`, broken, TEST_NOW_MS);
    await rm(log);
    await writeFile(log, lines("/c.jpg"));
    const early = await file.pass();
    expect([early > 0, file.damaged()]).toEqual([true, isWaitingFor(`${log}.1.gz`)]);
    await writeAt(`${log}.1.gz`, whole, TEST_NOW_MS);
    expect([await file.pass(), file.damaged()]).toEqual([0, isWaitingFor(`${log}.1.gz`)]);
    await writeAt(`${log}.1.gz`, whole, TEST_NOW_MS + 1);
    expect([await file.pass(), file.damaged()]).toEqual([1_999 - early + 1, []]);
    expect(await followed.readCounts()).toMatchObject({ received: 2_001, accepted: 2_001, duplicates: 0 });
  });
});
