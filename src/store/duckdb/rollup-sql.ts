/**
 * The SQL that makes roll-up rows: from facts, from the sums of a finer table, and from raw rows when they are computed anew.
 */
import { MEASURES } from "../../model/usage-event.ts";
import type { Dimension } from "../../model/usage-query.ts";
import { MEASURE_COLUMNS } from "../scan-pieces.ts";
import { type RollupTable, USAGE_TABLES } from "../usage-store.ts";
import { timeColumn } from "./flavor.ts";

/** The level of rows as they were rolled up: sums of some commits. */
export const LEVEL_COMMITTED = 0;

/** The level of rows that lie in order with everything of their period; see compaction.ts. */
export const LEVEL_CLUSTERED = 2;

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

/** The column of the things that a family of tables is about. */
const THING_COLUMNS: Readonly<Record<(typeof USAGE_TABLES)[RollupTable]["family"], string>> = {
  total: "operation",
  space: "space",
  bucket: "bucket",
  user: "user_id",
  asset: "asset",
};

/** The column of the things that a roll-up is about: what its rows are looked up by. */
export function thingColumn(table: RollupTable): string {
  return THING_COLUMNS[USAGE_TABLES[table].family];
}

/**
 * The columns that the rows of a row group are written in the order of: kind, then thing, then time. Kinds have measures of
 * their own (a delivery receives nothing, an upload sends nothing), so columns of one kind compress to half of what mixed
 * ones take. Assets of one space lie together: row groups are cut by asset first (compaction-slice.ts), so that one asset is still in
 * one of them, and what is asked of one space finds its rows side by side in each.
 */
export function orderColumns(table: RollupTable): string[] {
  const group = USAGE_TABLES[table].family === "asset" ? ["space"] : [];
  const keys = rollupKeyColumns(table);
  return [...new Set(["organization", "kind", ...group, thingColumn(table), ...keys, timeColumn(table).column])];
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
 * that keeps apart rows whose sums together might pass 64 bits; `'0'` where they cannot. Facts from before `keptFromMs`,
 * whose times the roll-up has dropped, go to its beginning at once (KeptFrom in usage-tables.ts).
 */
function selectRollupSql(table: RollupTable, from: string, part: string, keptFromMs: number | undefined): string {
  const keys = rollupKeyColumns(table);
  const time = timeColumn(table).column;
  const start = grainSql(table, "time_ms::BIGINT");
  const kept = keptFromMs === undefined ? start : `CASE WHEN time_ms < ${keptFromMs} THEN 0 ELSE ${start} END`;
  return [
    "SELECT",
    `  ${[time, ...keys, ...SUM_COLUMNS.map((column) => `sum(${column})::BIGINT AS ${column}`)].join(",\n  ")}`,
    "FROM (",
    `  SELECT ${kept} AS ${time}, ${keys.join(", ")},`,
    `    ${SUM_COLUMNS.map((column) => `${column}::BIGINT AS ${column}`).join(", ")}, ${part} AS part`,
    `  FROM ${from}`,
    ") AS fact",
    `GROUP BY ${[time, ...keys, "part"].join(", ")}`,
  ].join("\n");
}

/**
 * A SELECT of sums by the grain and the keys of `table`, from rows with the columns of usage_raw. The answer has these
 * columns too, as far as tables of the same family with coarser grains and fewer keys need them, and `part`.
 */
export function selectSumsSql(table: RollupTable, from: string, part: string): string {
  const keys = rollupKeyColumns(table);
  const sums = SUM_COLUMNS.map((column) => `sum(${column})::BIGINT AS ${column}`);
  const start = grainSql(table, "time_ms");
  return [
    `SELECT start * ${timeColumn(table).unitMs} AS time_ms, ${[...keys, ...sums, "part"].join(", ")}`,
    `FROM (SELECT ${start} AS start, ${part} AS part, ${[...keys, ...SUM_COLUMNS].join(", ")} FROM ${from}) AS fact`,
    `GROUP BY ${["start", ...keys, "part"].join(", ")}`,
  ].join("\n");
}

/** The INSERT of the rows of selectRollupSql, in order, at LEVEL_COMMITTED. */
export function insertRollupSql(table: RollupTable, from: string, part: string, keptFromMs?: number): string {
  const columns = [timeColumn(table).column, ...rollupKeyColumns(table), ...SUM_COLUMNS].join(", ");
  return `INSERT INTO ${table} (${columns}, level)
SELECT ${columns}, ${LEVEL_COMMITTED} FROM (
${selectRollupSql(table, from, part, keptFromMs)}
) AS summed
ORDER BY ${orderColumns(table).join(", ")}`;
}
