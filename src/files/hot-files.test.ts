/**
 * Files in memory: read once, bounded together, never other bytes than those of the place.
 */
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { buildHotFiles, streamPieces } from "./hot-files.ts";

/** A place that says how often it was read. */
function buildPlace(files: Readonly<Record<string, string>>) {
  const reads: string[] = [];
  const read = (key: string) => async () => {
    reads.push(key);
    const text = files[key];
    if (text === undefined) throw new Error(`no ${key}`);
    return Buffer.from(text);
  };
  return { reads, read };
}

describe("buildHotFiles", () => {
  test("a file is read once, also by many at the same time", async () => {
    const { reads, read } = buildPlace({ a: "aaa" });
    const hot = buildHotFiles(10);
    const all = await Promise.all([hot.get("a", read("a")), hot.get("a", read("a")), hot.get("a", read("a"))]);
    expect([...all, await hot.get("a", read("a"))].map(String)).toEqual(["aaa", "aaa", "aaa", "aaa"]);
    expect(reads).toEqual(["a"]);
  });

  test("over the bound the file that was used longest ago goes, and one over it alone never stays", async () => {
    const { reads, read } = buildPlace({ a: "aaaa", b: "bbbb", c: "cccc", large: "12345678901" });
    const hot = buildHotFiles(10);
    for (const key of ["a", "b", "a", "c", "a", "b", "large", "large"]) await hot.get(key, read(key));
    // c took the place of b, which was used before a; then b that of c.
    expect(reads).toEqual(["a", "b", "c", "b", "large", "large"]);
    await hot.get("a", read("a"));
    expect(reads).toHaveLength(6);
  });

  test("a file that was given up is read again, also while it was being read", async () => {
    const { reads, read } = buildPlace({ a: "aaa" });
    const hot = buildHotFiles(10);
    const first = hot.get("a", read("a"));
    hot.delete("a");
    await first;
    await hot.get("a", read("a"));
    hot.delete("a");
    hot.delete("a");
    await hot.get("a", read("a"));
    expect(reads).toEqual(["a", "a", "a"]);
  });

  test("a failure is not remembered", async () => {
    const { reads, read } = buildPlace({});
    const hot = buildHotFiles(10);
    await expect(hot.get("a", read("a"))).rejects.toThrow("no a");
    await expect(hot.get("a", read("a"))).rejects.toThrow("no a");
    expect(reads).toEqual(["a", "a"]);
  });
});

describe("streamPieces", () => {
  test.each([0, 1, 65_535, 65_536, 65_537, 200_000])("%d bytes come out as they are", async (length) => {
    const bytes = Buffer.from(Array.from({ length }, (_, index) => index & 0xff));
    expect((await buffer(streamPieces(bytes))).equals(bytes)).toBe(true);
  });
});
