/**
 * What a commit adds to the counts of its sources, in all and by hour. Accepted records belong to the hour of their own
 * time, so that a log that was read late fills the hours that it is about. Duplicates and refused records belong to the hour
 * in which they arrived: a refused record may have no time that can be believed.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { floorToGrain } from "../../model/grain.ts";
import { CACHE_RESULTS } from "../../model/source-settings.ts";
import type { UsageColumns } from "../../model/usage-columns.ts";
import type { AppendBatch } from "../usage-store.ts";
import type { Duplicates } from "./find-duplicates.ts";
import { readKeptFrom } from "./kept-from.ts";

/** Rows that readers sum up at most, about: then they are merged into source_count and source_hour. */
const TALLIES_MAX = 4_000;

/** Outcomes beside the reasons of rejections, which have none of these names. Only the first and the third add up. */
export const OUTCOMES = {
  ...{ accepted: "accepted", late: "late", duplicate: "duplicate", sizeUnknown: "size-unknown" },
  duplicateDiffers: "duplicate-differs",
  ...{ cacheHit: "cache-hit", cacheMiss: "cache-miss", cacheOther: "cache-other" },
} as const;

/** The outcomes of caches in the order of CACHE_RESULTS. */
const CACHE_OUTCOMES = CACHE_RESULTS.map((result) => `cache-${result}`);

/** The rows of source_hour_tally in the columns of source_count; refused records are counted in source_rejection. */
export const TALLIED_COUNTS_SQL = `
SELECT organization, source,
  CASE outcome WHEN '${OUTCOMES.accepted}' THEN records ELSE 0 END AS accepted,
  CASE outcome WHEN '${OUTCOMES.late}' THEN records ELSE 0 END AS late,
  CASE outcome WHEN '${OUTCOMES.duplicate}' THEN records ELSE 0 END AS duplicates,
  first_event_ms, last_event_ms
FROM source_hour_tally
WHERE outcome IN ('${Object.values(OUTCOMES).join("', '")}')`;

const MERGE_SQL = [
  `
INSERT INTO source_count (organization, source, accepted, late, duplicates, first_event_ms, last_event_ms)
SELECT organization, source, sum(accepted)::BIGINT, sum(late)::BIGINT, sum(duplicates)::BIGINT,
  min(first_event_ms), max(last_event_ms)
FROM (${TALLIED_COUNTS_SQL}) AS part
GROUP BY organization, source ORDER BY organization, source
ON CONFLICT (organization, source) DO UPDATE SET
  accepted = accepted + excluded.accepted,
  late = late + excluded.late,
  duplicates = duplicates + excluded.duplicates,
  first_event_ms = least(first_event_ms, excluded.first_event_ms),
  last_event_ms = greatest(last_event_ms, excluded.last_event_ms)`,
  `
INSERT INTO source_hour
SELECT organization, source, hour_ms, outcome, sum(records)::BIGINT
FROM source_hour_tally GROUP BY ALL ORDER BY ALL
ON CONFLICT (organization, source, hour_ms, outcome) DO UPDATE SET records = records + excluded.records`,
  "DELETE FROM source_hour_tally",
];

/** Merges all tallies into source_count and source_hour, inside the running transaction of the one writer. */
export async function mergeTallies(connection: DuckDBConnection): Promise<void> {
  for (const sql of MERGE_SQL) await connection.run(sql);
}

/** A batch whose rows are in columns. */
type ColumnsBatch = AppendBatch & { readonly rows: UsageColumns };

/** Adds a batch's counts inside the running transaction. */
export type TallyWriter = (batch: ColumnsBatch, duplicates: Duplicates) => Promise<void>;

/**
 * Builds the writer of a connection. All rows of a commit go through one appender, which costs as much as one prepared
 * insert of one row, and for 5,000 rows (a log of that many hours) a sixteenth of an insert that unnests lists.
 */
export async function buildTallyWriter(connection: DuckDBConnection): Promise<TallyWriter> {
  const counted = await connection.runAndReadAll("SELECT count(*) FROM source_hour_tally");
  /** About how many: after a rollback it may be too many or, by those of one merge, too few, and retention merges them too. */
  let tallies = Number(counted.getRows()[0]?.[0]);
  return async (batch, duplicates) => {
    const counts = countHours(batch, duplicates, await readHoursFrom(connection, batch));
    if (counts.length === 0) return;
    await appendCounts(connection, counts);
    tallies += counts.length;
    if (tallies < TALLIES_MAX) return;
    await mergeTallies(connection);
    tallies = 0;
  };
}

