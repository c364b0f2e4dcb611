/**
 * Dropping raw rows that are no longer needed: roll-ups keep their numbers, identities outlive the dedupe horizon.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { DAY_MS } from "../../model/time-range.ts";

/** Raw rows before this time (UTC ms) have been dropped; null when none ever was. */
export async function readRawFromMs(connection: DuckDBConnection): Promise<number | null> {
  const stored = await connection.runAndReadAll("SELECT value FROM store_state WHERE name = 'raw_from_ms'");
  const value = stored.getRows()[0]?.[0];
  return value === undefined ? null : Number(value);
}

/**
 * Drops raw rows of days that end by `rawBeforeMs` and that arrived before `rememberedFromMs`. Answers how many went.
 * Rows of dropped days that arrived later stay until their identity may be forgotten.
 */
export async function deleteExpired(
  connection: DuckDBConnection,
  rawBeforeMs: number,
  rememberedFromMs: number,
): Promise<number> {
  const beforeMs = Math.floor(rawBeforeMs / DAY_MS) * DAY_MS;
  const deleted = await connection.runAndReadAll(
    `DELETE FROM usage_raw WHERE time_ms < ${beforeMs} AND received_ms < ${rememberedFromMs}`,
  );
  const count = Number(deleted.getRows()[0]?.[0]);
  if (count > 0) {
    await connection.run(
      `INSERT INTO store_state VALUES ('raw_from_ms', ${beforeMs})
       ON CONFLICT (name) DO UPDATE SET value = greatest(value, excluded.value)`,
    );
  }
  return count;
}
