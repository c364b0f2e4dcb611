/**
 * Numbers that are added at the end: a typed array with room to grow, for passes over a million of them.
 */

/** The kinds of arrays that columns are. */
export type NumberArray =
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** A column. `values` may be longer than what was added, and is another one after `append`. */
export type GrowingColumn<Values extends NumberArray> = { values: Values; length: number };

/** Room that a column has more than it needs when it grows. */
const GROWTH = 1 / 8;
const GROWTH_MIN = 1_024;

/** Rows of one word of RowBits. */
const WORD_ROWS = 32;

/** A column of what `build` makes, `(length) => new Float64Array(length)`, with room for `expected` values and some more. */
export function buildColumn<Values extends NumberArray>(
  build: (length: number) => Values,
  expected = 0,
): GrowingColumn<Values> {
  return { values: build(toWholeWords(expected + GROWTH_MIN)), length: 0 };
}

/** Whole words of RowBits: reading behind the end of an array makes a pass several times slower. */
function toWholeWords(length: number): number {
  return Math.ceil(length / WORD_ROWS) * WORD_ROWS;
}

/** Makes room for so many values more. */
export function reserve(column: GrowingColumn<NumberArray>, more: number): void {
  const needed = column.length + more;
  if (needed <= column.values.length) return;
  const Values = column.values.constructor as new (length: number) => NumberArray;
  const values = new Values(toWholeWords(needed * (1 + GROWTH) + GROWTH_MIN));
  values.set(column.values.subarray(0, column.length));
  column.values = values;
}

/** Adds one value. */
export function append(column: GrowingColumn<NumberArray>, value: number): void {
  reserve(column, 1);
  column.values[column.length++] = value;
}
