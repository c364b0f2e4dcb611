/**
 * The embedded store: one DuckDB file, one writer connection, others for reading.
 */
import "./engine-memory.ts";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { TimeRange } from "../../model/usage-query.ts";
import { IDENTITY_BYTES } from "../../model/usage-row.ts";
import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { AppendBatch, AppendReceipt, CommitPoint, UsageStore } from "../usage-store.ts";
import { advanceRollups } from "./advance-rollups.ts";
import { appendBatch, type Suspicion } from "./append-batch.ts";
import { buildFactAppender } from "./append-facts.ts";
import { assertNoFile, backUp } from "./backup.ts";
import { buildCompactor, type CompactionBounds } from "./compaction.ts";
import { type CorrectionContext, readCorrections, revertCorrection, runCorrection } from "./corrections.ts";
import { buildDedupeHorizon } from "./dedupe-horizon.ts";
import { describeStore } from "./describe-store.ts";
import { buildEngineLog } from "./engine-log.ts";
import { exportUsage } from "./export-usage.ts";
import { findMiscounts } from "./find-miscounts.ts";
import { readFingerprints } from "./fingerprints.ts";
import { buildDuckdbFlavor } from "./flavor.ts";
import { readKeptFrom, readState } from "./kept-from.ts";
import { buildIdentityIndex, indexPeriodMs } from "./known-identities.ts";
import { loadIdentities } from "./load-identities.ts";
import { readNames } from "./names.ts";
import { openInstance } from "./open-instance.ts";
import { ANY_TIME } from "./period-codes.ts";
import { buildReadConnections } from "./read-connections.ts";
import { readEvents } from "./read-events.ts";
import { readScan, readScans, streamScan } from "./read-scan.ts";
import { readCheckpoint, readKept, readSourceCounts } from "./read-sources.ts";
import { buildRebuild } from "./rebuild-rollups.ts";
import { readReplayable } from "./replayed-records.ts";
import { buildRetention } from "./retention.ts";
import { buildRollUpPace } from "./roll-up-pace.ts";
import { openKnownRolledUp, readLastCommit } from "./rolled-up.ts";
import { applySchema } from "./schema.ts";
import { readSourceHours } from "./source-hours.ts";
import { buildTallyWriter } from "./source-tallies.ts";
import { buildTransactions } from "./transactions.ts";
import { ANY_SPAN, spanOf } from "./waiting-facts.ts";

/** Where and how to open. `file` may be `:memory:` for a store that is gone when closed. */
export type DuckdbStoreOptions = {
  readonly file: string;
  readonly memoryBytesMax: number;
  readonly threads: number;
  /** An identity is remembered for this long after its batch arrived, in milliseconds. */
  readonly dedupeHorizonMs: number;
  readonly clock: Clock;
  /** Milliseconds since any moment, from a clock that nobody can set; see dedupe-horizon.ts. */
  readonly elapsedMs?: (() => number) | undefined;
  /** Told at which point each commit is: for tests that let it die there. */
  readonly onCommitPoint?: ((point: CommitPoint) => void) | undefined;
  /** Told when the known identities could not be read into memory: everything stays right, but slower. */
  readonly onLoadError?: (error: unknown) => void;
  /** Told when facts could not be added to the roll-ups: everything stays right, but slower. */
  readonly onRollUpError?: (error: unknown) => void;
  /** Told when the engine's log could not be moved into its file: the store has to be opened again, and nothing is lost. */
  readonly onCheckpointError?: (error: unknown) => void;
  /** Bytes of the engine's log from which on it is moved into its file; the store's own number when left out. */
  readonly logBytesMax?: number | undefined;
  /** So many facts wait before they are added to the roll-ups; the store's own number when left out. */
  readonly rollUpFactsMin?: number | undefined;
  /** From how many rows on roll-ups are tidied up; the store's own numbers when left out. */
  readonly compaction?: CompactionBounds;
};

/**
 * Opens the store, making or completing its tables. Rejects with `store/held` when another process has the file open
 * and with `store/unavailable` when it cannot be read.
 */
