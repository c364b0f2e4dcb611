/**
 * Days, times and the calendar: text <-> UTC milliseconds, and where minutes, hours, days, weeks, months and years
 * begin in a time zone. The only file that knows time zones; it does not know what is counted in the windows.
 */
import type { WindowUnit } from "./usage-query.ts";

/** One minute in milliseconds. */
export const MINUTE_MS = 60_000;

/** One hour in milliseconds. */
export const HOUR_MS = 3_600_000;

/** One UTC day in milliseconds; days of other zones may have 23 or 25 hours. */
export const DAY_MS = 86_400_000;

/** A length of window that the calendar has: every window unit but `none`. */
export type CalendarUnit = Exclude<WindowUnit, "none">;

/** One whole window of a calendar, [startMs, endMs) in UTC milliseconds. */
export type CalendarWindow = { readonly startMs: number; readonly endMs: number };

/** Where windows begin in one time zone. Windows of one unit follow each other without a gap and never overlap. */
export interface Calendar {
  /**
   * The window that `timeMs` lies in. An hour (minute) is a stretch in which the wall clock shows the same hour at the
   * same offset: an hour that the clock repeats is two windows. Days and longer begin at the first moment at which the
   * wall clock has reached their first midnight, which is 01:00 where the clock skips midnight.
   */
  windowAround(timeMs: number, unit: CalendarUnit): CalendarWindow;
  /** The first moment at which the wall clock has reached the midnight of a day, given as that day's UTC midnight. */
  startOfDay(dayMs: number): number;
  /** The first moment at which the wall clock shows `wallMs`, given as toWallClock answers it; see startOfDay for gaps. */
  fromWallClock(wallMs: number): number;
  /** What the wall clock shows at `timeMs`, as the UTC milliseconds at which a UTC clock shows the same. */
  toWallClock(timeMs: number): number;
}

/** `2026-03-29`: four digits, two, two. */
const DAY_TEXT = /^\d{4}-\d{2}-\d{2}$/;

/** `2026-03-29T02:30:00.123+02:00`, `2026-03-29T00:30Z`. Groups: date, hour, minute, second, fraction, offset. */
const TIME_TEXT = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?([Zz]|[+-]\d{2}:?\d{2})$/;

/** Reads `YYYY-MM-DD` as the UTC midnight that begins the day. Null for any other text and for impossible days. */
export function parseDay(text: string): number | null {
  if (!DAY_TEXT.test(text)) return null;
  const dayMs = Date.parse(`${text}T00:00:00.000Z`);
  // V8 reads 2026-02-30 as 2 March: only a day that prints as it was written exists.
  return Number.isNaN(dayMs) || formatDay(dayMs) !== text ? null : dayMs;
}

/** The UTC day of a time, `YYYY-MM-DD`, for years 0 to 9999. Give it `calendar.toWallClock(timeMs)` for another zone. */
export function formatDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/**
 * Reads an ISO 8601 time with `Z` or an offset, with or without seconds; digits below the millisecond are dropped.
 * Null for any other text: impossible days, hour 24, second 60, and times without an offset, which could mean any zone.
 */
export function parseTime(text: string): number | null {
  const match = TIME_TEXT.exec(text);
  if (match === null) return null;
  const [, day = "", hourText, minuteText, secondText = "0", fraction = "", offset = ""] = match;
  const dayMs = parseDay(day);
  const offsetMs = parseOffset(offset);
  const [hour, minute, second] = [Number(hourText), Number(minuteText), Number(secondText)];
  if (dayMs === null || offsetMs === null || hour > 23 || minute > 59 || second > 59) return null;
  const millisecond = Number(fraction.slice(0, 3).padEnd(3, "0"));
  return dayMs + hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + millisecond - offsetMs;
}

/** `2026-03-29T00:30:00.000Z` for UTC milliseconds. */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** True for `UTC` and every other name of the IANA time zone database, in any case. Offsets as `+01:00` are no names. */
export function isTimeZone(name: string): boolean {
  // Most ask for this one, and looking a name up takes a third of a millisecond.
  if (name === "UTC") return true;
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    buildWallClockFormat(name);
    return true;
  } catch (error) {
    // Intl has no other way to ask for one name, aliases included: a RangeError is its "no".
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * The calendar of a time zone. It remembers the last offset that it looked up, so build one per query.
 * Throws RangeError for a name that isTimeZone refuses.
 */
export function buildCalendar(timeZone: string): Calendar {
  const offsetAt = /^(etc\/)?utc$/i.test(timeZone) ? () => 0 : buildOffsetLookup(timeZone);
  const startOfDay = (dayMs: number) => firstMomentAt(dayMs, offsetAt);
  return {
    startOfDay,
    fromWallClock: startOfDay,
    toWallClock: (timeMs) => timeMs + offsetAt(timeMs),
    windowAround: (timeMs, unit) =>
      unit === "minute" || unit === "hour"
        ? clockWindow(timeMs, unit === "minute" ? MINUTE_MS : HOUR_MS, offsetAt)
        : dateWindow(timeMs, unit, offsetAt),
  };
}

/** Milliseconds that a zone's wall clock is ahead of UTC at a moment. */
type OffsetAt = (timeMs: number) => number;

/** `Z`, `+05:30`, `-0800` as milliseconds; null beyond a day's hours and minutes. */
function parseOffset(text: string): number | null {
  if (text === "Z" || text === "z") return 0;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(-2))];
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith("-") ? -1 : 1) * (hours * HOUR_MS + minutes * MINUTE_MS);
}

