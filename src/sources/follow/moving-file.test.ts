/** Files that are rotated while a look is made at them: nothing of one is taken for the other. */
import { renameSync, writeFileSync } from "node:fs";
import { appendFile, rename, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { followed, lines, log, openForEachTest } from "./open-followed.contract.ts";

openForEachTest("access.log");

describe("a followed file", () => {
  test("that is renamed between being seen and being opened has its lines counted once, and so has the next one, in one look", async () => {
    const file = followed.follow();
    await writeFile(log, lines("/a.jpg"));
    await file.pass();
    await appendFile(log, lines("/b.jpg"));
    await rename(log, `${log}.1`);
    await writeFile(log, lines("/c.jpg"));
    // The rest of the first one is committed when the second one has been seen at the name.
    followed.beforeCommit(() => {
      renameSync(`${log}.1`, `${log}.2`);
      renameSync(log, `${log}.1`);
      writeFileSync(log, lines("/d.jpg"));
    });
    await file.pass();
    // The second one came and went between two looks by then: it may be read twice, and counts once.
    expect(await followed.readCounts()).toMatchObject({ accepted: 4, rejected: {} });
    expect(await file.pass()).toBe(0);
    expect(await followed.follow().pass()).toBe(0);
  });

  test("that is renamed before the lines before its place are read again is read on under its new name", async () => {
    await writeFile(log, lines("/a.jpg", "/a.jpg"));
    await followed.follow().pass();
    await appendFile(log, lines("/a.jpg"));
    // The third of three equal lines is known as that by the two before it.
    followed.beforeSourceRead(() => {
      renameSync(log, `${log}.1`);
      writeFileSync(log, lines("/b.jpg", "/b.jpg", "/b.jpg", "/b.jpg"));
    });
    await followed.follow().pass();
    expect(await followed.readCounts()).toMatchObject({ received: 7, accepted: 7, duplicates: 0 });
  });
});