export async function openDuckdbStore(options: DuckdbStoreOptions): Promise<UsageStore> {
  const instance = await openInstance(options);
  const writer = await instance.connect();
  await applySchema(writer);
  const names = await readNames(writer);
  const flavor = buildDuckdbFlavor(names);
  const appendFacts = await buildFactAppender(writer, names);
  const writeTallies = await buildTallyWriter(writer);
  const lastRejected = await writer.runAndReadAll("SELECT coalesce(max(number), 0) FROM rejected_record");
  let rejectedNumber = BigInt(String(lastRejected.getRows()[0]?.[0] ?? 0));

  const periodMs = indexPeriodMs(options.dedupeHorizonMs);
  const index = buildIdentityIndex(periodMs);
  const horizon = buildDedupeHorizon({
    notedMs: await readState(writer, "dedupe_clock_ms"),
    nowMs: options.clock.now(),
    horizonMs: options.dedupeHorizonMs,
    elapsedMs: options.elapsedMs,
  });
  const rememberedFrom = () => horizon.rememberedFromMs(options.clock.now());
  const aheadMs = () => horizon.aheadMs(options.clock.now());
  const load = loadIdentities(
    instance,
    { index, fromMs: rememberedFrom(), periodMs },
    options.onLoadError ?? (() => {}),
  );
  const suspicion: Suspicion = {
    suspect: (identities, receivedMs) => {
      const prints = readFingerprints(identities, IDENTITY_BYTES);
      const suspects = index.add(prints, receivedMs);
      return load.isDone() ? suspects : Array.from(prints.segments, (_, row) => ({ index: row, ...ANY_TIME }));
    },
    clear: (identities, receivedMs) => index.share(readFingerprints(identities, IDENTITY_BYTES), receivedMs),
  };

  // Kept in memory because this process is the only writer. Set before the first row goes: a query that is planned in
  // between keeps clear of them too early, never too late.
  let keptFrom = await readKeptFrom(writer);
  let closed = false;
  let lastCommit = await readLastCommit(writer);
  let queue: Promise<unknown> = Promise.resolve();
  /** Runs `work` on the writer after everything before it: two writers on one connection would share a transaction. */
  const write = <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    const turn = queue.then(() => guard(() => work(writer)));
    queue = turn.catch(() => undefined);
    return turn;
  };
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new AppError("store/unavailable", "The usage store is closed.");
    try {
      return await work();
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError("store/unavailable", "The usage store could not do that. Nothing of it was counted.", {
        cause: error,
      });
    }
  };
  const connections = buildReadConnections(() => instance.connect());
  const log = buildEngineLog({
    file: options.file,
    bytesMax: options.logBytesMax,
    whileNobodyWrites: (work) => keepUp(() => write(work)),
    checkpoint: async () => {
      options.onCommitPoint?.("checkpoint");
      await writer.run("CHECKPOINT");
    },
    readsEnded: () => connections.ended(),
    onError: options.onCheckpointError ?? (() => {}),
  });
  const transactions = buildTransactions(log.committed);
  const rolledUp = await openKnownRolledUp(writer, transactions);
  const tidying = await instance.connect();
  const compactor = buildCompactor({ connection: tidying, transactions }, options.compaction, () =>
    options.onCommitPoint?.("compaction"),
  );
  let upkeep: Promise<unknown> = Promise.resolve();
  /** Runs work that rewrites or drops stored rows after other such work: two of them would change the same rows. */
  const keepUp = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = upkeep.then(() => guard(work));
    upkeep = turn.catch(() => undefined);
    return turn;
  };

  /** Reads on a connection of its own, so that nobody waits for a batch or sees half of one. `work` may run again. */
  const read = <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    const once = () => guard(() => connections.use(work));
    return transactions.read(once, () => keepUp(() => write(once)));
  };

  const rollUps = buildRollUpPace({
    factsMin: options.rollUpFactsMin,
    step: (upTo) =>
      keepUp(() =>
        rolledUp.change(tidying, async (connection) => {
          const advanced = await advanceRollups(connection, upTo);
          if (advanced) options.onCommitPoint?.("rollups");
          return advanced;
        }),
      ),
    onError: options.onRollUpError ?? (() => {}),
  });
  rollUps.add(rolledUp.waitedAtOpen, lastCommit);
  /** Runs a commit with the next number by `write`; it is noted before anybody may see its facts. */
  const commit = <T>(
    span: TimeRange,
    work: (connection: DuckDBConnection, commitNumber: number) => Promise<T>,
    hasWritten: (result: T) => boolean,
  ): Promise<T> =>
    write(async (connection) => {
      const takeBack = rolledUp.waiting.note(++lastCommit, span);
      const result = await work(connection, lastCommit);
      if (!hasWritten(result)) takeBack();
      return result;
    });
  const retention = buildRetention({
    connection: tidying,
    transactions,
    rolledUp,
    keepUp,
    write,
    rememberedFromMs: rememberedFrom,
    aheadMs,
    onNoted: (noted) => {
      keptFrom = noted;
      compactor.forget();
    },
    onStep: () => options.onCommitPoint?.("retention"),
    stepRows: options.compaction?.sliceRows,
  });
  const rebuildRollups = buildRebuild({
    ...{ connection: tidying, transactions, rolledUp, flavor, keepUp },
    onReplaced: () => compactor.forget(),
    onStep: () => options.onCommitPoint?.("rollups"),
  });
  const described = { file: options.file, clock: options.clock, compactor, rememberedFrom, aheadMs };
  const toCorrectionContext = (connection: DuckDBConnection, commitNumber: number): CorrectionContext => {
    return { connection, transactions, names, rawFromMs: keptFrom.usage_raw ?? null, commitNumber };
  };

  return {
    append: async (batch: AppendBatch): Promise<AppendReceipt> => {
      if (rollUps.isBehind()) await upkeep;
      const onPoint = options.onCommitPoint;
      const nextRejectedNumber = () => ++rejectedNumber;
      const parts = { transactions, names, appendFacts, writeTallies, horizon, suspicion, onPoint, nextRejectedNumber };
      const receipt = await commit(
        spanOf(batch.rows),
        (connection, commitNumber) => {
          const { arrivedMs, rememberedFromMs: horizonMs } = horizon.arrive(batch.receivedMs);
          index.dropBefore(horizonMs);
          return appendBatch(batch, { ...parts, connection, commitNumber, arrivedMs, horizonMs });
        },
        ({ duplicates }) => duplicates.length < batch.rows.length,
      );
      rollUps.add(batch.rows.length - receipt.duplicates.length, lastCommit);
      return receipt;
    },
    scan: (scan) => read((connection) => readScan(connection, scan, { flavor, rolledUp })),
    scanTogether: (scans) => read((connection) => readScans(connection, scans, flavor)),
    scanStream: (scan) =>
      streamScan({ connect: () => guard(() => instance.connect()), guard, transactions }, scan, flavor),
    readCheckpoint: (organization, source, stream) =>
      read((connection) => readCheckpoint(connection, organization, source, stream)),
    readSourceCounts: (organization) => read((connection) => readSourceCounts(connection, organization)),
    readSourceHours: (organization, range) => read((connection) => readSourceHours(connection, organization, range)),
    readRejected: (organization, source) =>
      read((connection) => readKept(connection, organization, source, "rejected")),
    readReplayable: (organization, source) => read((connection) => readReplayable(connection, organization, source)),
    readDuplicates: (organization, source) =>
      read((connection) => readKept(connection, organization, source, "duplicates")),
    readEvents: (organization, identities) => read((connection) => readEvents(connection, organization, identities)),
    correct: async (order) => {
      const outcome = await commit(
        ANY_SPAN,
        (connection, number) => runCorrection(order, toCorrectionContext(connection, number)),
        ({ number }) => number !== null,
      );
      if (outcome.number !== null) rollUps.add(outcome.events + order.replacements.length, lastCommit);
      return outcome;
    },
    revertCorrection: async (order) => {
      const reverted = await commit(
        ANY_SPAN,
        (writer, number) =>
          transactions.write(writer, (inside) => revertCorrection(order, toCorrectionContext(inside, number))),
        (outcome) => outcome !== null,
      );
      rollUps.add(reverted?.events ?? 0, lastCommit);
      return reverted;
    },
    readCorrections: (organization) => read((connection) => readCorrections(connection, organization)),
    rebuildRollups,
    deleteExpired: retention.deleteExpired,
    compactStep: () => keepUp(() => compactor.step(options.clock.now())),
    readKeptFrom: () => guard(async () => keptFrom),
    backUp: async (file) => {
      assertNoFile(file);
      await read((connection) => backUp(connection, file));
    },
    exportFacts: (order) => read((connection) => exportUsage(connection, order)),
    findMiscounts: () => read(findMiscounts),
    describe: () => read((connection) => describeStore(connection, described)),
    ping: () =>
      guard(() =>
        connections.use(async (connection) => {
          // A row of the store: an engine that has given the store up still answers for itself.
          await connection.run("SELECT name FROM store_state LIMIT 1");
        }),
      ),
    close: async () => {
      if (closed) return;
      rollUps.stop();
      retention.stop();
      log.stop();
      await queue;
      await upkeep;
      closed = true;
      await load.stop();
      connections.close();
      tidying.closeSync();
      writer.closeSync();
      instance.closeSync();
    },
  };
}
