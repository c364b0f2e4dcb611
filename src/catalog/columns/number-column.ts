/**
 * NumberColumn: one number of each row, and which rows' numbers are within bounds. The least and the greatest number of each
 * block of rows are kept, so that only blocks which are partly within bounds are looked at: rows come by their age, and times
 * with them.
 */
import { append, buildColumn, type GrowingColumn } from "./growing-column.ts";
import type { RowBits } from "./row-bits.ts";

/** The numbers of rows 0, 1, 2, …; NaN for a row that has none. */
export interface NumberColumn {
  /** Bytes of memory. */
  readonly bytes: number;
  /** For whoever compares rows. */
  readonly numbers: Readonly<GrowingColumn<Float64Array<ArrayBuffer>>>;
  /** Adds the number of the next row. */
  append(number: number): void;
  /**
   * Keeps in `bits`, from word `fromWord` on, only rows whose number is from `from` to `to`, both inclusive. NaN never is. The
   * column has numbers for all rows of the words, whatever they are behind the last row.
   */
  keepBetween(bits: RowBits, from: number, to: number, fromWord: number): void;
}

/** Words of rows of a block: 1,024 rows, of which a million has a thousand blocks. */
const BLOCK_WORDS = 32;
const BLOCK_ROWS = BLOCK_WORDS * 32;

/** Builds an empty column, with room for `expected` numbers. */
export function buildNumberColumn(expected = 0): NumberColumn {
  const build = (length: number) => new Float64Array(length);
  const numbers = buildColumn(build, expected);
  // Of each block. The least one is NaN if any is: such a block is never within bounds as a whole.
  const least = buildColumn(build, expected / BLOCK_ROWS);
  const greatest = buildColumn(build, expected / BLOCK_ROWS);
  return {
    numbers,
    get bytes() {
      return [numbers, least, greatest].reduce((bytes, { values }) => bytes + values.byteLength, 0);
    },
    append(number) {
      if (numbers.length % BLOCK_ROWS === 0) {
        append(least, Number.POSITIVE_INFINITY);
        append(greatest, Number.NEGATIVE_INFINITY);
      }
      const block = least.length - 1;
      least.values[block] = Math.min(least.values[block] as number, number);
      if (number > (greatest.values[block] as number)) greatest.values[block] = number;
      append(numbers, number);
    },
    keepBetween(bits, from, to, fromWord) {
      for (let word = fromWord, block = Math.floor(word / BLOCK_WORDS); word < bits.length; block++) {
        const end = Math.min((block + 1) * BLOCK_WORDS, bits.length);
        const [lowest, highest] = [least.values[block] as number, greatest.values[block] as number];
        if (highest < from || lowest > to) bits.fill(0, word, end);
        else if (!(lowest >= from && highest <= to)) keepRows(bits, numbers.values, from, to, word, end);
        word = end;
      }
    },
  };
}

/**
 * Keeps rows of the words from `start` to before `end`. The bounds are no array: one of small integers is another kind of array
 * to the engine than one with Infinity, and what it has compiled for one it throws away at the other.
 */
function keepRows(bits: RowBits, values: Float64Array, from: number, to: number, start: number, end: number): void {
  for (let index = start; index < end; index++) {
    if (bits[index] === 0) continue;
    let within = 0;
    const first = index << 5;
    for (let bit = 0; bit < 32; bit++) {
      const value = values[first + bit] as number;
      // Without a branch: of values in no order half the branches would be guessed wrong, at 5 ns each.
      within |= (Number(value >= from) & Number(value <= to)) << bit;
    }
    (bits[index] as number) &= within;
  }
}
