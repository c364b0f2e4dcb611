/** Files that are empty when they are seen: what comes to them counts, wherever it is by then. */
import { appendFile, copyFile, readFile, rename, truncate, utimes, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import type { FollowedFile } from "./followed-file.ts";
import { followed, lines, log, openForEachTest, writeAt } from "./open-followed.contract.ts";

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

  /** What a rotation by copy and truncate leaves: a copy under the first name, older ones one further. */
  const copyAndCut = async (): Promise<void> => {
    await rename(`${log}.1`, `${log}.2`).catch(() => {});
    await copyFile(log, `${log}.1`);
    await truncate(log);
  };

  test("and gets lines and is copied and cut before the next look has them counted, and those that came since", async () => {
    await pass();
    await appendFile(log, lines("/a.jpg", "/b.jpg"));
    await copyAndCut();
    await appendFile(log, lines("/c.jpg"));
    expect([await pass(), await pass()]).toEqual([3, 0]);
    await appendFile(log, lines("/d.jpg"));
    expect(await pass()).toBe(1);
    expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4, duplicates: 0 });
  });

  test("and was so because it was just cut loses nothing of the next time either", async () => {
    await appendFile(log, lines("/a.jpg"));
    expect(await pass()).toBe(1);
    await copyAndCut();
    // Older than the file that was cut: it is none that was missed.
    await utimes(`${log}.1`, 1, 1);
    expect(await pass()).toBe(0);
    await appendFile(log, lines("/b.jpg"));
    await copyAndCut();
    await appendFile(log, lines("/c.jpg"));
    expect([await pass(), await pass()]).toEqual([2, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 3, duplicates: 0 });
  });

  test("and is copied and cut twice, and empty again, has all of them counted while it is empty", async () => {
    await pass();
    await utimes(log, 1, 1);
    await appendFile(log, lines("/a.jpg"));
    await copyAndCut();
    await appendFile(log, lines("/b.jpg"));
    await copyAndCut();
    expect([await pass(), await pass()]).toEqual([2, 0]);
    const commits = followed.readCommits();
    expect([await pass(), followed.readCommits()]).toEqual([0, commits]);
    expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
  });

  test("and is packed and cut before the next look is not complete until the archive is whole, and then all counts", async () => {
    await writeAt(-2, log, "");
    await pass();
    const whole = gzipSync(lines("/a.jpg", "/b.jpg"));
    await writeAt(-1, `${log}.1.gz`, whole.subarray(0, -4));
    await writeAt(0, log, lines("/c.jpg"));
    expect([await pass(), file.damaged()]).toMatchObject([1, [{ file: `${log}.1.gz`, hasRested: false }]]);
    expect([await pass(), file.damaged()]).toMatchObject([0, [{ file: `${log}.1.gz`, hasRested: false }]]);
    await writeAt(0, `${log}.1.gz`, whole);
    expect([await pass(), file.damaged(), await pass()]).toEqual([2, [], 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 3, duplicates: 0 });
  });

  test.each([true, false])(
    "and its number is given to the younger of two archives has the lines of both, and those of the new file if there is one: %s",
    async (hasNew) => {
      await rotateTwice(pass);
      if (hasNew) await writeAt(-60_000, log, lines("/d.jpg"));
      expect([await pass(), await pass(), await pass()]).toEqual([hasNew ? 4 : 3, 0, 0]);
      await writeAt(-30_000, log, lines("/d.jpg", "/e.jpg"));
      expect(await pass()).toBe(hasNew ? 1 : 2);
      expect(await followed.readCounts()).toMatchObject({ received: 5, accepted: 5, duplicates: 0 });
    },
  );
});

/**
 * A look at the empty file, then two rotations that pack a copy and delete the file: the second archive gets the number that the
 * file had, as file systems give numbers again.
 */
async function rotateTwice(pass: () => Promise<unknown>): Promise<void> {
  await writeAt(-300_000, log, "");
  await pass();
  await writeAt(-200_000, `${log}-20261119.gz`, gzipSync(lines("/a.jpg", "/b.jpg")));
  await rename(log, `${log}-20261120.gz`);
  await writeAt(-100_000, `${log}-20261120.gz`, gzipSync(lines("/c.jpg")));
}

/** A look that ends before its commit of this number, from 1. */
async function crashAt(commit: number): Promise<void> {
  let commits = 0;
  const crashing = followed.follow((submission) => {
    commits += 1;
    if (commits === commit) throw new Error("crashed");
    return followed.submit(submission);
  });
  await expect(crashing.pass()).rejects.toThrow("crashed");
}

test("an older archive than that which has the number of an empty file is read also after a crash between the two", async () => {
  await rotateTwice(() => followed.follow().pass());
  await writeAt(-60_000, log, lines("/d.jpg"));
  await crashAt(3);
  expect(await followed.readCounts()).toMatchObject({ received: 1 });
  await followed.follow().pass();
  expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4 });
});

test("a copy that was made of a followed file since it was empty is read also after a crash behind the newer lines", async () => {
  await writeFile(log, "");
  await followed.follow().pass();
  await appendFile(log, lines("/a.jpg"));
  await writeFile(`${log}.1`, await readFile(log));
  await truncate(log);
  await appendFile(log, lines("/b.jpg"));
  await crashAt(2);
  expect(await followed.readCounts()).toMatchObject({ received: 1 });
  await followed.follow().pass();
  expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2 });
});
