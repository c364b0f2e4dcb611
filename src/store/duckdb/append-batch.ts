/**
 * One commit: raw rows, roll-ups, counts, rejections and checkpoints in one transaction, or none of them.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { UsageRow } from "../../model/usage-row.ts";
import {
  type AppendBatch,
  type AppendReceipt,
  type CommitPoint,
  DUPLICATE_SAMPLES_MAX,
  REJECTED_SAMPLES_MAX,
  type RejectedRecords,
  ROLLUP_TABLES,
  type SourceCheckpoint,
} from "../usage-store.ts";
import type { WritableNames } from "./names.ts";
import { DUPLICATE } from "./read-sources.ts";
import { insertRollupSql } from "./rollup-sql.ts";
import { stageRows } from "./stage-rows.ts";

/**
 * Takes duplicates out of the batch, looking only at rows that may be known: repetitions inside the batch, and
 * identities that arrived within the horizon. `timeRange` narrows the look-up to facts of the batch's own times, so
 * that a log that is sent again is compared with its own days and not with everything. The horizon is on the time of
 * arrival, which ascends through the table, so older row groups are not even read.
 */
const DELETE_DUPLICATES_SQL = (horizonMs: number, timeRange: { fromMs: number; toMs: number } | null): string => `
DELETE FROM temp.batch WHERE row_index IN (
  SELECT later.row_index FROM temp.batch AS earlier JOIN temp.batch AS later ON earlier.identity = later.identity
  WHERE later.suspect = 1 AND earlier.row_index < later.row_index
  UNION ALL
  SELECT suspect.row_index FROM usage_raw JOIN temp.batch AS suspect ON usage_raw.identity = suspect.identity
  WHERE suspect.suspect = 1 AND usage_raw.correction = 0 AND usage_raw.received_ms >= ${horizonMs}${
    timeRange === null ? "" : `\n    AND usage_raw.time_ms BETWEEN ${timeRange.fromMs} AND ${timeRange.toMs}`
  }
) RETURNING row_index`;

const INSERT_RAW_SQL = (receivedMs: number): string => `
INSERT INTO usage_raw
SELECT ${receivedMs}, identity, time_ms::BIGINT, organization::BIGINT, source, kind::UTINYINT, space::BIGINT,
  user_id::BIGINT, bucket, asset::BIGINT, operation, count::BIGINT, bytes_in::BIGINT, bytes_out::BIGINT,
  size_delta::BIGINT, objects_delta::BIGINT, 0
FROM temp.batch
ORDER BY row_index`;

/** What a commit works on. `horizonMs`: identities that arrived at this time (UTC ms) or later are remembered. */
export type AppendContext = {
  readonly connection: DuckDBConnection;
  readonly names: WritableNames;
  readonly horizonMs: number;
  /** Adds a row's identity to the index of known ones; true when it may have been known before. */
  readonly mayBeKnown: (row: UsageRow, receivedMs: number) => boolean;
  /** Told where the commit is: for tests that let it die there. */
  readonly onPoint?: ((point: CommitPoint) => void) | undefined;
  /** Gives rejected records ascending numbers. */
  readonly nextRejectedNumber: () => bigint;
};

