/**
 * What is in the store: rows of each table, bytes on disk, what upkeep has left to do, what was dropped.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Clock } from "../../platform/clock.ts";
import { type StoreDescription, USAGE_TABLES, type UsageTable } from "../usage-store.ts";
import { OBJECT_TABLES, type ObjectTable } from "../usage-tables.ts";
import { notRolledUp, readRolledUpByAll } from "./advance-rollups.ts";
import type { Compactor } from "./compaction.ts";
import { fileBytes } from "./file-bytes.ts";
import { readKeptFrom } from "./kept-from.ts";

/** What the store knows of itself beyond its tables. */
export type DescribedParts = {
  readonly file: string;
  readonly clock: Clock;
  readonly compactor: Pick<Compactor, "readDue">;
  /** UTC ms, maybe with a fraction. */
  readonly rememberedFrom: () => number;
  /** As dedupe-horizon.ts has it, by the clock as it is. */
  readonly aheadMs: () => number;
};

/** Counts rows and bytes of the store in `file`. */
export async function describeStore(connection: DuckDBConnection, parts: DescribedParts): Promise<StoreDescription> {
  const rows = {} as Record<UsageTable | ObjectTable, number>;
  for (const table of [...(Object.keys(USAGE_TABLES) as UsageTable[]), ...OBJECT_TABLES]) {
    const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${table}`);
    rows[table] = Number(counted.getRows()[0]?.[0]);
  }
  const used = await connection.runAndReadAll(
    "SELECT used_blocks * block_size FROM pragma_database_size() WHERE database_name = current_database()",
  );
  return {
    engine: "duckdb",
    bytesOnDisk: fileBytes(parts.file) + fileBytes(`${parts.file}.wal`),
    bytesUsed: Number(used.getRows()[0]?.[0] ?? 0),
    rows,
    unclusteredRows: await parts.compactor.readDue(connection, parts.clock.now()),
    waitingFacts: await countWaiting(connection),
    keptFrom: await readKeptFrom(connection),
    // Up: what arrived in the millisecond that is half gone may be forgotten.
    rememberedFromMs: Math.ceil(parts.rememberedFrom()),
    clockAheadMs: Math.floor(parts.aheadMs()),
  };
}

/** Commits are numbered in the order in which their facts are stored: the engine skips what is older. */
async function countWaiting(connection: DuckDBConnection): Promise<number> {
  const missing = notRolledUp(await readRolledUpByAll(connection));
  const counted = await connection.runAndReadAll(`SELECT count(*) FROM usage_raw WHERE ${missing}`);
  return Number(counted.getRows()[0]?.[0]);
}
