/** Files that are empty when they are first seen: what comes to them counts, wherever they are by then. */
import { appendFile, rename, writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, test } from "vitest";
import type { FollowedFile } from "./followed-file.ts";
import { followed, lines, log, openForEachTest } from "./open-followed.contract.ts";

openForEachTest("access.log");

describe.each([false, true])("a followed file that is empty, restart at each look %s", (restarts) => {
  let file: FollowedFile;
  beforeEach(async () => {
    file = followed.follow();
    await writeFile(log, "");
  });
  const pass = (): Promise<number> => {
    if (restarts) file = followed.follow();
    return file.pass();
  };

  test("and gets lines and is renamed before the next look has them counted, and those of the new one", async () => {
    await pass();
    await appendFile(log, lines("/a.jpg", "/b.jpg"));
    await rename(log, `${log}.1`);
    await writeFile(log, lines("/c.jpg"));
    expect(await pass()).toBe(3);
    await appendFile(`${log}.1`, lines("/d.jpg"));
    expect([await pass(), await pass()]).toEqual([1, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4, duplicates: 0 });
  });

  test("is kept once, and not again at each look", async () => {
    for (let look = 0; look < 3; look++) await pass();
    expect(followed.readCommits()).toBe(1);
  });

  test("and renamed is not let go of, but read on", async () => {
    await pass();
    await rename(log, `${log}.1`);
    expect([await pass(), file.isGone()]).toEqual([0, false]);
    await appendFile(`${log}.1`, lines("/a.jpg"));
    expect([await pass(), file.isGone()]).toEqual([1, false]);
    await appendFile(`${log}.1`, lines("/b.jpg"));
    expect([await pass(), file.isGone()]).toEqual([1, false]);
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
  });
});
