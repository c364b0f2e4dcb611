/** The last line of plain files that has no line end: when it is taken, and that it counts once whatever the file does then. */
import { appendFile, copyFile, rename, truncate, utimes, writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { followed, line, log, openForEachTest } from "./open-followed.contract.ts";

/** Ms after which a plain file has rested. */
const REST_MS = 3_600_000;

openForEachTest("access.log");

describe.each([false, true])("a followed plain file that rests, restart at each look %s", (restarts) => {
  let passAt: (hours: number) => Promise<number>;
  beforeEach(() => {
    passAt = followed.buildPassing(REST_MS, restarts);
  });

  test("is counted to its end after an hour, with the identity that an import gives its last line", async () => {
    const text = `${line("/a.jpg")}\n${line("/b.jpg")}\n${line("/b.jpg")}`;
    await writeFile(log, text);
    expect(await passAt(0)).toBe(2);
    expect(await passAt(0.99)).toBe(0);
    expect(await passAt(1)).toBe(1);
    expect(await passAt(9)).toBe(0);
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 3, duplicates: 0, rejected: {} });
    expect(await followed.importBytes(text)).toEqual({ accepted: 0, duplicates: 3, rejected: 0 });
  });

  test("of one line without its end has it refused, as nothing says that it is whole, and counts it with its end", async () => {
    await writeFile(log, line("/a.jpg"));
    expect([await passAt(0), await passAt(1)]).toEqual([0, 1]);
    expect(await followed.readCounts()).toMatchObject({ received: 1, accepted: 0, rejected: { unterminated: 1 } });
    await appendFile(log, "\n");
    expect(await passAt(2)).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 1, rejected: { unterminated: 1 } });
  });

  test("has rested from the last bytes on that came, not from the time at which it was written", async () => {
    await writeFile(log, `${line("/a.jpg")}\n${line("/b.jpg").slice(0, 20)}`);
    expect(await passAt(0)).toBe(1);
    await appendFile(log, line("/b.jpg").slice(20));
    expect(await passAt(0.9)).toBe(0);
    await utimes(log, new Date(), new Date(0));
    expect(await passAt(1.8)).toBe(0);
    expect(await passAt(1.9)).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2, rejected: {} });
  });

  test("keeps a last line that counted at that when its end comes, and when the file is renamed then", async () => {
    await writeFile(log, `${line("/first.jpg")}\n${line("/a.jpg")}`);
    expect([await passAt(0), await passAt(1)]).toEqual([1, 1]);
    await appendFile(log, "\n");
    expect(await passAt(2)).toBe(0);
    await appendFile(log, `${line("/b.jpg")}\n${line("/c.jpg")}`);
    expect([await passAt(2), await passAt(3)]).toEqual([1, 1]);
    await rename(log, `${log}.1`);
    await writeFile(log, `${line("/d.jpg")}\n`);
    expect(await passAt(3)).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ received: 5, accepted: 5, duplicates: 0, rejected: {} });
  });

  test("has half of a line refused once, and counts the line when its rest comes", async () => {
    const text = `${line("/a.jpg")}\n${line("/b.jpg")}\n`;
    await writeFile(log, text.slice(0, -20));
    expect([await passAt(0), await passAt(1), await passAt(2)]).toEqual([1, 1, 0]);
    await appendFile(log, text.slice(-20));
    expect([await passAt(2), await passAt(9)]).toEqual([1, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 2, rejected: { unterminated: 1 } });
    expect(await followed.importBytes(text)).toEqual({ accepted: 0, duplicates: 2, rejected: 0 });
  });

  test("counts the rest of a refused line that comes while the file is renamed", async () => {
    const text = `${line("/a.jpg")}\n${line("/b.jpg")}\n`;
    await writeFile(log, text.slice(0, -20));
    expect([await passAt(0), await passAt(1)]).toEqual([1, 1]);
    await rename(log, `${log}.1`);
    await appendFile(`${log}.1`, text.slice(-20));
    await writeFile(log, `${line("/c.jpg")}\n`);
    expect([await passAt(1), await passAt(1)]).toEqual([2, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 3, rejected: { unterminated: 1 } });
  });

  test("has no last line taken again out of the copy when it is copied and cut", async () => {
    for (const [round, last] of [line("/b.jpg"), line("/d.jpg").slice(0, -9)].entries()) {
      await writeFile(log, `${line(`/${round}.jpg`)}\n${last}`);
      await passAt(3 * round);
      await passAt(3 * round + 1);
      await copyFile(log, `${log}.${round}`);
      await truncate(log);
      await passAt(3 * round + 2);
    }
    await appendFile(log, `${line("/e.jpg")}\n`);
    await passAt(9);
    const counts = { received: 5, accepted: 4, duplicates: 0, rejected: { unterminated: 1 } };
    expect(await followed.readCounts()).toMatchObject(counts);
  });

  test("and was renamed, with no other one at its name, is counted to its end", async () => {
    await writeFile(log, `${line("/first.jpg")}\n${line("/a.jpg")}`);
    await passAt(0);
    await rename(log, `${log}.done`);
    expect([await passAt(0.5), await passAt(1), await passAt(2)]).toEqual([0, 1, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2 });
  });

  test("is counted to its end also when an older program has read it, which said nothing of a last line", async () => {
    await writeFile(log, `${line("/a.jpg")}\n${line("/b.jpg")}`);
    await passAt(0);
    const { waitsSinceMs: _, ...place } = await followed.readPlace();
    await followed.writePlace(place);
    passAt = followed.buildPassing(REST_MS, restarts);
    expect([await passAt(1), await passAt(1.9), await passAt(2)]).toEqual([0, 0, 1]);
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
  });

  test("and ends with a line end is not written of again", async () => {
    await writeFile(log, `${line("/a.jpg")}\n`);
    for (const hours of [0, 1, 2]) await passAt(hours);
    expect(followed.readCommits()).toBe(1);
  });
});
