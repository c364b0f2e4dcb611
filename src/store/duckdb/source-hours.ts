/**
 * What a commit adds to the hours of its sources, and the hours as they are read back. Accepted records belong to the hour
 * of their own time, so that a log that was read late fills the hours that it is about. Duplicates and refused records
 * belong to the hour in which they arrived: a refused record may have no time that can be believed.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { floorToGrain } from "../../model/grain.ts";
import type { SourceHour } from "../../model/source.ts";
import type { AppendBatch, HourRange } from "../usage-store.ts";

/** Rows that readers sum up at most, about: then they are merged into source_hour. Summing them takes a millisecond. */
const TALLIES_MAX = 10_000;

/** Outcomes beside the reasons of rejections, which have none of these names. */
const ACCEPTED = "accepted";
const LATE = "late";
const DUPLICATE = "duplicate";

const MERGE_SQL = `
INSERT INTO source_hour
SELECT organization, source, hour_ms, outcome, sum(records)::BIGINT
FROM source_hour_tally GROUP BY ALL ORDER BY ALL
ON CONFLICT (organization, source, hour_ms, outcome) DO UPDATE SET records = records + excluded.records`;

/** Adds a batch's counts inside the running transaction. `duplicates` are indexes into its rows. */
export type HourWriter = (batch: AppendBatch, duplicates: readonly number[]) => Promise<void>;

/**
 * Builds the writer of a connection. All rows of a commit go through one appender, which costs as much as one prepared
 * insert of one row, and for 5,000 rows (a log of that many hours) a sixteenth of an insert that unnests lists.
 */
export async function buildHourWriter(connection: DuckDBConnection): Promise<HourWriter> {
  const counted = await connection.runAndReadAll("SELECT count(*) FROM source_hour_tally");
  /** Too many after a rollback, which only merges them sooner. */
  let tallies = Number(counted.getRows()[0]?.[0]);
  return async (batch, duplicates) => {
    const counts = countHours(batch, new Set(duplicates));
    if (counts.length === 0) return;
    const appender = await connection.createAppender("source_hour_tally");
    try {
      for (const { organization, source, hourMs, outcome, records } of counts) {
        appender.appendBigInt(BigInt(organization));
        appender.appendVarchar(source);
        appender.appendBigInt(BigInt(hourMs));
        appender.appendVarchar(outcome);
        appender.appendBigInt(BigInt(records));
        appender.endRow();
      }
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
    tallies += counts.length;
    if (tallies < TALLIES_MAX) return;
    await connection.run(MERGE_SQL);
    await connection.run("DELETE FROM source_hour_tally");
    tallies = 0;
  };
}

type OfSource = { readonly organization: number; readonly source: string };
type HourCount = OfSource & { readonly hourMs: number; readonly outcome: string; records: number };

function countHours(batch: AppendBatch, duplicates: ReadonlySet<number>): readonly HourCount[] {
  const { rows, rejected, late } = batch;
  const arrivalMs = floorToGrain(batch.receivedMs, "hour");
  const counts = new Map<string, HourCount>();
  const find = ({ organization, source }: OfSource, hourMs: number, outcome: string): HourCount => {
    // Only the source may have spaces, so it stands last.
    const key = `${organization} ${hourMs} ${outcome} ${source}`;
    const count = counts.get(key) ?? { organization, source, hourMs, outcome, records: 0 };
    counts.set(key, count);
    return count;
  };
  let last: HourCount | null = null;
  for (const [index, row] of rows.entries()) {
    const isDuplicate = duplicates.has(index);
    const hourMs = isDuplicate ? arrivalMs : floorToGrain(row.timeMs, "hour");
    const outcome = isDuplicate ? DUPLICATE : ACCEPTED;
    // Lines of one log mostly stand in the order of their times: no key is built for each of them.
    if (last?.hourMs !== hourMs || last.outcome !== outcome || !isOfSource(last, row))
      last = find(row, hourMs, outcome);
    last.records += 1;
    if (!isDuplicate && late?.has(index)) find(row, hourMs, LATE).records += 1;
  }
  for (const refused of rejected) find(refused, arrivalMs, refused.reason).records += refused.count;
  return [...counts.values()];
}

function isOfSource(count: OfSource, row: OfSource): boolean {
  return count.organization === row.organization && count.source === row.source;
}

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
       GROUP BY ALL
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
    const counts = { accepted: take(ACCEPTED), late: take(LATE), duplicates: take(DUPLICATE) };
    const rejected = Object.fromEntries([...byOutcome].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { source: name, hourMs: Number(hourMs), ...counts, rejected };
  });
}
