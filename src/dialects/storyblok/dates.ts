/**
 * Storyblok's dates and times ↔ UTC milliseconds. Days are UTC days and vendors' ranges include both ends; everything
 * inside the program is half-open, so the translation happens here and nowhere else in this dialect.
 */
import type { TimeRange } from "../../model/usage-query.ts";
import { AppError } from "../../platform/errors.ts";
import { readLast } from "./values.ts";

/** Milliseconds of a UTC day: no day of UTC as computers count it is longer or shorter. */
export const DAY_MS = 86_400_000;

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** The longest range of the statistics, in days: ten years with their leap days and some room. */
const RANGE_DAYS_MAX = 3_660;

/**
 * A written time: where it begins (UTC ms), and how much it names. `2026-01-31` names a whole day, `… 08:15` a minute.
 */
export type WrittenTime = { readonly startMs: number; readonly lengthMs: number };

// 2026-01-31   2026-01-31 08:15   2026-01-31T08:15:02Z   2026-01-31T08:15:02.759+02:00   2026-01-31T08:15:02+0000
// The zone may begin with a blank: an unencoded `+` in a query string arrives as one.
const WRITTEN_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+\- ])(\d{2}):?(\d{2}))?)?$/i;

/**
 * A date, `yyyy-MM-dd HH:mm`, or an ISO-8601 time; without a zone it is UTC. Null for text that is none of these and
 * for a day or time that does not exist, such as `2026-02-31`.
 */
export function parseTime(text: string): WrittenTime | null {
  const [, date, hours, minutes, seconds, fraction, sign, zoneHours, zoneMinutes] = WRITTEN_TIME.exec(text) ?? [];
  const dayMs = date === undefined ? null : parseDate(date);
  if (dayMs === null) return null;
  if (hours === undefined) return { startMs: dayMs, lengthMs: DAY_MS };
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return null;
  if (Number(zoneHours ?? 0) > 23 || Number(zoneMinutes ?? 0) > 59) return null;
  const clockMs = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS + Number(seconds ?? 0) * SECOND_MS;
  const zoneMs = (Number(zoneHours ?? 0) * 60 + Number(zoneMinutes ?? 0)) * MINUTE_MS * (sign === "-" ? -1 : 1);
  const fractionMs = Number((fraction ?? "").padEnd(3, "0").slice(0, 3));
  const lengthMs = seconds === undefined ? MINUTE_MS : fraction === undefined ? SECOND_MS : 1;
  return { startMs: dayMs + clockMs + fractionMs - zoneMs, lengthMs };
}

/** Not `Date.parse` alone: it reads 2026-02-31 as 3 March, which would silently answer for another day. */
function parseDate(date: string): number | null {
  const dayMs = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(dayMs) && formatDate(dayMs) === date ? dayMs : null;
}

/** The UTC day of a time as `YYYY-MM-DD`. */
export function formatDate(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/** A time as every object of the vendor has it: `2025-01-18T08:01:02.759Z`. */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Where the UTC day of a time begins. */
export function startOfDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS) * DAY_MS;
}

/** The calendar year (UTC) that a time lies in. */
export function calendarYear(timeMs: number): TimeRange {
  const year = new Date(timeMs).getUTCFullYear();
  return { startMs: Date.UTC(year, 0, 1), endMs: Date.UTC(year + 1, 0, 1) };
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
  const time = parseTime(text);
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
