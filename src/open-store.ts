/**
 * The usage store of the data folder, in the engine that there is, and its upkeep: rows past their retention go, the others
 * are kept in order.
 */
import { join } from "node:path";
import { STORE_FILE } from "./back-up.ts";
import type { Config } from "./config.ts";
import type { Grain } from "./model/grain.ts";
import { DAY_MS, HOUR_MS } from "./model/time-range.ts";
import { type Clock, systemElapsedMs } from "./platform/clock.ts";
import type { Logger } from "./platform/log.ts";
import { openDuckdbStore } from "./store/duckdb/open.ts";
import { type KeptFrom, USAGE_TABLES, type UsageStore } from "./store/usage-store.ts";
import { buildCommitFault, type TestFaults } from "./test-faults.ts";

/** How often rows that have outlived their retention are looked for. */
const RETENTION_EVERY_MS = 6 * HOUR_MS;

/** Opens the store of the data folder. */
export function openStore(config: Config, clock: Clock, logger: Logger, faults: TestFaults): Promise<UsageStore> {
  return openDuckdbStore({
    file: join(config.dataDir, STORE_FILE),
    memoryBytesMax: config.storeMemoryBytesMax,
    threads: config.storeThreads,
    dedupeHorizonMs: config.dedupeHorizonDays * DAY_MS,
    clock,
    elapsedMs: faults.clockIsBelieved ? undefined : systemElapsedMs,
    rollUpFactsMin: faults.rollUpFactsMin ?? undefined,
    ...(faults.compactionRowsMin === null ? {} : { compaction: boundsOf(faults.compactionRowsMin) }),
    logBytesMax: faults.logBytesMax ?? undefined,
    onCommitPoint: buildCommitFault(faults),
    onLoadError: (error) =>
      logger.error({ err: error }, "Known ids could not be read into memory: intake stays right and gets slower."),
    onRollUpError: (error) =>
      logger.error({ err: error }, "Facts could not be added to the roll-ups: answers stay right and get slower."),
    onCheckpointError: (error) =>
      logger.error(
        { err: error },
        "The store's log could not be moved into its file. Make room on the disk and start assetmeter again: nothing is lost.",
      ),
  });
}

/** Bounds of compaction that make much of it of a few rows. */
function boundsOf(rowsMin: number) {
  return { mergeRowsMin: rowsMin, mergeRowsMinOfFew: rowsMin, clusterRowsMin: 1, sliceRows: rowsMin };
}

/** Drops what is past its retention now and then; answers how to stop. A failure is logged and tried again. */
export function startRetention(config: Config, clock: Clock, store: UsageStore, logger: Logger): () => void {
  let isDropping = false;
  const drop = (): void => {
    // A year of rows may take longer than it is until the next time.
    if (isDropping) return;
    isDropping = true;
    store
      .deleteExpired(expired(config, clock.now()))
      .then(
        (rows) => logger.info({ rows }, "Rows past their retention were dropped."),
        (error: unknown) => logger.error({ err: error }, "Rows past their retention could not be dropped."),
      )
      .finally(() => {
        isDropping = false;
      });
  };
  drop();
  const timer = setInterval(drop, RETENTION_EVERY_MS);
  return () => clearInterval(timer);
}

/** For each table the time before which its rows are past their retention; tables kept for good are left out. */
function expired(config: Config, nowMs: number): KeptFrom {
  const days: Readonly<Record<Grain, number>> = {
    millisecond: config.rawRetentionDays,
    minute: config.minuteRetentionDays,
    hour: config.hourRetentionDays,
    day: config.dayRetentionDays,
    month: config.monthRetentionDays,
  };
  const tables = Object.entries(USAGE_TABLES).filter(([, { grain }]) => days[grain] !== 0);
  return Object.fromEntries(tables.map(([table, { grain }]) => [table, nowMs - days[grain] * DAY_MS]));
}

/** How long compaction rests after a step, so that it never takes more than a part of the machine, and when idle. */
const REST_MS = { afterStep: 100, idle: 10_000 } as const;

/** Keeps the store's rows in order, step by step, as long as the server runs; answers how to stop. */
export function startCompaction(store: UsageStore, logger: Logger): () => void {
  let timer: NodeJS.Timeout;
  let stopped = false;
  const step = (): void => {
    store.compactStep().then(
      (worked) => next(worked ? REST_MS.afterStep : REST_MS.idle),
      (error: unknown) => {
        if (!stopped) logger.error({ err: error }, "A step of compaction failed; answers stay right and get slower.");
        next(REST_MS.idle);
      },
    );
  };
  const next = (restMs: number): void => {
    if (!stopped) timer = setTimeout(step, restMs);
  };
  next(REST_MS.afterStep);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
