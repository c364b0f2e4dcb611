/**
 * Storyblok's dates and times ↔ UTC milliseconds. Days are UTC days and vendors' ranges include both ends; everything
 * inside the program is half-open, so the translation happens here and nowhere else in this dialect.
 */
import { buildCalendar, DAY_MS, MINUTE_MS, parseDay, parseTime } from "../../model/time-range.ts";
import type { TimeRange } from "../../model/usage-query.ts";
import { AppError } from "../../platform/errors.ts";
import { readLast } from "./values.ts";

const SECOND_MS = 1_000;

/** The longest range of the statistics, in days: ten years with their leap days and some room. */
const RANGE_DAYS_MAX = 3_660;

/**
 * A written time: where it begins (UTC ms), and how much it names. `2026-01-31` names a whole day, `… 08:15` a minute.
 */
export type WrittenTime = { readonly startMs: number; readonly lengthMs: number };

// 2026-01-31 08:15   2026-01-31T08:15:02Z   2026-01-31T08:15:02.759+02:00   2026-01-31T08:15:02+0000
// The zone may begin with a blank: an unencoded `+` in a query string arrives as one.
const WRITTEN_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(\.\d+)?(Z|[+\- ]\d{2}:?\d{2})?$/i;

/**
 * A date, `yyyy-MM-dd HH:mm`, or an ISO-8601 time; without a zone it is UTC. Null for text that is none of these and
 * for a day or time that does not exist, such as `2026-02-31`.
 */
export function parseWrittenTime(text: string): WrittenTime | null {
  const dayMs = parseDay(text);
  if (dayMs !== null) return { startMs: dayMs, lengthMs: DAY_MS };
  const [, day, minutes, seconds = "", fraction = "", zone = "Z"] = WRITTEN_TIME.exec(text) ?? [];
  if (day === undefined) return null;
  const startMs = parseTime(`${day}T${minutes}${seconds}${fraction}${zone.replace(" ", "+")}`);
  if (startMs === null) return null;
  return { startMs, lengthMs: seconds === "" ? MINUTE_MS : fraction === "" ? SECOND_MS : 1 };
}

/** Where the UTC day of a time begins. */
export function startOfDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS) * DAY_MS;
}

/** The calendar year (UTC) that a time lies in. */
export function calendarYear(timeMs: number): TimeRange {
  return buildCalendar("UTC").windowAround(timeMs, "year");
}

/** The calendar month (UTC) that a time lies in. */
export function calendarMonth(timeMs: number): TimeRange {
  return buildCalendar("UTC").windowAround(timeMs, "month");
}

/** The error of a date that cannot be read. */
export function buildDateError(): AppError {
  return new AppError("request/invalid", "Invalid date format. Expected format: YYYY-MM-DD");
}

/**
 * The range that `start_date` and `end_date` name, both days included. Left out: up to today, from one year before the
 * end. Throws `request/invalid` for a date that cannot be read and for a start after the end, `query/range-too-long`
 * for more than 3,660 days.
 */
export function readDayRange(query: URLSearchParams, nowMs: number): TimeRange {
  const endDayMs = readDay(query, "end_date") ?? startOfDay(nowMs);
  const startMs = readDay(query, "start_date") ?? oneYearBefore(endDayMs);
  if (startMs > endDayMs) throw new AppError("request/invalid", "start_date must not be after end_date");
  const endMs = endDayMs + DAY_MS;
  if (endMs - startMs > RANGE_DAYS_MAX * DAY_MS) throw new AppError("query/range-too-long", "Date range too long");
  return { startMs, endMs };
}

function readDay(query: URLSearchParams, name: string): number | null {
  const text = readLast(query, name);
  if (text === null) return null;
  const time = parseWrittenTime(text);
  if (time === null) throw buildDateError();
  return startOfDay(time.startMs);
}

/** The same day of the year before; 28 February for 29 February, which most years do not have. */
function oneYearBefore(dayMs: number): number {
  const day = new Date(dayMs);
  const month = day.getUTCMonth();
  day.setUTCFullYear(day.getUTCFullYear() - 1);
  if (day.getUTCMonth() !== month) day.setUTCDate(0);
  return day.getTime();
}
