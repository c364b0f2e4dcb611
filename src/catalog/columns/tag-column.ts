/**
 * TagColumn: the tags of each row, and which rows have one of some tags. The rows of a tag are a chain from its last one
 * back to its first, so that a tag which few have costs few steps, and a tag takes no more than its rows do.
 */
import { append, buildColumn } from "./growing-column.ts";
import { addRow, buildRowBits, type RowBits, resizeRowBits } from "./row-bits.ts";

/** The tags of rows 0, 1, 2, … */
export interface TagColumn {
  /** Bytes of memory. */
  readonly bytes: number;
  /** Adds tags of a row, which is behind all rows that have any. */
  append(row: number, tagIds: readonly number[]): void;
  /**
   * The rows of the first `words` words, which are those of all rows, that have at least one of these tags. Rows before
   * word `fromWord` are not looked at. Good up to the next call of this column.
   */
  find(tagIds: readonly number[], words: number, fromWord: number): RowBits;
}

/** Ends a chain. */
const NONE = -1;

/** Bytes of an entry of a map from number to number, about. */
const MAP_ENTRY_BYTES = 50;

/** Builds a column without tags. */
export function buildTagColumn(): TagColumn {
  // Of each pair of a row and a tag its row, and the place of the pair before it that has the same tag.
  const rowOf = buildColumn((length) => new Int32Array(length));
  const previous = buildColumn((length) => new Int32Array(length));
  // Ids of tags → place of its last pair.
  const lastOf = new Map<number, number>();
  const bits = buildRowBits();
  return {
    get bytes() {
      return (
        rowOf.values.byteLength + previous.values.byteLength + lastOf.size * MAP_ENTRY_BYTES + bits.values.byteLength
      );
    },
    append(row, tagIds) {
      for (const tagId of tagIds) {
        append(previous, lastOf.get(tagId) ?? NONE);
        lastOf.set(tagId, rowOf.length);
        append(rowOf, row);
      }
    },
    find(tagIds, words, fromWord) {
      const found = resizeRowBits(bits, words).fill(0, fromWord);
      for (const tagId of tagIds) markChain(found, lastOf.get(tagId) ?? NONE, fromWord * 32);
      return found;
    },
  };

  function markChain(found: RowBits, last: number, fromRow: number): void {
    const { values: rows } = rowOf;
    const { values: places } = previous;
    for (let place = last; place !== NONE; place = places[place] as number) {
      const row = rows[place] as number;
      if (row < fromRow) return;
      addRow(found, row);
    }
  }
}
