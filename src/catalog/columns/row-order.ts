/**
 * RowOrder: the rows in one of the orders of lists. Rows that come later are put where they belong when the order is used.
 */
import { buildColumn, type GrowingColumn, reserve } from "./growing-column.ts";

/** Below 0 when row `a` comes before row `b`. */
export type CompareRows = (a: number, b: number) => number;

/** An order of rows. */
export interface RowOrder {
  readonly compare: CompareRows;
  /** All rows from 0 to before `length`, in their order. Longer than `length`; good up to the next call. */
  sorted(length: number): Int32Array;
  readonly bytes: number;
}

/** Builds the order of `compare`. */
export function buildRowOrder(compare: CompareRows): RowOrder {
  const order = buildColumn((length) => new Int32Array(length));
  return {
    compare,
    get bytes() {
      return order.values.byteLength;
    },
    sorted(length) {
      const added = Int32Array.from({ length: length - order.length }, (_, index) => order.length + index).sort(
        compare,
      );
      insert(order, added, compare);
      return order.values;
    },
  };
}

/** Puts rows, which are sorted, among others; from the end on, so that each of the others moves once. */
function insert(order: GrowingColumn<Int32Array<ArrayBuffer>>, added: Int32Array, compare: CompareRows): void {
  reserve(order, added.length);
  const { values } = order;
  let end = order.length;
  for (let index = added.length - 1; index >= 0; index--) {
    const row = added[index] as number;
    const place = findPlace(values, end, row, compare);
    values.copyWithin(place + index + 1, place, end);
    values[place + index] = row;
    end = place;
  }
  order.length += added.length;
}

/** How many of the first `length` rows come before `row`. */
function findPlace(values: Int32Array, length: number, row: number, compare: CompareRows): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(values[middle] as number, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
