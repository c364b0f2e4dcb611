/**
 * What is in the store: rows of each table, bytes on disk, what compaction has left to do, what was dropped.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type StoreDescription, USAGE_TABLES, type UsageTable } from "../usage-store.ts";
import { readUnclustered } from "./compaction.ts";
import { fileBytes } from "./file-bytes.ts";
import { readKeptFrom } from "./kept-from.ts";

/** Counts rows and bytes of the store in `file`. `rememberedFromMs` may have a fraction. */
export async function describeStore(
  connection: DuckDBConnection,
  file: string,
  rememberedFromMs: number,
): Promise<StoreDescription> {
  const rows = {} as Record<UsageTable, number>;
  for (const table of Object.keys(USAGE_TABLES) as UsageTable[]) {
    const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${table}`);
    rows[table] = Number(counted.getRows()[0]?.[0]);
  }
  const used = await connection.runAndReadAll(
    "SELECT used_blocks * block_size FROM pragma_database_size() WHERE database_name = current_database()",
  );
  return {
    engine: "duckdb",
    bytesOnDisk: fileBytes(file) + fileBytes(`${file}.wal`),
    bytesUsed: Number(used.getRows()[0]?.[0] ?? 0),
    rows,
    unclusteredRows: await readUnclustered(connection),
    keptFrom: await readKeptFrom(connection),
    // Up: what arrived in the millisecond that is half gone may be forgotten.
    rememberedFromMs: Math.ceil(rememberedFromMs),
  };
}
