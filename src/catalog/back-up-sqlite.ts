/**
 * A consistent copy of the embedded catalogue while other connections and processes write to it.
 */
import { backup, DatabaseSync } from "node:sqlite";
import { AppError } from "../platform/errors.ts";
import { makePrivateFile } from "../platform/private-files.ts";

/** All pages at one go: with pauses in between, a busy catalogue would make it begin anew again and again. */
const PAGES_AT_ONCE = 2 ** 31 - 1;

/**
 * Writes a copy of the catalogue in `file` to `copy`. SQLite's own backup: it begins anew when somebody writes in
 * between, so the copy is of one moment. The copy is its owner's alone. `catalog/unavailable` when either cannot be read or written.
 */
export async function backUpSqlite(file: string, copy: string): Promise<void> {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    makePrivateFile(copy);
    await backup(database, copy, { rate: PAGES_AT_ONCE });
  } catch (cause) {
    throw new AppError("catalog/unavailable", `The catalogue ${file} could not be copied to ${copy}.`, { cause });
  } finally {
    database?.close();
  }
}
