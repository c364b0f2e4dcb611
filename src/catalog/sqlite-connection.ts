/**
 * One connection to the catalogue's file, set up as every connection to it has to be.
 */
import { DatabaseSync } from "node:sqlite";
import { makePrivateFile } from "../platform/private-files.ts";
import { retryWhileBusy } from "./sqlite-dialect.ts";
import { toCatalogError } from "./sqlite-errors.ts";

/** Memory for pages of each connection, in KiB (SQLite: negative means KiB). */
const CACHE_KIB = 65_536;

/**
 * Pages of 4 KiB that gather in the write-ahead log before they go to the file: 40 MB. Registering paths in no order
 * changes a page per path, many of them again and again; with SQLite's 1,000 a quarter more is written.
 */
const CHECKPOINT_PAGES = 10_000;

/**
 * The file has the key that signs access tokens and the hashes of passwords. SQLite would make it as the umask says, and its
 * log beside it always with the file's own mode.
 */
function makeFile(file: string): void {
  try {
    makePrivateFile(file);
  } catch {
    // SQLite is about to say why, with what can be done about it.
  }
}

/** Opens a connection, to a new file where none is. Waits up to `busyWaitMs` for others who set up the file; throws SQLite's own errors. */
export async function openConnection(file: string, busyWaitMs: number): Promise<DatabaseSync> {
  makeFile(file);
  const connection = new DatabaseSync(file, { timeout: 0 });
  try {
    await retryWhileBusy(busyWaitMs, async () => {
      // Readers do not wait for the writer, nor it for them; stays set in the file.
      connection.exec("pragma journal_mode = wal");
      // On disk before a transaction is answered. With WAL the default would lose the newest ones in a power cut.
      connection.exec("pragma synchronous = full");
      connection.exec(`pragma cache_size = -${CACHE_KIB}`);
      connection.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    });
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

/** Runs `work` and turns SQLite's errors into AppErrors. */
export async function withCatalogErrors<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toCatalogError(error, file);
  }
}
