/**
 * UsageQuery -> the same query, or an AppError that says what to ask for instead. Pure. Everything that a dialect could
 * get wrong is refused here once, so that the planner can rely on it.
 */
import { DAY_MS, formatTime, isTimeZone } from "../model/time-range.ts";
import type { TimeRange, UsageQuery } from "../model/usage-query.ts";
import { AppError } from "../platform/errors.ts";

/** The bounds of the configuration: rows of one answer, and days of a range that is cut into windows, both at most. */
export type QueryLimits = { readonly rowsMax: number; readonly daysMax: number };

/** The time that usage can be of: from 1970 to the end of year 9999, later years have no four digits to be printed with. */
export const COUNTED_TIME: TimeRange = { startMs: 0, endMs: Date.UTC(10_000, 0, 1) };

/**
 * Throws AppError `query/invalid`, `query/unknown-time-zone` or `query/range-too-long` for a query that cannot be
 * answered as it stands. That it has too many windows is found while they are built (query/plan.ts).
 */
export function checkQuery(query: UsageQuery, limits: QueryLimits): void {
  checkRange(query, limits);
  if (query.metrics.length === 0) throw invalid("Ask for at least one metric.");
  if (new Set(query.groupBy).size !== query.groupBy.length) {
    throw invalid("Each dimension can be grouped by only once; name it once.");
  }
  checkTimeZone(query.timeZone);
  checkWindowLength(query);
  if (query.order.by !== "group" && !query.metrics.includes(query.order.by)) {
    throw invalid(`Rows can only be ordered by a metric that is asked for; add ${query.order.by} to the metrics.`);
  }
  if (!Number.isSafeInteger(query.rowsMax) || query.rowsMax < 1) {
    throw invalid("The most rows to answer must be a whole number from 1.");
  }
  checkTop(query, Math.min(query.rowsMax, limits.rowsMax));
}

/** Throws AppError `query/unknown-time-zone` for anything but an IANA name or UTC. */
export function checkTimeZone(name: string): void {
  if (isTimeZone(name)) return;
  throw new AppError(
    "query/unknown-time-zone",
    `${JSON.stringify(name)} is not a time zone. Use an IANA name such as Europe/Berlin, or UTC.`,
  );
}

function checkRange({ range, window }: UsageQuery, { daysMax }: QueryLimits): void {
  const { startMs, endMs } = range;
  const isCounted = startMs >= COUNTED_TIME.startMs && endMs <= COUNTED_TIME.endMs;
  if (!Number.isSafeInteger(startMs) || !Number.isSafeInteger(endMs) || !isCounted) {
    throw invalid("The range must lie between 1970-01-01 and 9999-12-31.");
  }
  if (startMs >= endMs) {
    throw invalid(`The end (${formatTime(endMs)}) must be later than the start (${formatTime(startMs)}).`);
  }
  // One number for the whole range may span all time (what a bucket ever received): it is read from the daily sums, as
  // what comes before the range is for every gauge. It is the number of windows that a long range makes costly.
  if (window !== "none" && endMs - startMs > daysMax * DAY_MS) {
    throw new AppError(
      "query/range-too-long",
      `The range has more than ${daysMax} days. Ask for a shorter range, in several queries if need be.`,
    );
  }
}

function checkWindowLength({ window, windowLength = 1, timeZone }: UsageQuery): void {
  if (windowLength === 1) return;
  const isEven = (window === "minute" || window === "hour") && timeZone === "UTC";
  if (!isEven || !Number.isSafeInteger(windowLength) || windowLength < 1) {
    throw invalid("Windows of several units must be a whole number of minutes or hours, in UTC.");
  }
}

function checkTop({ top, groupBy }: UsageQuery, groupsMax: number): void {
  if (top === undefined) return;
  if (groupBy.length !== 1)
    throw invalid("The largest groups can be kept only when grouping by exactly one dimension.");
  if (!Number.isSafeInteger(top.groups) || top.groups < 1 || top.groups > groupsMax) {
    throw invalid(`The number of largest groups to keep must be a whole number from 1 to ${groupsMax}.`);
  }
}

function invalid(message: string): AppError {
  return new AppError("query/invalid", message);
}
