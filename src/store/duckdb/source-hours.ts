/**
 * The hours of sources as they are read back; source-tallies.ts says what belongs to which hour.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { SourceHour } from "../../model/source.ts";
import type { HourRange } from "../usage-store.ts";
import { OUTCOMES } from "./source-tallies.ts";

/** The hours of an organization in a range, by source in code-point order, then by hour; hours of nothing do not appear. */
export async function readSourceHours(
  connection: DuckDBConnection,
  organization: number,
  { source = "", startMs, endMs, rowsMax }: HourRange,
): Promise<SourceHour[]> {
  const found = await connection.runAndReadAll(
    `-- One row per source and hour; both are in the ORDER BY, so no two rows tie.
     SELECT source, hour_ms, list(outcome), list(records) FROM (
       SELECT source, hour_ms, outcome, sum(records)::BIGINT AS records
       FROM (FROM source_hour UNION ALL BY NAME FROM source_hour_tally) AS part
       WHERE organization = $1 AND hour_ms >= $2 AND hour_ms < $3 AND ($4 = '' OR source = $4)
       GROUP BY ALL HAVING sum(records) > 0
     ) AS summed
     GROUP BY source, hour_ms ORDER BY source, hour_ms LIMIT ${Number(rowsMax)}`,
    [organization, startMs, endMs, source],
  );
  return found.getRowsJS().map((row) => {
    const [name, hourMs, outcomes, records] = row as unknown as [string, bigint, string[], bigint[]];
    const byOutcome = new Map(outcomes.map((outcome, index) => [outcome, Number(records[index])]));
    const take = (outcome: string): number => {
      const count = byOutcome.get(outcome) ?? 0;
      byOutcome.delete(outcome);
      return count;
    };
    const counts = {
      accepted: take(OUTCOMES.accepted),
      late: take(OUTCOMES.late),
      duplicates: take(OUTCOMES.duplicate),
      duplicatesDiffer: take(OUTCOMES.duplicateDiffers),
      sizeUnknown: take(OUTCOMES.sizeUnknown),
      cache: {
        ...{ hit: take(OUTCOMES.cacheHit), miss: take(OUTCOMES.cacheMiss), other: take(OUTCOMES.cacheOther) },
      },
    };
    const rejected = Object.fromEntries([...byOutcome].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { source: name, hourMs: Number(hourMs), ...counts, rejected };
  });
}