/** Commits the batch. Rejects, with everything rolled back, when any statement fails. */
export async function appendBatch(batch: AppendBatch, context: AppendContext): Promise<AppendReceipt> {
  const { connection, names } = context;
  await connection.run("BEGIN TRANSACTION");
  try {
    context.onPoint?.("begun");
    const duplicates = batch.rows.length === 0 ? [] : await appendRows(batch, context);
    await writeSourceCounts(batch, duplicates, connection);
    if (batch.describeDuplicate !== undefined) await keepDuplicates(batch, duplicates, context);
    for (const rejected of batch.rejected) await writeRejected(rejected, batch.receivedMs, context);
    for (const checkpoint of batch.checkpoints) await writeCheckpoint(checkpoint, connection);
    context.onPoint?.("counts");
    await connection.run("COMMIT");
    context.onPoint?.("committed");
    names.settle();
    return { duplicates };
  } catch (error) {
    names.forget();
    // A failed COMMIT has already ended the transaction; rolling back again then fails, which changes nothing.
    await connection.run("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

async function appendRows(batch: AppendBatch, context: AppendContext): Promise<number[]> {
  const { connection, names, mayBeKnown, onPoint } = context;
  const suspects = batch.rows.map((row) => mayBeKnown(row, batch.receivedMs));
  await stageRows(connection, { rows: batch.rows, suspects }, names);
  onPoint?.("staged");
  const duplicates = suspects.includes(true) ? await deleteDuplicates(batch, suspects, context) : [];
  onPoint?.("deduplicated");
  if (duplicates.length < batch.rows.length) {
    for (const { id, name } of names.unwritten()) {
      await connection.run("INSERT INTO usage_name VALUES ($1, $2)", [id, name]);
    }
    await connection.run(INSERT_RAW_SQL(batch.receivedMs));
    onPoint?.("raw");
    for (const table of ROLLUP_TABLES) await connection.run(insertRollupSql(table, "temp.batch", "part"));
    onPoint?.("rollups");
  } else {
    names.forget();
  }
  return duplicates.sort((a, b) => a - b);
}

async function deleteDuplicates(
  batch: AppendBatch,
  suspects: readonly boolean[],
  { connection, horizonMs }: AppendContext,
): Promise<number[]> {
  let [fromMs, toMs, suspectCount] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const [index, row] of batch.rows.entries()) {
    if (!suspects[index]) continue;
    suspectCount++;
    fromMs = Math.min(fromMs, row.timeMs);
    toMs = Math.max(toMs, row.timeMs);
  }
  const deleted: number[] = [];
  for (const timeRange of [{ fromMs, toMs }, null]) {
    // The second look, without bounds on the time, is for ids that come again with another time, and for the index's
    // rare mistakes; a log that is sent again never needs it.
    if (deleted.length === suspectCount) break;
    const answer = await connection.runAndReadAll(DELETE_DUPLICATES_SQL(horizonMs, timeRange));
    for (const [rowIndex] of answer.getRows()) deleted.push(Number(rowIndex));
  }
  return deleted;
}

type SourceTally = {
  readonly organization: number;
  readonly source: string;
  accepted: number;
  late: number;
  duplicates: number;
  firstMs: number | null;
  lastMs: number | null;
};

async function writeSourceCounts(
  batch: AppendBatch,
  duplicates: readonly number[],
  connection: DuckDBConnection,
): Promise<void> {
  for (const tally of tallySources(batch, new Set(duplicates))) {
    await connection.run(
      `INSERT INTO source_count (organization, source, accepted, duplicates, first_event_ms, last_event_ms, late)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (organization, source) DO UPDATE SET
         accepted = accepted + excluded.accepted,
         duplicates = duplicates + excluded.duplicates,
         late = late + excluded.late,
         first_event_ms = least(first_event_ms, excluded.first_event_ms),
         last_event_ms = greatest(last_event_ms, excluded.last_event_ms)`,
      [tally.organization, tally.source, tally.accepted, tally.duplicates, tally.firstMs, tally.lastMs, tally.late],
    );
  }
}

function tallySources({ rows, late }: AppendBatch, duplicates: ReadonlySet<number>): Iterable<SourceTally> {
  const tallies = new Map<string, SourceTally>();
  for (const [index, { organization, source, timeMs }] of rows.entries()) {
    const key = `${organization} ${source}`;
    let tally = tallies.get(key);
    if (tally === undefined) {
      tally = { organization, source, accepted: 0, late: 0, duplicates: 0, firstMs: null, lastMs: null };
      tallies.set(key, tally);
    }
    if (duplicates.has(index)) {
      tally.duplicates++;
      continue;
    }
    tally.accepted++;
    if (late?.has(index)) tally.late++;
    tally.firstMs = Math.min(tally.firstMs ?? timeMs, timeMs);
    tally.lastMs = Math.max(tally.lastMs ?? timeMs, timeMs);
  }
  return tallies.values();
}

async function writeRejected(rejected: RejectedRecords, receivedMs: number, context: AppendContext): Promise<void> {
  const { organization, source, reason } = rejected;
  await context.connection.run(
    `INSERT INTO source_rejection VALUES ($1, $2, $3, $4)
     ON CONFLICT (organization, source, reason) DO UPDATE SET records = records + excluded.records`,
    [organization, source, reason, rejected.count],
  );
  await keepSamples(rejected, receivedMs, context);
}

/** Keeps the newest duplicates of each source of the batch, for people to look at. */
async function keepDuplicates(
  batch: AppendBatch,
  duplicates: readonly number[],
  context: AppendContext,
): Promise<void> {
  const bySource = new Map<string, number[]>();
  for (const index of duplicates) {
    const { organization, source } = batch.rows[index] as UsageRow;
    const key = `${organization} ${source}`;
    const indexes = bySource.get(key) ?? [];
    if (indexes.length === 0) bySource.set(key, indexes);
    indexes.push(index);
  }
  for (const indexes of bySource.values()) {
    const { organization, source } = batch.rows[indexes[0] as number] as UsageRow;
    const samples = indexes.slice(-DUPLICATE_SAMPLES_MAX).map((index) => batch.describeDuplicate!(index));
    await keepSamples({ organization, source, reason: DUPLICATE, samples }, batch.receivedMs, context);
  }
}

/** Keeps samples of one source and drops the oldest: refused records and duplicates never push each other out. */
async function keepSamples(
  kept: Pick<RejectedRecords, "organization" | "source" | "reason" | "samples">,
  receivedMs: number,
  { connection, nextRejectedNumber }: AppendContext,
): Promise<void> {
  const { organization, source, reason } = kept;
  for (const { position, detail, text, id = "" } of kept.samples.slice(-REJECTED_SAMPLES_MAX)) {
    await connection.run("INSERT INTO rejected_record VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", [
      nextRejectedNumber(),
      organization,
      source,
      reason,
      receivedMs,
      position,
      detail,
      text,
      id,
    ]);
  }
  const alike = `organization = $1 AND source = $2 AND (reason = '${DUPLICATE}') = $3`;
  await connection.run(
    `DELETE FROM rejected_record WHERE ${alike} AND number NOT IN (
       SELECT number FROM rejected_record WHERE ${alike} ORDER BY number DESC LIMIT ${REJECTED_SAMPLES_MAX})`,
    [organization, source, reason === DUPLICATE],
  );
}

async function writeCheckpoint(checkpoint: SourceCheckpoint, connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `INSERT INTO source_checkpoint VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (organization, source, stream) DO UPDATE SET
       position = excluded.position,
       watermark_ms = greatest(watermark_ms, excluded.watermark_ms)`,
    [checkpoint.organization, checkpoint.source, checkpoint.stream, checkpoint.position, checkpoint.watermarkMs],
  );
}
