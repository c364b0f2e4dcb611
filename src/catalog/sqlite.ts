/**
 * The embedded catalogue: one SQLite file through node:sqlite. Several processes may have it open at once.
 */
import type { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import type { Clock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import type { Logger } from "../platform/log.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogDatabase, ListLimits } from "./catalog-database.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import { buildKyselyCatalog } from "./kysely-catalog.ts";
import { readLargeSpaces } from "./large-spaces.ts";
import { LIST_LIMITS } from "./list-assets.ts";
import { type LongLists, openLongLists } from "./long-list-thread.ts";
import { migrate } from "./migrations/migrate.ts";
import type { Migration } from "./migrations/migration.ts";
import { SQLITE_MIGRATIONS } from "./migrations/sqlite-migrations.ts";
import { openConnection, withCatalogErrors } from "./sqlite-connection.ts";
import { NodeSqliteDialect } from "./sqlite-dialect.ts";
import { findText } from "./sqlite-search.ts";

/** How long a write waits for another process: an import holds the lock for some 50 ms at a time. */
const BUSY_WAIT_MS = 5_000;

/** What the embedded catalogue is opened with. */
export type SqliteCatalogOptions = {
  /** The database's path; created when it is not there, its folder is not. */
  readonly file: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger?: Logger;
  /** How long to wait for another process's transaction, in milliseconds; 5,000 unless said. */
  readonly busyWaitMs?: number;
  /** The steps that the file must have; those of this version unless said. */
  readonly migrations?: readonly Migration[];
  /** Which lists of assets are read how; see ListLimits. */
  readonly lists?: ListLimits;
  /** Whether large spaces' lists are made ready at once, as a server does; a command would only wait for it. */
  readonly readsAhead?: boolean;
};

/**
 * Opens the catalogue in `file` and brings it to this version's shape. `catalog/unavailable` when the file cannot be
 * opened, is no database, is locked for longer than the wait, or was written by a newer version.
 * Calls are synchronous inside: one that reads much holds up the process. Long lists are read on a thread of their own.
 */
export async function openSqliteCatalog(options: SqliteCatalogOptions): Promise<Catalog> {
  const { file, clock, ids, logger } = options;
  const lists = options.lists ?? LIST_LIMITS;
  const busyWaitMs = options.busyWaitMs ?? BUSY_WAIT_MS;
  const longLists = openLongLists({ file, busyWaitMs, columnsBytesMax: lists.columnsBytesMax });
  const database = await openSqliteDatabase(file, busyWaitMs, longLists);
  try {
    const ran = await migrate(database, clock, options.migrations ?? SQLITE_MIGRATIONS);
    if (ran.length > 0) logger?.info({ file, migrations: ran }, "The catalogue was brought to this version's shape.");
  } catch (error) {
    await database.close();
    throw error;
  }
  if (options.readsAhead === true) {
    readAhead(database, longLists).catch((error: unknown) => {
      // Also when the catalogue is closed meanwhile. What was not read is read when its first list is asked for.
      logger?.debug({ file, error }, "The lists of large spaces were not made ready.");
    });
  }
  return buildKyselyCatalog({ database, clock, ids, lists });
}

/** Only where there is something to read: else its thread would take half a second of a processor at each start for nothing. */
async function readAhead(database: CatalogDatabase, longLists: LongLists): Promise<void> {
  if ((await database.read(readLargeSpaces)).length > 0) await longLists.readAhead();
}

/** One connection for writes and one for reads, so that no read waits while a write waits for another process. */
async function openSqliteDatabase(file: string, busyWaitMs: number, longLists: LongLists): Promise<CatalogDatabase> {
  const connections: DatabaseSync[] = [];
  const connect = async (purpose: string): Promise<Kysely<CatalogTables>> => {
    const connection = await openConnection(file, busyWaitMs);
    connections.push(connection);
    connection.exec(purpose);
    return new Kysely<CatalogTables>({ dialect: new NodeSqliteDialect(connection, busyWaitMs) });
  };
  const [writer, reader] = await withCatalogErrors(file, async () => {
    try {
      const writer = await connect("pragma foreign_keys = on");
      // A read waits for others only while they recover the file after a crash; a timer around it is not worth it.
      const reader = await connect(`pragma query_only = on; pragma busy_timeout = ${busyWaitMs}`);
      return [writer, reader] as const;
    } catch (error) {
      for (const connection of connections) connection.close();
      throw error;
    }
  });
  return buildSqliteDatabase(file, { writer, reader, connections, longLists });
}

function buildSqliteDatabase(
  file: string,
  opened: {
    readonly writer: Kysely<CatalogTables>;
    readonly reader: Kysely<CatalogTables>;
    readonly connections: readonly DatabaseSync[];
    readonly longLists: LongLists;
  },
): CatalogDatabase {
  const running = new Set<Promise<unknown>>();
  let closing: Promise<void> | null = null;
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closing !== null) throw new AppError("catalog/unavailable", `The catalogue ${file} is closed. Open it again.`);
    const promise = withCatalogErrors(file, work);
    running.add(promise);
    return promise.finally(() => running.delete(promise));
  };
  const close = async (): Promise<void> => {
    await Promise.allSettled(running);
    await opened.longLists.close();
    for (const connection of opened.connections) connection.close();
  };
  return {
    findText,
    read: (work) => run(() => work(opened.reader)),
    readSnapshot: (work) => run(() => opened.reader.transaction().setAccessMode("read only").execute(work)),
    readLongList: (wanted, page) => run(() => opened.longLists.read(wanted, page)),
    write: (work) => run(() => opened.writer.transaction().execute(work)),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
