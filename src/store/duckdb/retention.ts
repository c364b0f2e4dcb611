/**
 * Dropping what is no longer needed. Raw rows go; roll-ups keep their numbers, identities outlive the dedupe horizon.
 * Rows of a roll-up go into one row per key, so that what was stored at the start of a later day is still known.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { floorToGrain } from "../../model/grain.ts";
import { type KeptFrom, ROLLUP_TABLES, type RollupTable, USAGE_TABLES, type UsageTable } from "../usage-store.ts";
import { advanceAllRollups } from "./advance-rollups.ts";
import { mergeInto } from "./compaction-slice.ts";
import { timeColumn } from "./flavor.ts";
import { noteKeptFrom } from "./kept-from.ts";

/**
 * Drops rows from before the given times (UTC ms) inside the caller's transaction; answers how many. Raw rows of dropped
 * days that arrived at `rememberedFromMs` or later stay until their identity may be forgotten.
 */
export async function deleteExpired(
  connection: DuckDBConnection,
  before: KeptFrom,
  rememberedFromMs: number,
): Promise<number> {
  let rows = 0;
  for (const table of ROLLUP_TABLES) {
    const beforeMs = before[table];
    if (beforeMs !== undefined) rows += await foldOldest(connection, table, toDropTime(table, beforeMs));
  }
  if (before.usage_total_per_hour !== undefined) {
    const hoursBeforeMs = toDropTime("usage_total_per_hour", before.usage_total_per_hour);
    for (const table of ["source_hour", "source_hour_tally"]) {
      await connection.run(`DELETE FROM ${table} WHERE hour_ms < ${hoursBeforeMs}`);
    }
  }
  if (before.usage_raw === undefined) return rows;
  const beforeMs = toDropTime("usage_raw", before.usage_raw);
  const old = `time_ms < ${beforeMs} AND received_ms < ${rememberedFromMs}`;
  const found = await connection.runAndReadAll(`SELECT 1 FROM usage_raw WHERE ${old} LIMIT 1`);
  if (found.getRows().length === 0) return rows;
  // Facts that only usage_raw holds would be lost to the roll-ups.
  await advanceAllRollups(connection);
  const deleted = await connection.runAndReadAll(`DELETE FROM usage_raw WHERE ${old}`);
  await noteKeptFrom(connection, "usage_raw", beforeMs);
  return rows + Number(deleted.getRows()[0]?.[0]);
}

/** Whole days, so that every finer table begins where a day does. */
function toDropTime(table: UsageTable, beforeMs: number): number {
  return floorToGrain(beforeMs, USAGE_TABLES[table].grain === "month" ? "month" : "day");
}

/** Puts everything before a time into one row per key, at 1970-01-01; answers how many rows went. */
async function foldOldest(connection: DuckDBConnection, table: RollupTable, beforeMs: number): Promise<number> {
  const { column, unitMs } = timeColumn(table);
  const old = `${column} < ${beforeMs / unitMs}`;
  const found = await connection.runAndReadAll(
    `SELECT count(*), count(*) FILTER (${column} <> 0) FROM ${table} WHERE ${old}`,
  );
  const [rows, unfolded] = (found.getRows()[0] ?? []).map(Number) as [number, number];
  // Noted in any case: facts that are older and come later then go where the others are.
  await noteKeptFrom(connection, table, beforeMs);
  if (unfolded === 0) return 0;
  return rows - (await mergeInto(connection, { table, where: old, level: 0, part: null, time: "0" }));
}
