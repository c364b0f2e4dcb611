/**
 * Queries over any days -> queries over the days that usage can be of. The vendor answers any day, and one before 1970 is a
 * day without data to it; the query refuses what lies outside.
 */
import type { UsageQuery } from "../../../model/usage-query.ts";
import { COUNTED_TIME } from "../../../query/check-query.ts";
import type { DialectDeps } from "../../dialect.ts";

type RunQuery = DialectDeps["runQuery"];

/** The same function, which leaves out of a range what no usage can be of. Where nothing is left there are no windows. */
export function withinCountedTime(runQuery: RunQuery): RunQuery {
  return async (query: UsageQuery) => {
    const startMs = Math.max(query.range.startMs, COUNTED_TIME.startMs);
    const endMs = Math.min(query.range.endMs, COUNTED_TIME.endMs);
    if (startMs >= endMs) return { windows: [], rows: [], completeUntilMs: COUNTED_TIME.startMs };
    return runQuery({ ...query, range: { startMs, endMs } });
  };
}
