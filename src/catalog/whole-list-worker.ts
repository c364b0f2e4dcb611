/**
 * The thread that reads whole lists, on a connection of its own: up to seconds, for which the server's own thread would
 * answer nobody. Messages in, messages out; whole-list-thread.ts is its only client.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Kysely } from "kysely";
import { AppError, type ErrorCode } from "../platform/errors.ts";
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
export type WholeListTask = { readonly id: number; readonly wanted: WantedList; readonly page: Page };

/** What it answers; the code is null for a defect. */
export type WholeListOutcome = { readonly id: number } & (
  | { readonly found: WholeListWithPage }
  | { readonly error: { readonly code: ErrorCode | null; readonly message: string } }
);

/** Memory for the orders of whole spaces: all three of a space of a million assets and more, 8 MB each. */
const ORDERS_BYTES_MAX = 32 * 2 ** 20;

const { file, busyWaitMs } = workerData as WholeListSettings;

/** Answers tasks one after another: Kysely lets one transaction at a time have the one connection. */
async function serve(): Promise<(task: WholeListTask) => Promise<WholeListOutcome>> {
  const connection = await openConnection(file, busyWaitMs);
  connection.exec(`pragma query_only = on; pragma busy_timeout = ${busyWaitMs}`);
  const reader = new Kysely<CatalogTables>({ dialect: new NodeSqliteDialect(connection, busyWaitMs) });
  const engine = buildWholeListEngine(connection);
  const orders = buildRememberedLists(ORDERS_BYTES_MAX);
  return async ({ id, wanted, page }) => ({
    id,
    found: await reader
      .transaction()
      .setAccessMode("read only")
      .execute((queries) => readWholeList({ queries, engine, orders }, wanted, page)),
  });
}

function toOutcome(id: number, error: unknown): WholeListOutcome {
  const message = error instanceof Error ? error.message : String(error);
  return { id, error: { code: error instanceof AppError ? error.code : null, message } };
}

const serving = withCatalogErrors(file, serve);
// Whoever asks is told; without this the thread would end before.
serving.catch(() => {});

parentPort?.on("message", (task: WholeListTask) => {
  withCatalogErrors(file, async () => (await serving)(task))
    .catch((error: unknown) => toOutcome(task.id, error))
    .then((outcome) => parentPort?.postMessage(outcome, "found" in outcome ? [outcome.found.list.seqs.buffer] : []));
});
