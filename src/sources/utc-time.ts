/**
 * The numbers of a written time -> UTC milliseconds, strictly: what no calendar has is not rounded to something near.
 */

/** A time as written: month from 1, `offsetMinutes` east of UTC. Each a non-negative integer except the offset. */
export type WrittenTime = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  readonly offsetMinutes: number;
};

const DAYS_BY_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * UTC milliseconds, or null when the time does not exist (31 February, hour 24, second 61) or lies before 1970.
 * A leap second `:60` is read as `:59`. Not Date.UTC alone: it makes 3 March of 31 February, and usage of one day
 * would be charged to another.
 */
export function toUtcMs(time: WrittenTime): number | null {
  const { year, month, day, hour, minute, second } = time;
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return null;
  const isLeapYear = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const daysInMonth = month === 2 && isLeapYear ? 29 : (DAYS_BY_MONTH[month - 1] as number);
  // Date.UTC takes years below 100 for 1900 and on; all of them lie before 1970 anyway.
  if (day > daysInMonth || year < 1969) return null;
  const localMs = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59), time.ms);
  const utcMs = localMs - time.offsetMinutes * 60_000;
  return utcMs < 0 ? null : utcMs;
}
