/**
 * What the operator of a server may ask of it: recompute, copy, look at the store, and facts of a range as a file.
 */
import { backUp } from "./back-up.ts";
import type { Config } from "./config.ts";
import { buildFactExport } from "./export-facts.ts";
import type { Operations, StoreReport } from "./model/operations.ts";
import { DAY_MS } from "./model/time-range.ts";
import type { Clock } from "./platform/clock.ts";
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
    exportUsage: buildFactExport(store),
  };
}

async function describeUsageStore({ store, slowQueries, clock, config }: OperationParts): Promise<StoreReport> {
  return {
    ...(await store.describe()),
    rememberedFromMs: clock.now() - config.dedupeHorizonDays * DAY_MS,
    slowQueries: slowQueries.list(),
  };
}
