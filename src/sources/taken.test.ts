/** What is committed together: each part gets the rows that are its own, whatever stands before and behind it. */
import { describe, expect, test } from "vitest";
import type { IntakeReceipt } from "./intake.ts";
import { joinTaken, type Taken } from "./taken.ts";

/** A part of `rowCount` rows, one record more, whose late rows are given, and which describes rows by its name. */
function partOf(name: string, rowCount: number, late: readonly number[] = []): Taken {
  return {
    length: rowCount + 1,
    rowCount,
    late,
    toRows: () => [],
    caches: null,
    toRejected: () => [],
    toReplayed: () => [],
    describe: (row) => ({ position: `${name}:${row}`, detail: "", text: "" }),
    toReceipt: () => ({}) as IntakeReceipt,
  };
}

// Rows 0 and 1 are a's, 2 to 4 are c's; b and d have none.
const ALL = joinTaken([partOf("a", 2, [1]), partOf("b", 0), partOf("c", 3, [0, 2]), partOf("d", 0)]);

describe("joinTaken", () => {
  test("records and rows are counted together, late ones by their place among all rows", () => {
    expect(ALL).toMatchObject({ length: 9, rowCount: 5, late: [1, 2, 4] });
  });

  test("a row is described by the part that it is of", () => {
    const positions = [0, 1, 2, 3, 4].map((row) => ALL.describe(row).position);
    expect(positions).toEqual(["a:0", "a:1", "c:0", "c:1", "c:2"]);
  });

  test("each part gets its own rows of those that the store names, and one that is nobody's is a defect", () => {
    expect(ALL.split([1, 2, 4])).toEqual([[1], [], [0, 2], []]);
    expect(ALL.split([])).toEqual([[], [], [], []]);
    expect(() => ALL.split([5])).toThrow("Invariant broken");
  });
});