type OfSource = { readonly organization: number; readonly source: string };
type HourCount = OfSource & {
  readonly hourMs: number;
  readonly outcome: string;
  records: number;
  /** Of accepted records alone. */
  firstMs: number | null;
  lastMs: number | null;
};

async function appendCounts(connection: DuckDBConnection, counts: readonly HourCount[]): Promise<void> {
  const appender = await connection.createAppender("source_hour_tally");
  try {
    for (const { organization, source, hourMs, outcome, records, firstMs, lastMs } of counts) {
      appender.appendBigInt(BigInt(organization));
      appender.appendVarchar(source);
      appender.appendBigInt(BigInt(hourMs));
      appender.appendVarchar(outcome);
      appender.appendBigInt(BigInt(records));
      for (const timeMs of [firstMs, lastMs]) {
        if (timeMs === null) appender.appendNull();
        else appender.appendBigInt(BigInt(timeMs));
      }
      appender.endRow();
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

/** From when on there are hours (UTC ms); asked for only where a batch changes earlier ones. */
async function readHoursFrom(connection: DuckDBConnection, { replayed = [] }: ColumnsBatch): Promise<number> {
  if (replayed.length === 0) return 0;
  return (await readKeptFrom(connection)).usage_total_per_hour ?? 0;
}

function countHours(
  batch: ColumnsBatch,
  { indexes: duplicates, differing }: Duplicates,
  hoursFromMs: number,
): readonly HourCount[] {
  const { rows, rejected, late, caches = null } = batch;
  const arrivalMs = floorToGrain(batch.receivedMs, "hour");
  const counts = new Map<string, HourCount>();
  const find = ({ organization, source }: OfSource, hourMs: number, outcome: string): HourCount => {
    // Only the source may have spaces, so it stands last.
    const key = `${organization} ${hourMs} ${outcome} ${source}`;
    const none = { records: 0, firstMs: null, lastMs: null };
    const count = counts.get(key) ?? { organization, source, hourMs, outcome, ...none };
    counts.set(key, count);
    return count;
  };
  let last: HourCount | null = null;
  let lastSource = -1;
  let nextDuplicate = 0;
  /** Those of the same hour and source as `last`, by result. */
  let lastCaches: HourCount[] = [];
  for (let index = 0; index < rows.length; index++) {
    const isDuplicate = duplicates[nextDuplicate] === index;
    if (isDuplicate) nextDuplicate++;
    const timeMs = rows.timeMs[index]!;
    const organization = rows.organization[index]!;
    const hourMs = isDuplicate ? arrivalMs : floorToGrain(timeMs, "hour");
    const outcome = isDuplicate ? OUTCOMES.duplicate : OUTCOMES.accepted;
    const sourcePlace = rows.source[index]!;
    // Lines of one log mostly stand in the order of their times: no key is built for each of them.
    const isLast = sourcePlace === lastSource && last?.organization === organization;
    if (!isLast || last?.hourMs !== hourMs || last.outcome !== outcome) {
      last = find({ organization, source: rows.names[sourcePlace]! }, hourMs, outcome);
      lastSource = sourcePlace;
      lastCaches = [];
    }
    last.records += 1;
    if (isDuplicate) {
      if (differing.has(index)) find(last, hourMs, OUTCOMES.duplicateDiffers).records += 1;
      continue;
    }
    const cache = caches?.[index] ?? 0;
    if (cache > 0) {
      lastCaches[cache] ??= find(last, hourMs, CACHE_OUTCOMES[cache - 1]!);
      lastCaches[cache].records += 1;
    }
    last.firstMs = Math.min(last.firstMs ?? timeMs, timeMs);
    last.lastMs = Math.max(last.lastMs ?? timeMs, timeMs);
    if (late?.has(index)) find(last, hourMs, OUTCOMES.late).records += 1;
    const object = rows.objects.get(index);
    // Of an upload in parts the parts may say it, before or after.
    const isUnknown = object?.size === null && object.upload === undefined;
    if (isUnknown) find(last, hourMs, OUTCOMES.sizeUnknown).records += 1;
  }
  for (const refused of rejected) find(refused, arrivalMs, refused.reason).records += refused.count;
  for (const { refusal, ...before } of batch.replayed ?? []) {
    const refusedMs = floorToGrain(before.receivedMs, "hour");
    // Of an hour that has been dropped there would be what moves now and nothing else.
    if (refusedMs < hoursFromMs) continue;
    find(before, refusedMs, before.reason).records -= 1;
    if (refusal !== null) find(before, refusedMs, refusal.reason).records += 1;
  }
  return [...counts.values()].filter(({ records }) => records !== 0);
}
