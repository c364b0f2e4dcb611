/**
 * A streamed answer -> NDJSON: a line about the answer, then a line per row. Printed by hand: a million rows through
 * JSON.stringify with its replacer take four seconds, this takes one.
 */
import { formatTime } from "../../model/time-range.ts";
import type { UsageQuery } from "../../model/usage-query.ts";
import type { UsageResultRow } from "../../model/usage-result.ts";
import type { StreamedResult } from "../../query/stream-query.ts";
import type { NativeQueryRequest } from "./query-parameters.ts";

/** The lines in pieces of text. The first line has every field of the JSON answer but the rows. */
export async function* toLines(result: StreamedResult, { query }: NativeQueryRequest): AsyncGenerator<string> {
  const { windows, completeUntilMs, isEstimated, pieces } = result;
  const head = {
    start: formatTime(query.range.startMs),
    end: formatTime(query.range.endMs),
    window: query.window,
    time_zone: query.timeZone,
    group_by: query.groupBy,
    metrics: query.metrics,
    complete_until: formatTime(completeUntilMs),
    ...(isEstimated ? { estimated: true } : {}),
  };
  yield `${JSON.stringify(head)}\n`;
  const starts = windows.map(({ fromMs, untilMs }) => {
    const window = { start: formatTime(fromMs), end: formatTime(untilMs), complete: untilMs <= completeUntilMs };
    return JSON.stringify(window).slice(0, -1);
  });
  const printRow = buildPrintRow(query);
  for await (const rows of pieces) {
    let text = "";
    for (const row of rows) text += `${starts[row.windowIndex] ?? "{"},${printRow(row)}}\n`;
    yield text;
  }
}

/** Prints rows of an answer: what it is grouped by and its metrics are the same in each of them. */
function buildPrintRow({ groupBy, metrics }: Pick<UsageQuery, "groupBy" | "metrics">): (row: UsageResultRow) => string {
  const groups = groupBy.map((dimension, index) => ({ dimension, name: `${index === 0 ? "" : ","}"${dimension}":` }));
  const sums = metrics.map((metric, index) => ({ metric, name: `${index === 0 ? "" : ","}"${metric}":` }));
  // Loops and not lists of entries: a million rows would leave ten million small arrays to be collected.
  return ({ group, values }) => {
    let text = '"group":{';
    for (const { dimension, name } of groups) {
      const value = group[dimension] ?? null;
      text += name + (typeof value === "string" ? JSON.stringify(value) : value);
    }
    text += '},"values":{';
    // Bigints print all their digits.
    for (const { metric, name } of sums) text += name + values[metric];
    return `${text}}`;
  };
}
