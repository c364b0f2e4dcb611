/**
 * RememberedMatches: which rows met the conditions that were asked for lately. Rows that came since are looked at alone, so
 * that a list which was asked for before costs no pass over the columns, whatever has changed.
 */
import type { AssetRows } from "./asset-rows.ts";
import { matchRows, type RowConditions } from "./match-rows.ts";
import { buildRowBits, type RowBits, type RowBitsRoom, resizeRowBits } from "./row-bits.ts";

/** A bounded memory; losing what it holds costs a pass over the columns. */
export interface RememberedMatches {
  readonly bytes: number;
  /** The rows that meet the conditions, in or out of lists. Whoever asks must not change it; good up to the next call. */
  find(conditions: RowConditions): RowBits;
}

/** The first `rows` rows were looked at. */
type Match = { readonly bits: RowBitsRoom; rows: number };

/** Conditions that are remembered of a space: 8 MB for a million assets. */
export const MATCHES_MAX = 64;

/** Builds the memory of a space's columns. */
export function buildRememberedMatches(rows: AssetRows): RememberedMatches {
  // A map keeps the order in which keys were entered: the first one is the one to leave.
  const matches = new Map<string, Match>();
  return {
    get bytes() {
      return [...matches.values()].reduce((sum, { bits }) => sum + bits.values.byteLength, 0);
    },
    find(conditions) {
      const key = keyOf(conditions);
      const match = matches.get(key) ?? makeRoom();
      matches.delete(key);
      matches.set(key, match);
      return extend(rows, conditions, match);
    },
  };

  /** What the conditions that were not asked for for the longest time leave, once there are as many as are remembered. */
  function makeRoom(): Match {
    const [oldest] = matches;
    if (matches.size < MATCHES_MAX || oldest === undefined) return { bits: buildRowBits(rows.length), rows: 0 };
    const [key, { bits }] = oldest;
    matches.delete(key);
    return { bits, rows: 0 };
  }
}

function extend(rows: AssetRows, conditions: RowConditions, match: Match): RowBits {
  const bits = resizeRowBits(match.bits, rows.live.length);
  // The last word may have got more rows.
  if (match.rows < rows.length) matchRows(rows, conditions, bits, match.rows >>> 5);
  match.rows = rows.length;
  return bits;
}

/** The same for the same conditions; one that is not asked for is not the root, which is null. */
function keyOf(conditions: RowConditions): string {
  return JSON.stringify(
    Object.entries(conditions)
      .filter(([, condition]) => condition !== undefined)
      .sort(),
  );
}
