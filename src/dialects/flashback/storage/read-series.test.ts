import { describe, expect, test } from "vitest";
import { cutByBuckets } from "./read-series.ts";

/** Entities called by their number of buckets. */
const cut = (counts: readonly number[], bucketsMax: number) =>
  cutByBuckets(
    counts.map((count) => ({ id: `${count}`, bucketIds: Array.from({ length: count }, (_, index) => `${index}`) })),
    bucketsMax,
  ).map((piece) => piece.map(({ id }) => Number(id)));

describe("cutByBuckets", () => {
  test("as many entities are together as have no more buckets than may be, in their order", () => {
    expect(cut([1, 2, 3, 1, 0, 2], 3)).toEqual([[1, 2], [3], [1, 0, 2]]);
    expect(cut([1, 1, 1], 1)).toEqual([[1], [1], [1]]);
  });

  test("an entity with more is alone", () => {
    expect(cut([1, 9, 0, 1], 3)).toEqual([[1], [9], [0, 1]]);
  });

  test("no entities are no pieces", () => {
    expect(cut([], 3)).toEqual([]);
  });
});
