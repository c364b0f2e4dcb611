/**
 * The bound on the rows of one statistics query and of its answer.
 */
import type { DialectLimits } from "../../dialect.ts";

/**
 * Rows of one statistics answer, at most. The vendor documents no bound for the organization's lists and clients do not
 * page them, so it is set where the answer could no longer be written: an asset row takes about 300 bytes, and V8's
 * longest string has 536,870,888 characters. A smaller bound of the configuration goes first. One row more than either
 * is an error, never a shortened list.
 */
export const STATISTICS_ROWS_MAX = 1_000_000;

/** Rows of one list of an answer, at most: as many as a query may have. */
export function toRowsMax({ queryRowsMax }: Pick<DialectLimits, "queryRowsMax">): number {
  return Math.min(STATISTICS_ROWS_MAX, queryRowsMax);
}
