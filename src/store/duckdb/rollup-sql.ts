/**
 * The SQL that makes roll-up rows: from the batch of a commit, and from raw rows when they are computed anew.
 */
import { GRAIN_MS } from "../../model/grain.ts";
import { MEASURES } from "../../model/usage-event.ts";
import type { Dimension } from "../../model/usage-query.ts";
import { MEASURE_COLUMNS } from "../build-sql.ts";
import { type RollupTable, USAGE_TABLES } from "../usage-store.ts";

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

/** The key columns of a roll-up after time_ms: the organization, then its dimensions. */
export function rollupKeyColumns(table: RollupTable): string[] {
  return ["organization", ...USAGE_TABLES[table].dimensions.map((dimension) => KEY_COLUMNS[dimension])];
}

/** The five columns of measures, in the order of MEASURES. */
export const SUM_COLUMNS: readonly string[] = MEASURES.map((measure) => MEASURE_COLUMNS[measure]);

/** The start of the stretch of a roll-up's grain that `timeMs`, an expression of UTC milliseconds, lies in. */
export function grainStartSql(table: RollupTable, timeMs: string): string {
  const { grain } = USAGE_TABLES[table];
  if (grain === "month") return `epoch_ms(date_trunc('month', make_timestamp(${timeMs} * 1000)))`;
  return `${timeMs} // ${GRAIN_MS[grain]} * ${GRAIN_MS[grain]}`;
}

/**
 * A SELECT of roll-up rows, one per key and `part`, from rows with the columns of usage_raw. `part` is an expression
 * that keeps apart rows whose sums together might pass 64 bits; `'0'` where they cannot.
 */
export function selectRollupSql(table: RollupTable, from: string, part: string): string {
  const keys = rollupKeyColumns(table);
  return [
    "SELECT",
    `  ${["time_ms", ...keys, ...SUM_COLUMNS.map((column) => `sum(${column})::BIGINT AS ${column}`)].join(",\n  ")}`,
    "FROM (",
    `  SELECT ${grainStartSql(table, "time_ms::BIGINT")} AS time_ms, ${keys.join(", ")},`,
    `    ${SUM_COLUMNS.map((column) => `${column}::BIGINT AS ${column}`).join(", ")}, ${part} AS part`,
    `  FROM ${from}`,
    ") AS fact",
    `GROUP BY ${["time_ms", ...keys, "part"].join(", ")}`,
  ].join("\n");
}

/** The INSERT of the rows of the SELECT above, at LEVEL_COMMITTED. */
export function insertRollupSql(table: RollupTable, from: string, part: string): string {
  const columns = ["time_ms", ...rollupKeyColumns(table), ...SUM_COLUMNS].join(", ");
  return `INSERT INTO ${table} (${columns}, level)
SELECT ${columns}, ${LEVEL_COMMITTED} FROM (
${selectRollupSql(table, from, part)}
) AS summed`;
}
