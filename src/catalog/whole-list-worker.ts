/**
 * The thread that reads whole lists, on a connection of its own: up to seconds, for which the server's own thread would
 * answer nobody. whole-list-thread.ts is its only client.
 */
import { workerData } from "node:worker_threads";
import { Kysely } from "kysely";
import { answerTasks } from "../platform/thread.ts";
import type { Page } from "./catalog.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import { buildRememberedLists } from "./remembered-lists.ts";
import { openConnection, withCatalogErrors } from "./sqlite-connection.ts";
import { NodeSqliteDialect } from "./sqlite-dialect.ts";
import { buildWholeListEngine } from "./sqlite-whole-list.ts";
import { readWholeList, type WantedList, type WholeListWithPage } from "./whole-list.ts";

/** What the thread is started with. */
export type WholeListSettings = { readonly file: string; readonly busyWaitMs: number };

/** What it is asked. */
export type WholeListTask = { readonly wanted: WantedList; readonly page: Page };

/** Memory for the orders of whole spaces, all three of a million assets, 8 MB each, and for what matched lately. */
const ORDERS_BYTES_MAX = 48 * 2 ** 20;

const { file, busyWaitMs } = workerData as WholeListSettings;

/** Reads lists one after another: Kysely lets one transaction at a time have the one connection. */
async function openReader(): Promise<(task: WholeListTask) => Promise<WholeListWithPage>> {
  const connection = await openConnection(file, busyWaitMs);
  connection.exec(`pragma query_only = on; pragma busy_timeout = ${busyWaitMs}`);
  const reader = new Kysely<CatalogTables>({ dialect: new NodeSqliteDialect(connection, busyWaitMs) });
  const engine = buildWholeListEngine(connection);
  const orders = buildRememberedLists(ORDERS_BYTES_MAX);
  return ({ wanted, page }) =>
    reader
      .transaction()
      .setAccessMode("read only")
      .execute((queries) => readWholeList({ queries, engine, orders }, wanted, page));
}

const opening = withCatalogErrors(file, openReader);
// Whoever asks is told; without this the thread would end before.
opening.catch(() => {});

answerTasks(
  (task: WholeListTask) => withCatalogErrors(file, async () => (await opening)(task)),
  ({ list }) => [list.seqs.buffer as ArrayBuffer],
);
