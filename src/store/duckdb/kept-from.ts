/**
 * From when on each table has its rows, as rows of store_state.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type KeptFrom, USAGE_TABLES, type UsageTable } from "../usage-store.ts";

const stateName = (table: UsageTable): string => `kept_from/${table}`;

/** A fact about the store itself, or null where it was never noted. */
export async function readState(connection: DuckDBConnection, name: string): Promise<number | null> {
  const stored = await connection.runAndReadAll("SELECT value FROM store_state WHERE name = $1", [name]);
  const value = stored.getRows()[0]?.[0];
  return value === undefined ? null : Number(value);
}

/** What was dropped so far. */
export async function readKeptFrom(connection: DuckDBConnection): Promise<KeptFrom> {
  const stored = await connection.runAndReadAll("SELECT name, value FROM store_state WHERE name LIKE 'kept_from/%'");
  const values = new Map(stored.getRows().map(([name, value]) => [String(name), Number(value)]));
  const tables = Object.keys(USAGE_TABLES) as UsageTable[];
  return Object.fromEntries(
    tables.flatMap((table) => (values.has(stateName(table)) ? [[table, values.get(stateName(table))]] : [])),
  );
}

/** Notes that rows of a table before a time (UTC ms) are dropped; never moves back. */
export async function noteKeptFrom(connection: DuckDBConnection, table: UsageTable, beforeMs: number): Promise<void> {
  await connection.run(
    `INSERT INTO store_state VALUES ('${stateName(table)}', ${beforeMs})
     ON CONFLICT (name) DO UPDATE SET value = greatest(value, excluded.value)`,
  );
}
