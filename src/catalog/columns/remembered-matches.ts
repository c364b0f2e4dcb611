/**
 * RememberedMatches: which rows met the conditions that were asked for lately. Rows that came since are looked at alone, so
 * that a list which was asked for before costs no pass over the columns, whatever has changed.
 */
import type { AssetRows } from "./asset-rows.ts";
import { matchRows, type RowConditions } from "./match-rows.ts";
import type { RowBits } from "./row-bits.ts";

/** A bounded memory; losing what it holds costs a pass over the columns. */
export interface RememberedMatches {
  readonly bytes: number;
  /** The rows that meet the conditions, in or out of lists. Whoever asks must not change it; good up to the next call. */
  find(conditions: RowConditions): RowBits;
}

type Match = { readonly bits: RowBits; readonly rows: number };

/** Conditions that are remembered of a space: 8 MB for a million assets. */
const MATCHES_MAX = 64;

/** Builds the memory of a space's columns. */
export function buildRememberedMatches(rows: AssetRows): RememberedMatches {
  // A map keeps the order in which keys were entered: the first one is the one to leave.
  const matches = new Map<string, Match>();
  return {
    get bytes() {
      return [...matches.values()].reduce((sum, { bits }) => sum + bits.byteLength, 0);
    },
    find(conditions) {
      const key = keyOf(conditions);
      const match = extend(rows, conditions, matches.get(key));
      matches.delete(key);
      matches.set(key, match);
      const [oldest] = matches.keys();
      if (matches.size > MATCHES_MAX && oldest !== undefined) matches.delete(oldest);
      return match.bits;
    },
  };
}

function extend(rows: AssetRows, conditions: RowConditions, known: Match | undefined): Match {
  if (known?.rows === rows.length) return known;
  const bits = new Uint32Array(rows.live.length);
  // The last word may have got more rows.
  const fromWord = known === undefined ? 0 : known.rows >>> 5;
  if (known !== undefined) bits.set(known.bits);
  matchRows(rows, conditions, bits, fromWord);
  return { bits, rows: rows.length };
}

/** The same for the same conditions; one that is not asked for is not the root, which is null. */
function keyOf(conditions: RowConditions): string {
  return JSON.stringify(
    Object.entries(conditions)
      .filter(([, condition]) => condition !== undefined)
      .sort(),
  );
}
