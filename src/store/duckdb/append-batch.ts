/**
 * One commit: facts, counts, rejections and checkpoints in one transaction, or none of them. Its facts are part of every
 * roll-up from then on; advance-rollups.ts adds them to the tables later.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { pickIdentities, toColumns, type UsageColumns } from "../../model/usage-columns.ts";
import { pauseAfter } from "../../platform/turns.ts";
import {
  type AppendBatch,
  type AppendReceipt,
  type CommitPoint,
  DUPLICATE_SAMPLES_MAX,
  REJECTED_SAMPLES_MAX,
  type RejectedRecords,
  type SourceCheckpoint,
} from "../usage-store.ts";
import type { FactAppender } from "./append-facts.ts";
import type { DedupeHorizon } from "./dedupe-horizon.ts";
import { type Duplicates, findDuplicates } from "./find-duplicates.ts";
import type { Suspect } from "./known-identities.ts";
import type { WritableNames } from "./names.ts";
import { settleObjectSizes } from "./object-sizes.ts";
import { DUPLICATE } from "./read-sources.ts";
import { settleReplayed } from "./replayed-records.ts";
import type { TallyWriter } from "./source-tallies.ts";
import type { Transactions } from "./transactions.ts";
import { writeNames } from "./write-names.ts";

const NOTE_CLOCK_SQL = `INSERT INTO store_state VALUES ('dedupe_clock_ms', $1)
ON CONFLICT (name) DO UPDATE SET value = greatest(value, excluded.value)`;

/**
 * What a commit works on. `arrivedMs` (UTC ms) is when its facts arrive for all that remembers them, by the time that is believed;
 * identities that arrived at `horizonMs` or later are remembered.
 */
export type AppendContext = {
  readonly connection: DuckDBConnection;
  readonly transactions: Transactions;
  readonly names: WritableNames;
  readonly appendFacts: FactAppender;
  readonly writeTallies: TallyWriter;
  readonly arrivedMs: number;
  readonly horizonMs: number;
  /** The number of this commit: larger than that of every commit before. */
  readonly commitNumber: number;
  readonly horizon: DedupeHorizon;
  /** The index of known identities, as far as a commit has to do with it. */
  readonly suspicion: Suspicion;
  /** Told where the commit is: for tests that let it die there. */
  readonly onPoint?: ((point: CommitPoint) => void) | undefined;
  /** Gives rejected records ascending numbers. */
  readonly nextRejectedNumber: () => bigint;
};

/** The index of known identities as a commit sees it. */
export type Suspicion = {
  /** Adds identities that lie one behind the other; answers which of them may have been known before. */
  suspect(identities: Uint8Array, receivedMs: number): readonly Suspect[];
  /** Notes that these identities are new although they were suspected. */
  clear(identities: Uint8Array, receivedMs: number): void;
};

/** Commits the batch. Rejects, with everything rolled back, when any statement fails. */
export async function appendBatch(batch: AppendBatch, context: AppendContext): Promise<AppendReceipt> {
  const { connection, names, horizon, onPoint } = context;
  const rows = "identities" in batch.rows ? batch.rows : toColumns(batch.rows);
  const notedMs = horizon.toNote();
  try {
    const receipt = await context.transactions.write(connection, async () => {
      onPoint?.("begun");
      const found = rows.length === 0 ? NO_DUPLICATES : await appendRows(rows, context);
      const duplicates = found.indexes;
      await pauseAfter(rows.length);
      await context.writeTallies({ ...batch, rows }, found);
      if (batch.describeDuplicate !== undefined) await keepDuplicates({ ...batch, rows }, duplicates, context);
      for (const rejected of batch.rejected) await writeRejected(rejected, batch.receivedMs, context);
      if (batch.replayed !== undefined) await settleReplayed(batch.replayed, connection);
      for (const checkpoint of batch.checkpoints) await writeCheckpoint(checkpoint, connection);
      if (notedMs !== null) await connection.run(NOTE_CLOCK_SQL, [notedMs]);
      onPoint?.("counts");
      return { duplicates };
    });
    if (notedMs !== null) horizon.settle(notedMs);
    names.settle();
    onPoint?.("committed");
    return receipt;
  } catch (error) {
    names.forget();
    throw error;
  }
}

const NO_DUPLICATES: Duplicates = { indexes: [], differing: new Set() };

/** Writes the rows that are new; answers which the others are. */
async function appendRows(rows: UsageColumns, context: AppendContext): Promise<Duplicates> {
  const { connection, names, suspicion, onPoint, arrivedMs: receivedMs } = context;
  const suspects = suspicion.suspect(rows.identities, receivedMs);
  await pauseAfter(rows.length);
  const duplicates = suspects.length === 0 ? NO_DUPLICATES : await findDuplicates(rows, suspects, context);
  onPoint?.("deduplicated");
  if (duplicates.indexes.length === rows.length) return duplicates;
  const known = new Uint8Array(rows.length);
  for (const index of duplicates.indexes) known[index] = 1;
  const cleared = suspects.flatMap(({ index }) => (known[index] === 1 ? [] : [index]));
  suspicion.clear(pickIdentities(rows, cleared), receivedMs);
  const settled = await settleObjectSizes(rows, known, { connection, receivedMs, horizonMs: context.horizonMs });
  await context.appendFacts(settled, known, { number: context.commitNumber, receivedMs });
  onPoint?.("raw");
  await writeNames(names, connection);
  return duplicates;
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
  { rows, receivedMs, describeDuplicate }: AppendBatch & { readonly rows: UsageColumns },
  duplicates: readonly number[],
  context: AppendContext,
): Promise<void> {
  const { organization, source, names } = rows;
  const bySource = Map.groupBy(duplicates, (index) => `${organization[index]} ${source[index]}`);
  for (const indexes of bySource.values()) {
    const [first] = indexes as [number];
    const samples = indexes.slice(-DUPLICATE_SAMPLES_MAX).map((index) => describeDuplicate!(index));
    const of = { organization: organization[first]!, source: names[source[first]!]! };
    await keepSamples({ ...of, reason: DUPLICATE, samples }, receivedMs, context);
  }
}

/** Keeps samples of one source and drops the oldest: refused records and duplicates never push each other out. */
async function keepSamples(
  kept: Pick<RejectedRecords, "organization" | "source" | "reason" | "samples">,
  receivedMs: number,
  { connection, nextRejectedNumber }: AppendContext,
): Promise<void> {
  const { organization, source, reason } = kept;
  for (const { position, detail, text, id = "", replay = "" } of kept.samples.slice(-REJECTED_SAMPLES_MAX)) {
    await connection.run("INSERT INTO rejected_record VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", [
      nextRejectedNumber(),
      organization,
      source,
      reason,
      receivedMs,
      position,
      detail,
      text,
      id,
      replay,
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
