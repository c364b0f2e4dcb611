import { describe, expect, test } from "vitest";
import { readPeriod, toPeriodRange } from "./period.ts";

const read = (text: string): number => readPeriod(new URLSearchParams(text));

describe("readPeriod", () => {
  test.each([
    ["", 24],
    ["period=", 24],
    ["period=undefined", 24],
    ["period=1", 1],
    ["period=0024", 24],
    ["period=8736", 8736],
  ])("%j is a period of %i hours", (text, hours) => {
    expect(read(text)).toBe(hours);
  });

  test.each(["0", "8737", "1.5", "-1", "+1", "1e3", "abc", "9".repeat(400)])("a period of %s is refused", (period) => {
    expect(() => read(`period=${encodeURIComponent(period)}`)).toThrow("period must be an integer from 1 to 8736");
  });
});

describe("toPeriodRange", () => {
  test("both ends belong to the period, to the millisecond", () => {
    expect(toPeriodRange(24, 1_772_452_800_123)).toEqual({ startMs: 1_772_366_400_123, endMs: 1_772_452_800_124 });
  });
});
