/**
 * The SQL that makes roll-up rows: from the batch of a commit, and from raw rows when they are computed anew.
 */
import { MEASURES } from "../../model/usage-event.ts";
import type { Dimension } from "../../model/usage-query.ts";
import { MEASURE_COLUMNS } from "../build-sql.ts";
import { type RollupTable, USAGE_TABLES } from "../usage-store.ts";
import { timeColumn } from "./flavor.ts";

/** The level of rows as a commit wrote them: partial sums in order of arrival. */
export const LEVEL_COMMITTED = 0;

const KEY_COLUMNS: Readonly<Record<Dimension, string>> = {
  space: "space",
  user: "user_id",
  bucket: "bucket",
  asset: "asset",
  kind: "kind",
  operation: "operation",
};

/** The key columns of a roll-up after the time: the organization, then its dimensions. */
export function rollupKeyColumns(table: RollupTable): string[] {
  return ["organization", ...USAGE_TABLES[table].dimensions.map((dimension) => KEY_COLUMNS[dimension])];
}

/** The five columns of measures, in the order of MEASURES. */
export const SUM_COLUMNS: readonly string[] = MEASURES.map((measure) => MEASURE_COLUMNS[measure]);

/** A roll-up's time column for `timeMs`, an expression of UTC milliseconds. */
export function grainSql(table: RollupTable, timeMs: string): string {
  const { unitMs } = timeColumn(table);
  if (USAGE_TABLES[table].grain !== "month") return `${timeMs} // ${unitMs}`;
  return `epoch_ms(date_trunc('month', make_timestamp(${timeMs} * 1000))) // ${unitMs}`;
}

/**
 * A SELECT of roll-up rows, one per key and `part`, from rows with the columns of usage_raw. `part` is an expression
 * that keeps apart rows whose sums together might pass 64 bits; `'0'` where they cannot.
 */
export function selectRollupSql(table: RollupTable, from: string, part: string): string {
  const keys = rollupKeyColumns(table);
  const time = timeColumn(table).column;
  return [
    "SELECT",
    `  ${[time, ...keys, ...SUM_COLUMNS.map((column) => `sum(${column})::BIGINT AS ${column}`)].join(",\n  ")}`,
    "FROM (",
    `  SELECT ${grainSql(table, "time_ms::BIGINT")} AS ${time}, ${keys.join(", ")},`,
    `    ${SUM_COLUMNS.map((column) => `${column}::BIGINT AS ${column}`).join(", ")}, ${part} AS part`,
    `  FROM ${from}`,
    ") AS fact",
    `GROUP BY ${[time, ...keys, "part"].join(", ")}`,
  ].join("\n");
}

/** The INSERT of the rows of the SELECT above, at LEVEL_COMMITTED. */
export function insertRollupSql(table: RollupTable, from: string, part: string): string {
  const columns = [timeColumn(table).column, ...rollupKeyColumns(table), ...SUM_COLUMNS].join(", ");
  return `INSERT INTO ${table} (${columns}, level)
SELECT ${columns}, ${LEVEL_COMMITTED} FROM (
${selectRollupSql(table, from, part)}
) AS summed`;
}
