/**
 * The thread that reads long lists, on a connection of its own: up to seconds, for which the server's own thread would
 * answer nobody. long-list-thread.ts is its only client.
 */
import { workerData } from "node:worker_threads";
import { Kysely } from "kysely";
import { answerTasks } from "../platform/thread.ts";
import type { Page } from "./catalog.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import { buildColumnsOfSpaces } from "./columns/columns-of-spaces.ts";
import { type Listed, readLongList, type WantedList } from "./long-list.ts";
import { openConnection, withCatalogErrors } from "./sqlite-connection.ts";
import { NodeSqliteDialect } from "./sqlite-dialect.ts";
import { buildColumnEngine, buildLongListEngine } from "./sqlite-long-list.ts";

/** What the thread is started with. */
export type LongListSettings = {
  readonly file: string;
  readonly busyWaitMs: number;
  /** See ListLimits. */
  readonly columnsBytesMax: number;
};

/** What it is asked. */
export type LongListTask = { readonly wanted: WantedList; readonly page: Page };

const { file, busyWaitMs, columnsBytesMax } = workerData as LongListSettings;

async function openReader() {
  const connection = await openConnection(file, busyWaitMs);
  connection.exec(`pragma query_only = on; pragma busy_timeout = ${busyWaitMs}`);
  return { connection, reader: new Kysely<CatalogTables>({ dialect: new NodeSqliteDialect(connection, busyWaitMs) }) };
}

/** Reads lists one after another: Kysely lets one transaction at a time have a connection. */
async function openLists(): Promise<(task: LongListTask) => Promise<Listed>> {
  const { connection, reader } = await openReader();
  const elsewhere = await openReader();
  const elsewhereEngine = buildColumnEngine(elsewhere.connection);
  const columns = buildColumnsOfSpaces({
    engine: buildColumnEngine(connection),
    readElsewhere: (work) =>
      elsewhere.reader
        .transaction()
        .setAccessMode("read only")
        .execute((queries) => work({ queries, engine: elsewhereEngine })),
    bytesMax: columnsBytesMax,
  });
  const engine = buildLongListEngine(connection);
  return ({ wanted, page }) =>
    reader
      .transaction()
      .setAccessMode("read only")
      .execute((queries) => readLongList({ queries, engine, columns }, wanted, page));
}

const opening = withCatalogErrors(file, openLists);
// Whoever asks is told; without this the thread would end before.
opening.catch(() => {});

answerTasks((task: LongListTask) => withCatalogErrors(file, async () => (await opening)(task)));
