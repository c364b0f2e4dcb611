/**
 * Roll-ups computed anew from the raw rows, and what differed before.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { MEASURES } from "../../model/usage-event.ts";
import { DIMENSIONS, type Dimension, type DimensionValue } from "../../model/usage-query.ts";
import type { SqlFlavor } from "../flavor.ts";
import { ROLLUP_TABLES, type RollupDifference, type RollupTable } from "../usage-store.ts";
import { grainStartSql, insertRollupSql, rollupKeyColumns, SUM_COLUMNS } from "./rollup-sql.ts";

/** The most differences that are listed; beyond it the store is broken as a whole and the list says nothing more. */
const DIFFERENCES_MAX = 10_000;

/** Keeps apart every 511 rows in order of arrival: sums of 511 measures of up to 2^53 stay below 2^62. */
const RAW_PART = "rowid // 511";

/**
 * Compares every roll-up from `fromMs` (a whole UTC day; earlier raw rows have been dropped) with the raw rows, then
 * replaces it where anything differs. Runs inside the caller's transaction.
 */
export async function rebuildRollups(
  connection: DuckDBConnection,
  flavor: SqlFlavor,
  fromMs: number | null,
): Promise<RollupDifference[]> {
  const differences: RollupDifference[] = [];
  for (const table of ROLLUP_TABLES) {
    const found = await findDifferences(connection, flavor, table, fromMs);
    differences.push(...found);
    if (found.length === 0) continue;
    const since = fromMs === null ? "" : ` WHERE time_ms >= ${fromMs}`;
    await connection.run(`DELETE FROM ${table}${since}`);
    // Sums beyond 64 bits need parts; all others are stored as one row per key, which is smaller and faster.
    const part = (await mayOverflow(connection, fromMs)) ? RAW_PART : "0";
    await connection.run(insertRollupSql(table, `(SELECT *, rowid FROM usage_raw${since}) AS raw`, part));
  }
  return differences;
}

async function mayOverflow(connection: DuckDBConnection, fromMs: number | null): Promise<boolean> {
  const since = fromMs === null ? "" : `WHERE time_ms >= ${fromMs}`;
  const sums = SUM_COLUMNS.map((column) => `coalesce(sum(abs(${column})), 0) > 4611686018427387904`).join(" OR ");
  const answer = await connection.runAndReadAll(`SELECT ${sums} FROM usage_raw ${since}`);
  return answer.getRows()[0]?.[0] === true;
}

async function findDifferences(
  connection: DuckDBConnection,
  flavor: SqlFlavor,
  table: RollupTable,
  fromMs: number | null,
): Promise<RollupDifference[]> {
  const keys = ["time_ms", ...rollupKeyColumns(table)];
  const since = fromMs === null ? "true" : `time_ms >= ${fromMs}`;
  const raw = `SELECT ${grainStartSql(table, "time_ms")} AS time_ms, ${keys.slice(1).join(", ")}, ${SUM_COLUMNS.join(", ")}
    FROM usage_raw WHERE ${since}`;
  const sums = (prefix: string): string =>
    SUM_COLUMNS.map((column) => `sum(${column}) AS ${prefix}_${column}`).join(", ");
  const answer = await connection.runAndReadAll(`
-- One row per key whose stored sums are not those of the raw rows; a side without the key counts as zero.
SELECT ${keys.join(", ")},
  ${SUM_COLUMNS.map((column) => `coalesce(stored_${column}, 0), coalesce(raw_${column}, 0)`).join(", ")}
FROM (SELECT ${keys.join(", ")}, ${sums("stored")} FROM ${table} WHERE ${since} GROUP BY ${keys.join(", ")}) AS stored
FULL JOIN (SELECT ${keys.join(", ")}, ${sums("raw")} FROM (${raw}) AS fact GROUP BY ${keys.join(", ")}) AS recomputed
  USING (${keys.join(", ")})
WHERE ${SUM_COLUMNS.map((column) => `coalesce(stored_${column}, 0) <> coalesce(raw_${column}, 0)`).join(" OR ")}
ORDER BY ${keys.join(", ")}
LIMIT ${DIFFERENCES_MAX}`);
  return answer.getRows().flatMap((row) => toDifferences(table, keys, row, flavor));
}

function toDifferences(
  table: RollupTable,
  keys: readonly string[],
  row: readonly unknown[],
  flavor: SqlFlavor,
): RollupDifference[] {
  const dimensionOf = new Map(
    DIMENSIONS.map((dimension): [string, Dimension] => [flavor.column(dimension), dimension]),
  );
  const key: Record<string, DimensionValue> = {};
  for (const [index, column] of keys.entries()) {
    const dimension = dimensionOf.get(column);
    if (dimension === undefined) key[column] = Number(row[index]);
    else key[dimension] = flavor.decode(dimension, row[index]);
  }
  return MEASURES.flatMap((measure, index) => {
    const stored = BigInt(String(row[keys.length + 2 * index]));
    const recomputed = BigInt(String(row[keys.length + 2 * index + 1]));
    return stored === recomputed ? [] : [{ table, key, measure, stored, recomputed }];
  });
}
