/**
 * The parts of the program -> what dialects see of them: the catalogue and files as they are, the store by a few functions.
 */
import type { Access } from "./access/open-access.ts";
import type { Parts } from "./app.ts";
import type { Config } from "./config.ts";
import type { DialectDeps } from "./dialects/dialect.ts";
import type { Clock } from "./platform/clock.ts";
import { readCompleteness } from "./query/completeness.ts";
import { executeQuery } from "./query/execute.ts";
import type { SlowQueries } from "./query/slow-queries.ts";
import { streamQuery } from "./query/stream-query.ts";
import { buildCorrections } from "./sources/corrections.ts";
import type { UsageStore } from "./store/usage-store.ts";

/** The parts that dialects get at, by way of the functions below alone. */
export type Connected = Pick<
  Parts,
  "store" | "catalog" | "files" | "intake" | "importLog" | "replayRejected" | "operations"
> & {
  readonly access: Access;
  readonly slowQueries: SlowQueries;
  readonly config: Config;
  readonly clock: Clock;
};

/** Builds what every dialect is built from. */
export function buildDialectDeps(connected: Connected): DialectDeps {
  const { store, catalog, files, intake, operations, access, slowQueries, config, clock } = connected;
  const { importLog, replayRejected } = connected;
  const listSources = (organization: number) => catalog.listSources(organization);
  const limits = { rowsMax: config.queryRowsMax, daysMax: config.queryDaysMax };
  return {
    catalog,
    files,
    intake,
    operations,
    sessions: access.sessions,
    importLog,
    replayRejected,
    runQuery: (query: Parameters<typeof executeQuery>[0]) =>
      executeQuery(query, { store, listSources, clock, limits, slowQueries }),
    streamQuery: (query: Parameters<typeof executeQuery>[0]) =>
      streamQuery(query, { store, listSources, clock, limits, slowQueries }),
    readCompleteness: (organization: number) => readCompleteness({ store, listSources, clock }, organization),
    readSourceCounts: (organization: number) => store.readSourceCounts(organization),
    readSourceHours: (organization: number, range: Parameters<UsageStore["readSourceHours"]>[1]) =>
      store.readSourceHours(organization, range),
    readRejected: (organization: number, source: string) => store.readRejected(organization, source),
    readDuplicates: (organization: number, source: string) => store.readDuplicates(organization, source),
    corrections: buildCorrections({ store, catalog, clock, limits: config }),
    clock,
    limits: config,
    cdnHost: config.cdnHost,
  };
}
