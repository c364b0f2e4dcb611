/**
 * Which rows of a roll-up lie in order together: those of one period. Pure.
 */
import { ceilToGrain } from "../../model/grain.ts";
import { type RollupTable, USAGE_TABLES } from "../usage-store.ts";
import { timeColumn } from "./flavor.ts";

/** What lies in order together, in months. */
const PERIOD_MONTHS = { month: 1, quarter: 3, year: 12 } as const;

/**
 * How long the periods of a table are. A question about one thing reads a row group or two of every period, so longer
 * ones make it faster; but a period that is not over yet is rewritten with each month that joins it, and a question about
 * a month of everything reads all of it. Totals are small, and rewritten in a few steps: a year. Users: a quarter, which
 * halved the row groups of one user's year. Spaces and buckets: a quarter, as organizations are asked for by month and
 * space or bucket. Assets and hours, which are read by ranges: a month.
 */
export function periodOf(table: RollupTable): keyof typeof PERIOD_MONTHS {
  const { family, grain } = USAGE_TABLES[table];
  if (grain === "month") return "year";
  if (grain !== "day" || family === "asset") return "month";
  return family === "total" ? "year" : "quarter";
}

/** The SQL of the start (UTC ms) of the period that `time`, an expression in the unit of the table, lies in. */
export function periodStartSql(table: RollupTable, time: string): string {
  return `epoch_ms(date_trunc('${periodOf(table)}', make_timestamp(${time} * ${timeColumn(table).unitMs * 1000})))`;
}

/** When the period that begins at `startMs` ends. */
export function endOfPeriod(startMs: number, unit: keyof typeof PERIOD_MONTHS): number {
  let endMs = startMs;
  for (let month = 0; month < PERIOD_MONTHS[unit]; month++) endMs = ceilToGrain(endMs + 1, "month");
  return endMs;
}
