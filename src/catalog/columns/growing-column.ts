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

/** A column of what `build` makes: `(length) => new Float64Array(length)`. */
export function buildColumn<Values extends NumberArray>(build: (length: number) => Values): GrowingColumn<Values> {
  return { values: build(GROWTH_MIN), length: 0 };
}

/** Makes room for so many values more. */
export function reserve(column: GrowingColumn<NumberArray>, more: number): void {
  const needed = column.length + more;
  if (needed <= column.values.length) return;
  const Values = column.values.constructor as new (length: number) => NumberArray;
  const length = Math.ceil(needed * (1 + GROWTH)) + GROWTH_MIN;
  // Whole words of RowBits: reading behind the end makes a pass several times slower.
  const values = new Values(Math.ceil(length / WORD_ROWS) * WORD_ROWS);
  values.set(column.values.subarray(0, column.length));
  column.values = values;
}

/** Adds one value. */
export function append(column: GrowingColumn<NumberArray>, value: number): void {
  reserve(column, 1);
  column.values[column.length++] = value;
}
