/**
 * What the operator of a server may ask of it: recompute, copy, look at the store, and facts of a range as a file.
 */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { backUp } from "./back-up.ts";
import type { Config } from "./config.ts";
import type { ExportOrder, ExportSummary, Operations, StoreReport } from "./model/operations.ts";
import { DAY_MS, formatTime } from "./model/time-range.ts";
import type { Clock } from "./platform/clock.ts";
import { AppError } from "./platform/errors.ts";
import type { SlowQueries } from "./query/slow-queries.ts";
import type { UsageStore } from "./store/usage-store.ts";

/** What the work is done on. */
export type OperationParts = {
  readonly store: UsageStore;
  readonly slowQueries: SlowQueries;
  readonly clock: Clock;
  readonly config: Pick<Config, "dataDir" | "dedupeHorizonDays">;
};

/** Builds the operator's work on everything that a server holds. */
export function buildOperations(parts: OperationParts): Operations {
  const { store, clock, config } = parts;
  return {
    rebuild: () => store.rebuildRollups(),
    backUp: (directory) =>
      backUp({ dataDir: config.dataDir, clock, backUpStore: (file) => store.backUp(file) }, directory),
    describe: () => describeUsageStore(parts),
    exportUsage: (order) => exportUsage(store, order),
  };
}

async function describeUsageStore({ store, slowQueries, clock, config }: OperationParts): Promise<StoreReport> {
  return {
    ...(await store.describe()),
    rememberedFromMs: clock.now() - config.dedupeHorizonDays * DAY_MS,
    slowQueries: slowQueries.list(),
  };
}

async function exportUsage(store: UsageStore, order: ExportOrder): Promise<ExportSummary> {
  if (existsSync(order.file)) throw new AppError("catalog/conflict", `${order.file} is there already.`);
  if (order.startMs >= order.endMs) throw new AppError("query/invalid", "The end must be later than the start.");
  const { usage_raw: keptFromMs } = await store.readKeptFrom();
  if (keptFromMs !== undefined && order.startMs < keptFromMs) {
    throw new AppError("query/invalid", `Single facts are kept only from ${formatTime(keptFromMs)} on.`);
  }
  const rows = await store.exportFacts(order);
  return { file: order.file, rows, bytes: (await stat(order.file)).size };
}
