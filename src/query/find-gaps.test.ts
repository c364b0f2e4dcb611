/** Where an hour without traffic is a gap and where it is not. */
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../model/time-range.ts";
import { findGaps } from "./find-gaps.ts";

const hours = (...numbers: number[]) => numbers.map((hour) => hour * HOUR_MS);
const gapsOf = (traffic: readonly number[], until: number) =>
  findGaps(hours(...traffic), until * HOUR_MS).map(({ startMs, endMs }) => [startMs / HOUR_MS, endMs / HOUR_MS]);

describe("findGaps", () => {
  test("names runs of empty hours between hours with traffic, and nothing before the first or after the last", () => {
    expect(gapsOf([3, 4, 6, 10], 100)).toEqual([
      [5, 6],
      [7, 10],
    ]);
    expect(gapsOf([3], 100)).toEqual([]);
    expect(gapsOf([], 100)).toEqual([]);
  });

  test("leaves out what may still be on its way: a run that ends after the source is complete", () => {
    expect(gapsOf([3, 5, 8], 8)).toEqual([
      [4, 5],
      [6, 8],
    ]);
    expect(gapsOf([3, 5, 8], 7)).toEqual([[4, 5]]);
  });
});