/** Prints the wall clock of a zone as `3/29/2026, 03:00:00`. Throws RangeError for an unknown zone. */
function buildWallClockFormat(timeZone: string): Intl.DateTimeFormat {
  const numeric = "numeric";
  return new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
  });
}

/**
 * Offsets of a zone, looked up in the time zone database of Node. No zone has changed its offset twice within a week
 * since 1970 (the closest are 7 days apart, tz 2026c), so a UTC day that begins and ends with one offset has no other
 * in between: hours of a day then cost two look-ups and not 24, at about 1 µs each.
 */
function buildOffsetLookup(timeZone: string): OffsetAt {
  const format = buildWallClockFormat(timeZone);
  const lookUp: OffsetAt = (timeMs) => {
    const secondMs = Math.floor(timeMs / 1000) * 1000;
    const shown = format.format(secondMs).match(/\d+/g) ?? [];
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = shown.map(Number);
    return toDayMs(year, month - 1, day) + hour * HOUR_MS + minute * MINUTE_MS + second * 1000 - secondMs;
  };
  let day = { startMs: Number.NaN, offsetMs: 0, constant: false };
  return (timeMs) => {
    const startMs = Math.floor(timeMs / DAY_MS) * DAY_MS;
    if (day.startMs !== startMs) {
      const offsetMs = lookUp(startMs);
      day = { startMs, offsetMs, constant: offsetMs === lookUp(startMs + DAY_MS) };
    }
    return day.constant ? day.offsetMs : lookUp(timeMs);
  };
}

/** The minute or hour around a time. A change of offset inside it ends one window and begins the next. */
function clockWindow(timeMs: number, lengthMs: number, offsetAt: OffsetAt): CalendarWindow {
  const offsetMs = offsetAt(timeMs);
  const startMs = Math.floor((timeMs + offsetMs) / lengthMs) * lengthMs - offsetMs;
  const endMs = startMs + lengthMs;
  return {
    // Without these two cuts, Lord Howe's windows overlap where its clock moves by half an hour.
    startMs: offsetAt(startMs) === offsetMs ? startMs : changeBetween(startMs, timeMs, offsetAt),
    endMs: offsetAt(endMs) === offsetMs ? endMs : changeBetween(timeMs, endMs, offsetAt),
  };
}

/** The day, week, month or year around a time. */
function dateWindow(timeMs: number, unit: CalendarUnit, offsetAt: OffsetAt): CalendarWindow {
  let wallStartMs = startOnWall(timeMs + offsetAt(timeMs), unit);
  let startMs = firstMomentAt(wallStartMs, offsetAt);
  for (;;) {
    wallStartMs = nextOnWall(wallStartMs, unit);
    const endMs = firstMomentAt(wallStartMs, offsetAt);
    if (endMs > timeMs) return { startMs, endMs };
    // The clock went back over midnight (St. John's, at 00:01): the wall shows yesterday, but today has begun.
    startMs = endMs;
  }
}

/** The start of the day, ISO week, month or year that a wall clock shows. */
function startOnWall(wallMs: number, unit: CalendarUnit): number {
  const dayMs = Math.floor(wallMs / DAY_MS) * DAY_MS;
  const date = new Date(dayMs);
  if (unit === "week") return dayMs - ((date.getUTCDay() + 6) % 7) * DAY_MS;
  if (unit === "month") return toDayMs(date.getUTCFullYear(), date.getUTCMonth(), 1);
  if (unit === "year") return toDayMs(date.getUTCFullYear(), 0, 1);
  return dayMs;
}

/** The start after one that startOnWall gave. */
function nextOnWall(wallStartMs: number, unit: CalendarUnit): number {
  const date = new Date(wallStartMs);
  if (unit === "week") return wallStartMs + 7 * DAY_MS;
  if (unit === "month") return toDayMs(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  if (unit === "year") return toDayMs(date.getUTCFullYear() + 1, 0, 1);
  return wallStartMs + DAY_MS;
}

/** UTC midnight of a day; months count from 0. Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999. */
function toDayMs(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}

/** The first moment at which the wall clock shows `wallMs`, or the first after it where the clock skips that. */
function firstMomentAt(wallMs: number, offsetAt: OffsetAt): number {
  // A wall clock is less than a day away from UTC, so these two offsets are the only ones that can hold around it.
  const [before, after] = [offsetAt(wallMs - DAY_MS), offsetAt(wallMs + DAY_MS)];
  const earlyMs = wallMs - Math.max(before, after);
  const lateMs = wallMs - Math.min(before, after);
  // Shown twice (Havana's midnight): the earlier one counts, else the day's first hour would belong to the day before.
  if (earlyMs + offsetAt(earlyMs) === wallMs) return earlyMs;
  if (lateMs + offsetAt(lateMs) === wallMs) return lateMs;
  return changeBetween(earlyMs, lateMs, offsetAt);
}

/** The first moment in (beforeMs, afterMs] at which the offset of `afterMs` holds. Halves at most 27 times (a day). */
function changeBetween(beforeMs: number, afterMs: number, offsetAt: OffsetAt): number {
  const offsetMs = offsetAt(afterMs);
  let [lowMs, highMs] = [beforeMs, afterMs];
  while (highMs - lowMs > 1) {
    const middleMs = Math.floor((lowMs + highMs) / 2);
    if (offsetAt(middleMs) === offsetMs) highMs = middleMs;
    else lowMs = middleMs;
  }
  return highMs;
}
