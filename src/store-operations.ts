/**
 * What the operator of a server may ask of it: recompute, copy, look at the store, and facts of a range as a file.
 */
import { buildBackUp } from "./back-up.ts";
import type { Config } from "./config.ts";
import { buildFactExport } from "./export-facts.ts";
import type { Operations } from "./model/operations.ts";
import type { Clock } from "./platform/clock.ts";
import type { SlowQueries } from "./query/slow-queries.ts";
import type { UsageStore } from "./store/usage-store.ts";

/** What the work is done on. */
export type OperationParts = {
  readonly store: UsageStore;
  readonly slowQueries: SlowQueries;
  readonly clock: Clock;
  readonly config: Pick<Config, "dataDir">;
};

/** Builds the operator's work on everything that a server holds. */
export function buildOperations({ store, slowQueries, clock, config }: OperationParts): Operations {
  return {
    rebuild: () => store.rebuildRollups(),
    backUp: buildBackUp({ dataDir: config.dataDir, clock, backUpStore: (file) => store.backUp(file) }),
    describe: async () => ({
      ...(await store.describe()),
      slowQueries: slowQueries.list(),
      miscounts: await store.findMiscounts(),
    }),
    exportUsage: buildFactExport(store),
  };
}
