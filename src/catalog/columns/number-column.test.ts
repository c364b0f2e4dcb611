/**
 * Bounds on a column of numbers against a plain comparison of each.
 */
import { assert, constantFrom, double, integer, array as listOf, oneof, property, tuple } from "fast-check";
import { expect, test } from "vitest";
import { buildNumberColumn } from "./number-column.ts";
import { listRows } from "./row-bits.ts";

const LIMIT = constantFrom(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
const NUMBER = oneof({ weight: 9, arbitrary: integer({ min: 0, max: 9 }) }, LIMIT, constantFrom(Number.NaN));
// One number after the other, each for hundreds of rows: blocks are within bounds, outside of them, or partly within.
const RUNS = listOf(tuple(NUMBER, integer({ min: 1, max: 1_500 })), { maxLength: 6 });
const BOUND = oneof(integer({ min: -1, max: 10 }), LIMIT, double({ min: 0, max: 9, noNaN: true }));

test("keepBetween keeps exactly the rows whose number is within the bounds, from any word on", () => {
  assert(
    property(RUNS, BOUND, BOUND, integer({ min: 0, max: 40 }), integer(), (runs, from, to, fromWord, before) => {
      const numbers = runs.flatMap(([number, count]) => new Array<number>(count).fill(number));
      const column = buildNumberColumn();
      for (const number of numbers) column.append(number);
      const bits = new Uint32Array(Math.ceil(numbers.length / 32)).fill(before);
      const rows = [...listRows(bits)].filter((row) => row < numbers.length);
      column.keepBetween(bits, from, to, fromWord);
      const isWithin = (number: number): boolean => number >= from && number <= to;
      expect([...listRows(bits)].filter((row) => row < numbers.length)).toEqual(
        rows.filter((row) => row < fromWord * 32 || isWithin(numbers[row] as number)),
      );
    }),
    { numRuns: 200 },
  );
});
