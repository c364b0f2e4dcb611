/** Logs whose header is longer than what a file is known by at its beginning: what was read last tells one from another. */
import { appendFile, readFile, rename, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { followed, line, log, openForEachTest } from "./open-followed.contract.ts";

openForEachTest("access.log");

/** Four requests that all files begin with, more than 256 bytes, and behind them others. */
const lines = (...paths: string[]): string =>
  ["/1", "/2", "/3", "/4", ...paths].map((path) => `${line(path)}\n`).join("");

describe.each([false, true])("a followed file with a long header, restart at each look %s", (restarts) => {
  let pass: () => Promise<number>;
  beforeEach(async () => {
    const passAt = followed.buildPassing(1, restarts);
    pass = () => passAt(0);
    await writeFile(log, lines("/a", "/b"));
    expect(await pass()).toBe(6);
  });

  test("that a longer one is written over has all lines of both counted", async () => {
    await writeFile(log, lines("/c", "/d", "/e"));
    expect([await pass(), await pass()]).toEqual([7, 0]);
    expect(await followed.readCounts()).toMatchObject({ accepted: 9, duplicates: 4, rejected: {} });
  });

  test("that another one of the same length is written over has all lines of both counted", async () => {
    await writeFile(log, lines("/c", "/d"));
    expect([await pass(), await pass()]).toEqual([6, 0]);
    expect(await followed.readCounts()).toMatchObject({ accepted: 8, duplicates: 4, rejected: {} });
  });

  test.each([
    ["plain", "access-2.log", (text: string) => text],
    ["packed", "access-2.log.gz", gzipSync],
  ] as const)("that is deleted is not read on in another log beside it that is %s", async (_, other, pack) => {
    await rm(log);
    await writeFile(log.replace("access.log", other), pack(lines("/other", "/log", "/not ours", "/at all")));
    expect([await pass(), await pass()]).toEqual([0, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 6 });
  });

  test("is read on when it grows, also by half a line, and when it was copied and cut, or packed", async () => {
    await appendFile(log, line("/c"));
    expect(await pass()).toBe(0);
    await appendFile(log, "\n");
    expect(await pass()).toBe(1);
    await appendFile(log, `${line("/d")}\n`);
    await writeFile(`${log}.1.gz`, gzipSync(await readFile(log)));
    await writeFile(log, lines("/e"));
    expect(await pass()).toBe(6);
    await appendFile(log, `${line("/f")}\n`);
    await rename(log, `${log}.1`);
    expect([await pass(), await pass()]).toEqual([1, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 14, accepted: 10, duplicates: 4, rejected: {} });
  });
});

test("a file goes on from a place of an older program, which did not say what was read last", async () => {
  await writeFile(log, lines("/a"));
  await followed.follow().pass();
  const { tail: _, ...place } = await followed.readPlace();
  await followed.writePlace(place);
  await appendFile(log, `${line("/b")}\n`);
  const file = followed.follow();
  expect([await file.pass(), await file.pass()]).toEqual([1, 0]);
  await writeFile(log, lines("/c", "/d"));
  expect([await file.pass(), await file.pass()]).toEqual([6, 0]);
});
