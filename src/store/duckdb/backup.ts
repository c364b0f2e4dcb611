/**
 * A consistent copy of the store while it is written to.
 * Not a copy of the file under the writer's lock: intake would stand still for as long as gigabytes take, and the file
 * alone is not all (its log is beside it). The engine copies table by table inside one snapshot: 20 million rows took
 * 3.7 s beside an open transaction, whose rows were not in the copy.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { AppError } from "../../platform/errors.ts";
import { attachSql } from "./open-instance.ts";

/** The name of the copy inside the engine while it is written. */
const COPY = "assetmeter_backup";

/** Throws `catalog/conflict` when something is at `file` already. */
export function assertNoFile(file: string): void {
  if (existsSync(file)) throw new AppError("catalog/conflict", `${file} exists already; nothing was written.`);
}

/** Writes the copy to `file`, in place of what an earlier try has left there. */
export async function backUp(connection: DuckDBConnection, file: string): Promise<void> {
  for (const left of [file, `${file}.wal`]) await rm(left, { force: true });
  const named = await connection.runAndReadAll("SELECT current_database()");
  const own = String(named.getRows()[0]?.[0]).replaceAll('"', '""');
  await connection.run(attachSql(file, COPY));
  try {
    await connection.run(`COPY FROM DATABASE "${own}" TO ${COPY}`);
    // Everything into the file itself, so that one file is the whole copy.
    await connection.run(`CHECKPOINT ${COPY}`);
  } finally {
    await connection.run(`DETACH ${COPY}`);
  }
}
