/** The identity of lines: made from source, occurrence and bytes, and from nothing else. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { buildLineIds, lineId } from "./line-ids.ts";

const idsOf = (lines: readonly string[], distinctLinesMin?: number) => {
  const ids = buildLineIds("www", distinctLinesMin);
  return lines.map((line) => ids.next(Buffer.from(line)));
};

describe("lineId", () => {
  test("it is the documented hash, so that another program can compute it", () => {
    for (let i = 0; i < 200; i++) {
      const digest = createHash("sha256").update(`www\0${i}\0line ${i}`).digest().subarray(0, 16);
      expect(lineId("www", i, Buffer.from(`line ${i}`))).toBe(`l1:${digest.toString("base64url")}`);
    }
  });

  test("source, occurrence and bytes each change it", () => {
    const line = Buffer.from("a");
    const ids = [
      lineId("www", 0, line),
      lineId("ww", 0, line),
      lineId("www", 1, line),
      lineId("www", 0, Buffer.from("b")),
    ];
    expect(new Set(ids).size).toBe(4);
  });
});

describe("buildLineIds", () => {
  test("equal lines of one file are told apart by how often they came before", () => {
    expect(idsOf(["a", "b", "a", "a", "b"])).toEqual([
      lineId("www", 0, Buffer.from("a")),
      lineId("www", 0, Buffer.from("b")),
      lineId("www", 1, Buffer.from("a")),
      lineId("www", 2, Buffer.from("a")),
      lineId("www", 1, Buffer.from("b")),
    ]);
  });

  test("the same file again gives the same ids", () => {
    expect(idsOf(["a", "b", "a"])).toEqual(idsOf(["a", "b", "a"]));
  });

  test("a line is remembered through as many other lines as promised, and then starts at 0 again", () => {
    const [first, ...others] = idsOf(["a", "b", "c", "d", "a"], 4);
    expect(others.at(-1)).toBe(lineId("www", 1, Buffer.from("a")));
    expect(first).toBe(lineId("www", 0, Buffer.from("a")));
    const forgotten = idsOf(["a", "b", "c", "d", "e", "f", "g", "h", "i", "a"], 4);
    expect(forgotten.at(-1)).toBe(forgotten[0]);
  });

  test("a line that keeps coming is counted on, however many others lie between", () => {
    const lines = Array.from({ length: 20 }, (_, i) => ["a", `x${i}`, `y${i}`]).flat();
    const last = idsOf(lines, 4)[57];
    expect(last).toBe(lineId("www", 19, Buffer.from("a")));
  });
});
