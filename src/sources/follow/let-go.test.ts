/** How long what a file's lines were is remembered: a year of daily files must not fill the memory. */
import { open, utimes, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { TEST_NOW_MS } from "../open-intake.contract.ts";
import { followed, lines, log, openForEachTest } from "./open-followed.contract.ts";

const HOUR_MS = 3_600_000;

openForEachTest("access.log");

/** More than the 256 bytes that the file is known by, at its beginning and where it was read up to. */
const HEAD = lines("/1", "/2", "/3", "/4");
const TAIL = lines("/5", "/6", "/7", "/8");

const setModified = (ms: number) => utimes(log, (TEST_NOW_MS + ms) / 1_000, (TEST_NOW_MS + ms) / 1_000);

/**
 * Adds the line between the two once more, and changes the one that is there, which no writer of a log does: whoever remembers
 * the lines knows that it is the second one, and it counts; whoever reads them again takes it for the first, a duplicate.
 */
async function addAgain(): Promise<void> {
  const handle = await open(log, "r+");
  await handle.write(`${lines("/x.jpg")}${TAIL}${lines("/b.jpg")}`, HEAD.length);
  await handle.close();
}

describe("the lines of a followed file", () => {
  test.each([
    ["are remembered while it grows", 0, 0, true],
    ["are remembered while it has not grown for less than an hour", 0, HOUR_MS - 1, true],
    ["are let go of when it has not grown for an hour, and read again when it does", 0, HOUR_MS, false],
    [
      "are let go of at once when it was written to its end long before, and read again when it grows",
      -60_000,
      0,
      false,
    ],
  ])("%s", async (_, modifiedMs, quietMs, isRemembered) => {
    const file = followed.follow();
    await writeFile(log, HEAD + lines("/b.jpg") + TAIL);
    await setModified(modifiedMs);
    expect(await file.pass()).toBe(9);
    followed.setAfter(quietMs);
    expect(await file.pass()).toBe(0);
    await addAgain();
    expect(await file.pass()).toBe(1);
    const counts = isRemembered ? { accepted: 10, duplicates: 0 } : { accepted: 9, duplicates: 1 };
    expect(await followed.readCounts()).toMatchObject(counts);
  });

  test("are remembered from then on when it grows once more, whatever its file system takes for the time", async () => {
    const file = followed.follow();
    await writeFile(log, HEAD);
    await setModified(-HOUR_MS);
    expect(await file.pass()).toBe(4);
    const handle = await open(log, "a");
    await handle.write(lines("/b.jpg") + TAIL);
    await handle.close();
    await setModified(-HOUR_MS);
    expect([await file.pass(), await file.pass()]).toEqual([5, 0]);
    await addAgain();
    expect(await file.pass()).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ accepted: 10, duplicates: 0 });
  });
});
