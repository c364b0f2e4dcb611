/**
 * The rows that corrections add to usage_raw: their columns, and writing them.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { MeasureChange } from "../../model/correction.ts";
import { MEASURES } from "../../model/usage-event.ts";
import { IDENTITY_COLUMNS } from "./identity-columns.ts";
import { SUM_COLUMNS } from "./rollup-sql.ts";

/** The columns of usage_raw between the arrival and the measures. */
export const FACT_COLUMNS = [
  ...IDENTITY_COLUMNS,
  "time_ms",
  "organization",
  "source",
  "kind",
  "space",
  "user_id",
  "bucket",
  "asset",
  "operation",
] as const;

/** Every column of a row of usage_raw, as corrections write them. */
export const ALL_COLUMNS = ["commit_number", "received_ms", ...FACT_COLUMNS, ...SUM_COLUMNS, "correction"].join(", ");

/** A correction that changes nothing. */
export const NO_CHANGE: MeasureChange = { count: 0n, bytesIn: 0n, bytesOut: 0n, sizeDelta: 0n, objectsDelta: 0n };

/** The FACT_COLUMNS of a table. */
export const facts = (table: string): string => FACT_COLUMNS.map((column) => `${table}.${column}`).join(", ");

/** The source of rows that belong to no event, but to the object that their identity is made of; see object-corrections.ts. */
export const NO_SOURCE = 0;

/** Makes the temporary table `table` with the columns of usage_raw, empty. */
export async function stageEmpty(connection: DuckDBConnection, table: string): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT * FROM usage_raw LIMIT 0`);
}

/** Appends the rows of a temporary table to the raw rows; answers their sums. */
export async function writeRows(connection: DuckDBConnection, table: string): Promise<MeasureChange> {
  const sums = SUM_COLUMNS.map((column) => `coalesce(sum(${column}), 0)`);
  const answer = await connection.runAndReadAll(`SELECT ${sums.join(", ")} FROM temp.${table}`);
  const values = (answer.getRows()[0] ?? []).map((value) => BigInt(String(value)));
  await connection.run(`INSERT INTO usage_raw (${ALL_COLUMNS}) SELECT ${ALL_COLUMNS} FROM temp.${table}`);
  return Object.fromEntries(MEASURES.map((name, index) => [name, values[index] ?? 0n])) as MeasureChange;
}
