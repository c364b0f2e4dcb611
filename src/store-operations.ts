/**
 * What the operator of a server may ask of it: recompute, copy, look at the store, and facts of a range as a file.
 */
import { buildBackUp } from "./back-up.ts";
import type { Config } from "./config.ts";
import { buildFactExport } from "./export-facts.ts";
import type { Operations } from "./model/operations.ts";
import type { Clock } from "./platform/clock.ts";
import type { SlowQueries } from "./query/slow-queries.ts";
import { toComparedFrom } from "./store/compared-from.ts";
import { DIFFERENCES_MAX, type UsageStore } from "./store/usage-store.ts";

/** What the work is done on. */
export type OperationParts = {
  readonly store: UsageStore;
  readonly slowQueries: SlowQueries;
  readonly clock: Clock;
  readonly config: Pick<Config, "dataDir" | "filesS3Bucket" | "filesS3Prefix">;
};

/** Builds the operator's work on everything that a server holds. */
export function buildOperations({ store, slowQueries, clock, config }: OperationParts): Operations {
  return {
    rebuild: async () => {
      const differences = await store.rebuildRollups();
      // Behind it: retention may have dropped more meanwhile, and what is said then is too little and never too much.
      const comparedFrom = toComparedFrom(await store.readKeptFrom());
      return { differences, isCut: differences.length >= DIFFERENCES_MAX, comparedFrom };
    },
    backUp: buildBackUp({
      dataDir: config.dataDir,
      filesBucket: config.filesS3Bucket === "" ? null : `s3://${config.filesS3Bucket}/${config.filesS3Prefix}`,
      clock,
      backUpStore: (file) => store.backUp(file),
    }),
    describe: async () => ({
      ...(await store.describe()),
      slowQueries: slowQueries.list(),
      miscounts: await store.findMiscounts(),
    }),
    exportUsage: buildFactExport(store),
  };
}
