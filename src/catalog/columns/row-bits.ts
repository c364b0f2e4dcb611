/**
 * Sets of rows, one bit for each: row n is bit n % 32 of word n / 32, rounded down.
 */
import { buildColumn, type GrowingColumn, reserve } from "./growing-column.ts";

/** A set of rows; 125 kB for a million. */
export type RowBits = Uint32Array<ArrayBuffer>;

/**
 * Room for a set of rows, which is used again: memory that is taken for each list has to be collected every 30 lists or so,
 * and the thread stands still for 5 to 10 ms each time.
 */
export type RowBitsRoom = GrowingColumn<RowBits>;

/** Builds the room for a set of so many rows and some more. */
export function buildRowBits(expected = 0): RowBitsRoom {
  return buildColumn((length) => new Uint32Array(length), expected / 32);
}

/** The set of a room, which has `words` words from now on; good up to the next call. What is in words that are new is open. */
export function resizeRowBits(room: RowBitsRoom, words: number): RowBits {
  reserve(room, words - room.length);
  room.length = words;
  return room.values.subarray(0, words);
}

/** Whether a row is in the set. */
export function hasRow(bits: RowBits, row: number): boolean {
  return (((bits[row >>> 5] as number) >>> (row & 31)) & 1) === 1;
}

/** Puts a row into the set. */
export function addRow(bits: RowBits, row: number): void {
  (bits[row >>> 5] as number) |= 1 << (row & 31);
}

/** Takes a row out of the set. */
export function removeRow(bits: RowBits, row: number): void {
  (bits[row >>> 5] as number) &= ~(1 << (row & 31));
}

/** How many rows the set has. */
export function countRows(bits: RowBits): number {
  let rows = 0;
  for (let index = 0; index < bits.length; index++) {
    // Sums of 2, 4, 8 bits side by side, then all of them by a multiplication.
    let word = bits[index] as number;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    rows += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return rows;
}

/** How many of the rows that stand from place `start` to before place `end` of an array are in the set. */
export function countRowsAt(bits: RowBits, rows: Int32Array, start: number, end: number): number {
  let count = 0;
  for (let place = start; place < end; place++) {
    const row = rows[place] as number;
    // Without a branch, which would be guessed wrong as often as not.
    count += ((bits[row >>> 5] as number) >>> (row & 31)) & 1;
  }
  return count;
}

/** Keeps in `bits`, from word `fromWord` on, only what `others` has too. */
export function keepRowsOf(bits: RowBits, others: RowBits, fromWord: number): void {
  for (let index = fromWord; index < bits.length; index++) (bits[index] as number) &= others[index] as number;
}

/** The rows of a set, ascending. */
export function listRows(bits: RowBits): Int32Array {
  const rows = new Int32Array(countRows(bits));
  let next = 0;
  for (let index = 0; index < bits.length; index++) {
    for (let word = bits[index] as number; word !== 0; word &= word - 1) {
      rows[next++] = (index << 5) + 31 - Math.clz32(word & -word);
    }
  }
  return rows;
}
