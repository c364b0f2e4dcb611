/**
 * KnownParts: which rows' texts contain each of some parts, and what that says of other parts. A text that contains `harbour`
 * contains `arb`, and one without `arb` does not.
 */
import { buildRowBits, countRows, type RowBits, type RowBitsRoom, resizeRowBits } from "./row-bits.ts";

/** All rows of `certain` contain a part, of those of `open` some may. Null: exactly these. */
export type PartRows = { readonly certain: RowBits; readonly open: RowBits | null };

/** The parts that are known of one column. */
export interface KnownParts {
  /** Bytes of memory. */
  readonly bytes: number;
  /** Knows a part from now on. Takes a search. */
  learn(part: string): void;
  forget(): void;
  /**
   * What is known of a part; null for nothing, and where more than `openMax` rows are open. The caller may add to `certain`
   * what it finds among the open ones. Good up to the next call.
   */
  find(part: string, openMax: number): PartRows | null;
}

/** A column as it is now. */
export type SearchedColumn = {
  readonly rows: number;
  /** The rows that contain `part`: a word for each 32 rows of the column, of which those before `fromWord` say nothing. */
  search(part: string, fromWord: number): RowBits;
};

/** The first `rows` rows were looked at. */
type Known = { readonly bits: RowBitsRoom; rows: number };

/** Builds the memory of no parts. */
export function buildKnownParts(column: SearchedColumn): KnownParts {
  const parts = new Map<string, Known>();
  const rooms = { certain: buildRowBits(), open: buildRowBits() };
  /** Looks at the rows that came since it was asked for. */
  const rowsOf = (part: string, known: Known): RowBits => {
    if (known.rows === column.rows) return resizeRowBits(known.bits, known.bits.length);
    // The last word may have got more rows.
    const fromWord = known.rows >>> 5;
    const found = column.search(part, fromWord);
    const bits = resizeRowBits(known.bits, found.length);
    bits.set(found.subarray(fromWord), fromWord);
    known.rows = column.rows;
    return bits;
  };
  return {
    get bytes() {
      return [rooms.certain, rooms.open, ...[...parts.values()].map(({ bits }) => bits)].reduce(
        (bytes, { values }) => bytes + values.byteLength,
        0,
      );
    },
    learn(part) {
      const known = { bits: buildRowBits(column.rows), rows: 0 };
      parts.set(part, known);
      rowsOf(part, known);
    },
    forget: () => parts.clear(),
    find(part, openMax) {
      const known = parts.get(part);
      if (known !== undefined) return { certain: rowsOf(part, known), open: null };
      // Of two parts one of which is in the other, one says it all.
      const within = [...parts.keys()].filter((other) => part.includes(other));
      const around = [...parts.keys()].filter((other) => other.includes(part));
      const rows = (names: readonly string[]) => names.map((name) => rowsOf(name, parts.get(name) as Known));
      return findBounds({
        all: rows(within.filter((one) => !within.some((other) => other !== one && other.includes(one)))),
        any: rows(around.filter((one) => !around.some((other) => other !== one && one.includes(other)))),
        rooms,
        openMax,
      });
    },
  };
}

type Bounds = {
  /** What contains the part is in each of these sets, */
  readonly all: readonly RowBits[];
  /** and what is in one of these contains it. */
  readonly any: readonly RowBits[];
  readonly rooms: { readonly certain: RowBitsRoom; readonly open: RowBitsRoom };
  readonly openMax: number;
};

function findBounds({ all, any, rooms, openMax }: Bounds): PartRows | null {
  const [first] = all;
  if (first === undefined) return null;
  const certain = resizeRowBits(rooms.certain, first.length);
  const open = resizeRowBits(rooms.open, first.length);
  let openRows = 0;
  for (let index = 0; index < first.length; index++) {
    let upper = first[index] as number;
    for (const bits of all) upper &= bits[index] as number;
    let lower = 0;
    for (const bits of any) lower |= bits[index] as number;
    certain[index] = lower;
    open[index] = upper & ~lower;
    if (open[index] === 0) continue;
    openRows += countRows(open.subarray(index, index + 1));
    // Most parts have many open rows from the first words on; going on would take as long as a search.
    if (openRows > openMax) return null;
  }
  return { certain, open };
}
