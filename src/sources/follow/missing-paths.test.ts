/** Followed paths without a file: nothing is called complete while there is none, and the log says so. */
import { appendFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildLogger, type Logger } from "../../platform/log.ts";
import { TEST_NOW_MS } from "../open-intake.contract.ts";
import { buildMissingPaths } from "./missing-paths.ts";
import { lines } from "./open-followed.contract.ts";
import { folder, following, makeSource, opened, openForEachTest, startFollowing } from "./open-following.contract.ts";

const MINUTE_MS = 60_000;

/** Source, path and sentence of what was logged. */
let said: { readonly source: unknown; readonly path: unknown; readonly text: string }[];

function buildSaying(): Logger {
  const warn = ({ source, path }: { readonly source?: unknown; readonly path?: unknown }, text: string) => {
    said.push({ source, path, text });
  };
  return { ...buildLogger("silent"), warn } as unknown as Logger;
}

openForEachTest(() => {
  said = [];
  startFollowing({ logger: buildSaying() });
});

/** Looks at everything so many minutes after the start; answers what the source `www` is complete up to, in the same minutes. */
async function settleAt(minutes: number): Promise<number | null> {
  opened.clock.set(TEST_NOW_MS + minutes * MINUTE_MS);
  await following.settle();
  const watermarkMs = (await opened.readCounts("www"))?.watermarkMs ?? null;
  return watermarkMs === null ? null : (watermarkMs - TEST_NOW_MS) / MINUTE_MS;
}

describe("following sources", () => {
  test.each(["a.log", "site-*.log", "folder/a.log"])(
    "is complete up to no time while there is no file at %s, and says so once",
    async (path) => {
      await writeFile(join(folder, "other.log"), lines("/a.jpg"));
      await makeSource("www", [path, "other.log"]);
      expect([await settleAt(0), await settleAt(0.9), said]).toEqual([null, null, []]);
      expect([await settleAt(1), await settleAt(2), await settleAt(90)]).toEqual([null, null, null]);
      expect(said).toMatchObject([{ source: "www", path: join(folder, path) }]);
      expect(said[0]?.text).toContain("mount its volume, correct the path, or take it out");
      await mkdir(join(folder, "folder"));
      await writeFile(join(folder, path.replace("*", "1")), lines("/b.jpg"));
      expect(await settleAt(91)).toBe(91);
      expect(await opened.readCounts("www")).toMatchObject({ received: 2, accepted: 2 });
      expect(said).toHaveLength(1);
    },
  );

  test.each(["day/a.log", "day/*.log"])(
    "stays complete up to where it was when the folder of %s goes, until it is there again",
    async (path) => {
      const day = join(folder, "day");
      await mkdir(day);
      await writeFile(join(day, "a.log"), lines("/a.jpg"));
      await makeSource("www", [path]);
      expect(await settleAt(0)).toBe(0);
      await rename(day, join(folder, "off"));
      expect([await settleAt(1), await settleAt(2), await settleAt(3)]).toEqual([0, 0, 0]);
      expect(said).toHaveLength(1);
      await rename(join(folder, "off"), day);
      await appendFile(join(day, "a.log"), lines("/b.jpg"));
      expect(await settleAt(4)).toBe(4);
      expect(await opened.readCounts("www")).toMatchObject({ received: 2, accepted: 2, duplicates: 0 });
      await rm(day, { recursive: true });
      expect([await settleAt(5), await settleAt(6)]).toEqual([4, 4]);
      expect(said).toHaveLength(2);
    },
  );

  test("only waits while a rotation leaves a name without a file, and says nothing", async () => {
    const log = join(folder, "a.log");
    await writeFile(log, lines("/a.jpg"));
    await makeSource("www", ["a.log"]);
    expect(await settleAt(0)).toBe(0);
    await appendFile(log, lines("/b.jpg"));
    await rename(log, `${log}.1`);
    expect(await settleAt(1)).toBe(0);
    await writeFile(log, lines("/c.jpg"));
    expect(await settleAt(1.5)).toBe(1.5);
    expect(await opened.readCounts("www")).toMatchObject({ received: 3, accepted: 3 });
    expect(said).toEqual([]);
  });

  test("goes on being complete when one of the files of a pattern is deleted", async () => {
    for (const name of ["a", "b"]) await writeFile(join(folder, `${name}.log`), lines(`/${name}.jpg`));
    await makeSource("www", ["*.log"]);
    expect(await settleAt(0)).toBe(0);
    await rm(join(folder, "a.log"));
    expect([await settleAt(1), await settleAt(2), said]).toEqual([1, 2, []]);
  });

  test("takes a file that several of its paths name for one that is there for each of them", async () => {
    await writeFile(join(folder, "a.log"), lines("/a.jpg"));
    await makeSource("www", ["*.log", "a*", "a.log"]);
    expect(await settleAt(0)).toBe(0);
  });
});

describe("buildMissingPaths", () => {
  test("says a path once that is missing for a minute, and again when there was a file in between", () => {
    const missing = buildMissingPaths();
    expect([missing.look(["a", "b"], 0), missing.look(["a", "b"], MINUTE_MS - 1)]).toEqual([[], []]);
    expect([missing.look(["a"], MINUTE_MS), missing.look(["a", "b"], MINUTE_MS + 1)]).toEqual([["a"], []]);
    expect(missing.look(["a", "b"], 2 * MINUTE_MS + 1)).toEqual(["b"]);
    expect(missing.look(["a", "b"], 9 * MINUTE_MS)).toEqual([]);
  });
});
