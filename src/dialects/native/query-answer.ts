/**
 * UsageResult -> the JSON object or the CSV table of /usage/v1/query.
 */
import { stringify } from "csv-stringify/sync";
import { formatTime } from "../../model/time-range.ts";
import type { UsageResult, UsageResultRow } from "../../model/usage-result.ts";
import type { NativeQueryRequest } from "./query-parameters.ts";

/** One row of the JSON answer. `start` and `end` are what was counted, the end excluded. */
export type NativeQueryRow = {
  readonly start: string;
  readonly end: string;
  readonly complete: boolean;
  readonly group: UsageResultRow["group"];
  readonly rest?: true;
  readonly values: UsageResultRow["values"];
};

/** The JSON answer. Values are bigints, which the server prints with all digits. */
export type NativeQueryAnswer = {
  readonly start: string;
  readonly end: string;
  readonly window: string;
  readonly time_zone: string;
  readonly group_by: readonly string[];
  readonly metrics: readonly string[];
  readonly complete_until: string;
  /** True: sampled logs are among what was added up. Absent otherwise. */
  readonly estimated?: true;
  /** Rows that `limit` cut off. */
  readonly rows_left_out: number;
  readonly rows: readonly NativeQueryRow[];
};

/** The JSON answer to a request. */
export function fromUsageResult(result: UsageResult, { query, limit }: NativeQueryRequest): NativeQueryAnswer {
  const rows = limit === null ? result.rows : result.rows.slice(0, limit);
  return {
    start: formatTime(query.range.startMs),
    end: formatTime(query.range.endMs),
    window: query.window,
    time_zone: query.timeZone,
    group_by: query.groupBy,
    metrics: query.metrics,
    complete_until: formatTime(result.completeUntilMs),
    ...(result.isEstimated ? { estimated: true as const } : {}),
    rows_left_out: result.rows.length - rows.length,
    rows: rows.map((row) => toNativeRow(row, result)),
  };
}

/**
 * The same rows as CSV: `start,end,complete`, one column per group, `rest`, one column per metric; the names on top.
 * A thing that is absent is an empty cell.
 */
export function toCsv(answer: NativeQueryAnswer): string {
  const columns = ["start", "end", "complete", ...answer.group_by, "rest", ...answer.metrics];
  const lines = answer.rows.map(({ start, end, complete, group, rest, values }) => [
    start,
    end,
    String(complete),
    ...answer.group_by.map((dimension) => Object.entries(group).find(([name]) => name === dimension)?.[1] ?? ""),
    String(rest === true),
    ...answer.metrics.map((metric) => Object.entries(values).find(([name]) => name === metric)?.[1] ?? 0n),
  ]);
  // Whoever sends an event named `=HYPERLINK(…)` must not run it in the spreadsheet of whoever opens the export. Numbers
  // are left alone: a bucket that lost bytes has a minus sign of its own.
  return stringify([columns, ...lines], { escape_formulas: true });
}

function toNativeRow(row: UsageResultRow, { windows, completeUntilMs }: UsageResult): NativeQueryRow {
  const { fromMs, untilMs } = windows[row.windowIndex] ?? { fromMs: 0, untilMs: 0 };
  return {
    start: formatTime(fromMs),
    end: formatTime(untilMs),
    complete: untilMs <= completeUntilMs,
    group: row.group,
    ...(row.rest ? { rest: true as const } : {}),
    values: row.values,
  };
}
