/**
 * The thread that reads long lists, on a connection of its own: up to seconds, for which the server's own thread would
 * answer nobody. long-list-thread.ts is its only client.
 */
import { workerData } from "node:worker_threads";
import { Kysely } from "kysely";
import { answerTasks } from "../platform/thread.ts";
import type { Page } from "./catalog.ts";
import type { CatalogQueries } from "./catalog-database.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import { buildColumnsOfSpaces, type ColumnReader } from "./columns/columns-of-spaces.ts";
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

/** What it is asked: for a page, or to read ahead what lists of large spaces come from. */
export type LongListTask = { readonly wanted: WantedList; readonly page: Page } | "read ahead";

/** How often columns take in what changed: 2,048 steps are known, and a program that changes one by one takes 0.5 s for them. */
const FOLLOW_INTERVAL_MS = 200;

const { file, busyWaitMs, columnsBytesMax } = workerData as LongListSettings;

async function openReader() {
  const connection = await openConnection(file, busyWaitMs);
  connection.exec(`pragma query_only = on; pragma busy_timeout = ${busyWaitMs}`);
  const reader = new Kysely<CatalogTables>({ dialect: new NodeSqliteDialect(connection, busyWaitMs) });
  const readSnapshot = <T>(work: (queries: CatalogQueries) => Promise<T>): Promise<T> =>
    reader.transaction().setAccessMode("read only").execute(work);
  return { connection, readSnapshot };
}

async function openColumnReader(): Promise<ColumnReader> {
  const { connection, readSnapshot } = await openReader();
  const engine = buildColumnEngine(connection);
  return {
    read: (work) => readSnapshot((queries) => work({ queries, engine })),
    close: async () => connection.close(),
  };
}

/** Reads lists one after another: Kysely lets one transaction at a time have a connection. */
async function openLists(): Promise<(task: LongListTask) => Promise<Listed | null>> {
  const { connection, readSnapshot } = await openReader();
  const engine = buildLongListEngine(connection);
  const columns = buildColumnsOfSpaces({
    engine: buildColumnEngine(connection),
    openReader: openColumnReader,
    bytesMax: columnsBytesMax,
  });
  const followAgain = (): void => {
    // What fails, since the file is busy, is made up for by the next one, or by the next list.
    const again = () => setTimeout(followAgain, FOLLOW_INTERVAL_MS).unref();
    columns.follow(readSnapshot).then(again, again);
  };
  followAgain();
  return async (task) => {
    if (task !== "read ahead") {
      return readSnapshot((queries) => readLongList({ queries, engine, columns }, task.wanted, task.page));
    }
    await columns.readAhead();
    return null;
  };
}

const opening = withCatalogErrors(file, openLists);
// Whoever asks is told; without this the thread would end before.
opening.catch(() => {});

answerTasks((task: LongListTask) => withCatalogErrors(file, async () => (await opening)(task)));
