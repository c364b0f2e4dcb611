/**
 * How many rows one asset (not what is of no asset) has at most among the rows that lie in order, by table and period: from
 * it follows how large the largest row of an asset with a certain sum must be (largest-by-rows.ts). Noted by the step that
 * writes the rows.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { ROLLUP_TABLES, type RollupTable, USAGE_TABLES } from "../usage-store.ts";
import { endOfPeriod, periodOf, periodStartSql } from "./compaction-periods.ts";
import { timeColumn } from "./flavor.ts";
import { LEVEL_CLUSTERED, thingColumn } from "./rollup-sql.ts";
import type { Transactions } from "./transactions.ts";

/** Assets alone are so many that to add up each of them takes long. */
const isCounted = (table: RollupTable): boolean => USAGE_TABLES[table].family === "asset";

const COUNTED_TABLES = ROLLUP_TABLES.filter(isCounted);

/** There when every row in order is counted. */
const markName = (table: RollupTable): string => `rows_counted/${table}`;

const stateName = (table: RollupTable, periodStartMs: number | string): string =>
  `rows_per_thing/${table}/${periodStartMs}`;

/**
 * Notes the rows of `from`, which has the columns of a table, as rows of that table that lie in order. Numbers only rise:
 * a period that is written anew may have had more rows for one thing before.
 */
export async function noteRowsPerThing(connection: DuckDBConnection, table: RollupTable, from: string): Promise<void> {
  if (!isCounted(table)) return;
  await connection.run(
    `-- One row per period: the most rows that any thing of any organization has in it. What is of no thing (0) has one for
     -- every space, and would be the most.
     INSERT INTO store_state
     SELECT '${stateName(table, "")}' || start_ms, max(rows)
     FROM (
       SELECT ${periodStartSql(table, timeColumn(table).column)} AS start_ms, count(*) AS rows
       FROM ${from} WHERE ${thingColumn(table)} <> 0 GROUP BY start_ms, organization, ${thingColumn(table)}
     ) AS per_thing
     GROUP BY start_ms
     ON CONFLICT (name) DO UPDATE SET value = greatest(value, excluded.value)`,
  );
}

/** Where rows are counted: a connection, and the transactions of its store. */
export type RowCounter = { readonly connection: DuckDBConnection; readonly transactions: Transactions };

/**
 * Counts the rows that were put in order before they were counted, in a transaction of its own, a period at a time so that
 * the sums fit into memory. False: there was nothing to count.
 */
export async function countRowsPerThing({ connection, transactions }: RowCounter): Promise<boolean> {
  let hasCounted = false;
  for (const table of COUNTED_TABLES) {
    const marked = await connection.runAndReadAll("SELECT 1 FROM store_state WHERE name = $1", [markName(table)]);
    if (marked.getRows().length > 0) continue;
    await transactions.copy(connection, async (own) => {
      const { column, unitMs } = timeColumn(table);
      const clustered = `level = ${LEVEL_CLUSTERED}`;
      const periods = await own.runAndReadAll(
        `SELECT DISTINCT ${periodStartSql(table, column)} AS start_ms FROM ${table} WHERE ${clustered} ORDER BY start_ms`,
      );
      for (const startMs of periods.getRows().map(([start]) => Number(start))) {
        const inside = `${column} >= ${startMs / unitMs} AND ${column} < ${endOfPeriod(startMs, periodOf(table)) / unitMs}`;
        await noteRowsPerThing(own, table, `(SELECT * FROM ${table} WHERE ${clustered} AND ${inside}) AS own`);
        hasCounted = true;
      }
      await own.run(`INSERT INTO store_state VALUES ('${markName(table)}', 1)`);
    });
  }
  return hasCounted;
}

/**
 * The most rows in order that one thing, none left aside, has in a stretch of a table, from what store_state says. Null where
 * they have not been counted.
 */
export function rowsPerThing(
  state: ReadonlyMap<string, number>,
  { table, startMs, endMs }: { readonly table: RollupTable; readonly startMs: number; readonly endMs: number },
): number | null {
  if (!state.has(markName(table))) return null;
  let rows = 0;
  for (const [name, value] of state) {
    if (!name.startsWith(stateName(table, ""))) continue;
    const periodMs = Number(name.slice(stateName(table, "").length));
    if (periodMs < endMs && endOfPeriod(periodMs, periodOf(table)) > startMs) rows += value;
  }
  return rows;
}
