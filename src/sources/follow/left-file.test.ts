/** Files that were renamed while their writer still had them open: what it writes there counts, once, until it has stopped. */
import { appendFile, readFile, rename, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { followed, line, lines, log, openForEachTest } from "./open-followed.contract.ts";

/** Ms after which a file that was renamed has rested. */
const REST_MS = 60_000;

openForEachTest("access.log");

describe.each([false, true])("a followed file that was renamed, restart at each look %s", (restarts) => {
  let passAt: (minutes: number) => Promise<number>;
  beforeEach(async () => {
    passAt = followed.buildPassing(REST_MS, restarts);
    await writeFile(log, lines("/a.jpg"));
    await passAt(0);
    await rename(log, `${log}.1`);
  });

  test("has counted what its writer adds after the look that saw the new one, also while that is empty", async () => {
    await writeFile(log, "");
    expect(await passAt(0)).toBe(0);
    await appendFile(`${log}.1`, lines("/b.jpg"));
    expect(await passAt(0.5)).toBe(1);
    await appendFile(`${log}.1`, lines("/c.jpg"));
    await appendFile(log, lines("/d.jpg"));
    expect(await passAt(1.4)).toBe(2);
    await appendFile(`${log}.1`, lines("/e.jpg"));
    expect([await passAt(2.3), await passAt(9)]).toEqual([1, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 5, accepted: 5, duplicates: 0, rejected: {} });
  });

  test("is given up, its last line taken, when it has lain unchanged for a minute beside the new one", async () => {
    await writeFile(log, lines("/b.jpg"));
    expect(await passAt(0)).toBe(1);
    await appendFile(`${log}.1`, line("/c.jpg"));
    expect([await passAt(0.5), await passAt(1.4), await passAt(1.5)]).toEqual([0, 0, 1]);
    const commits = followed.readCommits();
    await appendFile(`${log}.1`, `\n${lines("/late.jpg")}`);
    expect([await passAt(1.5), await passAt(9)]).toEqual([0, 0]);
    expect(followed.readCommits()).toBe(commits);
    expect(await followed.readPlace()).toMatchObject({ earlier: null });
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 3, duplicates: 0, rejected: {} });
  });

  test("is read to its end when the new one is renamed, too, within the minute", async () => {
    await writeFile(log, lines("/b.jpg"));
    expect(await passAt(0)).toBe(1);
    await appendFile(`${log}.1`, lines("/c.jpg"));
    await rename(`${log}.1`, `${log}.2`);
    await appendFile(log, lines("/d.jpg"));
    await rename(log, `${log}.1`);
    await writeFile(log, lines("/e.jpg"));
    expect(await passAt(0.1)).toBe(3);
    await appendFile(`${log}.1`, lines("/f.jpg"));
    expect([await passAt(0.2), await passAt(9)]).toEqual([1, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 6, accepted: 6, duplicates: 0, rejected: {} });
  });

  test("is read to its end in the archive when it is packed within the minute", async () => {
    await writeFile(log, lines("/b.jpg"));
    expect(await passAt(0)).toBe(1);
    await appendFile(`${log}.1`, lines("/c.jpg", "/c.jpg"));
    await writeFile(`${log}.1.gz`, gzipSync(await readFile(`${log}.1`)));
    await rm(`${log}.1`);
    expect([await passAt(0.1), await passAt(9)]).toEqual([2, 0]);
    expect(await followed.readPlace()).toMatchObject({ earlier: null });
    expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4, duplicates: 0, rejected: {} });
  });

  test("is not read once more when the new one is renamed, too, to which nothing came since", async () => {
    await writeFile(log, "");
    await passAt(0);
    // Written to after the new one was made.
    await appendFile(`${log}.1`, lines("/b.jpg"));
    expect([await passAt(0), await passAt(1)]).toEqual([1, 0]);
    await rename(`${log}.1`, `${log}.2`);
    await rename(log, `${log}.1`);
    await writeFile(log, lines("/c.jpg"));
    expect(await passAt(9)).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 3, duplicates: 0 });
  });

  test("and deleted within the minute is forgotten", async () => {
    await writeFile(log, lines("/b.jpg"));
    await passAt(0);
    await rm(`${log}.1`);
    expect(await passAt(0)).toBe(0);
    expect(await followed.readPlace()).toMatchObject({ earlier: null });
  });

  test("is read on beside the new one when that does not follow at once", async () => {
    expect(await passAt(0)).toBe(0);
    await appendFile(`${log}.1`, lines("/b.jpg"));
    expect(await passAt(3)).toBe(1);
    await writeFile(log, lines("/c.jpg"));
    expect(await passAt(6)).toBe(1);
    await appendFile(`${log}.1`, lines("/d.jpg"));
    expect([await passAt(6.9), await passAt(9)]).toEqual([1, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4, duplicates: 0 });
  });
});
