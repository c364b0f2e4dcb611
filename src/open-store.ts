/**
 * The usage store that the configuration names, and its upkeep: raw rows past their retention go.
 */
import { join } from "node:path";
import type { Config } from "./config.ts";
import { DAY_MS, HOUR_MS } from "./model/time-range.ts";
import { type Clock, systemElapsedMs } from "./platform/clock.ts";
import type { Logger } from "./platform/log.ts";
import { openDuckdbStore } from "./store/duckdb/open.ts";
import type { UsageStore } from "./store/usage-store.ts";
import { buildCommitFault, type TestFaults } from "./test-faults.ts";

/** How often rows that have outlived their retention are looked for. */
const RETENTION_EVERY_MS = 6 * HOUR_MS;

/** Opens the store of the data folder. */
export function openStore(config: Config, clock: Clock, logger: Logger, faults: TestFaults): Promise<UsageStore> {
  return openDuckdbStore({
    file: join(config.dataDir, "usage.duckdb"),
    memoryBytesMax: config.storeMemoryBytesMax,
    threads: config.storeThreads,
    dedupeHorizonMs: config.dedupeHorizonDays * DAY_MS,
    clock,
    elapsedMs: systemElapsedMs,
    rollUpFactsMin: faults.rollUpFactsMin ?? undefined,
    onCommitPoint: buildCommitFault(faults),
    onLoadError: (error) =>
      logger.error({ err: error }, "Known ids could not be read into memory: intake stays right and gets slower."),
  });
}

/** Drops raw rows past their retention now and then; answers how to stop. A failure is logged and tried again. */
export function startRetention(config: Config, clock: Clock, store: UsageStore, logger: Logger): () => void {
  if (config.rawRetentionDays === 0) return () => {};
  const drop = (): void => {
    store.deleteExpired(clock.now() - config.rawRetentionDays * DAY_MS).then(
      (rows) => logger.info({ rows }, "Raw rows past their retention were dropped."),
      (error: unknown) => logger.error({ err: error }, "Raw rows past their retention could not be dropped."),
    );
  };
  drop();
  const timer = setInterval(drop, RETENTION_EVERY_MS);
  return () => clearInterval(timer);
}
