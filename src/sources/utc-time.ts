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

const DAY_MS = 86_400_000;

const DAYS_BY_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * UTC milliseconds, or null when the time does not exist (31 February, hour 24, second 61) or lies before 1970.
 * A leap second `:60` is read as `:59`. Not Date.UTC: it makes 3 March of 31 February, and usage of one day
 * would be charged to another.
 */
export function toUtcMs(time: WrittenTime): number | null {
  const { year, month, day, hour, minute, second } = time;
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return null;
  const isLeapYear = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const daysInMonth = month === 2 && isLeapYear ? 29 : (DAYS_BY_MONTH[month - 1] as number);
  if (day > daysInMonth || year < 1969) return null;
  const seconds = (hour * 60 + minute) * 60 + Math.min(second, 59);
  const localMs = daysSince1970(year, month, day) * DAY_MS + seconds * 1000 + time.ms;
  const utcMs = localMs - time.offsetMinutes * 60_000;
  return utcMs < 0 ? null : utcMs;
}

/** Days from 1 March of the year 0 to 1970-01-01. */
const DAYS_TO_1970 = 719_468;

/** Years begin in March here, so that the leap day is the last one. Date.UTC takes ten times as long: a log asks per line. */
function daysSince1970(year: number, month: number, day: number): number {
  const years = month < 3 ? year - 1 : year;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  const dayOfYear = Math.floor((153 * (month < 3 ? month + 9 : month - 3) + 2) / 5) + day - 1;
  return years * 365 + leapDays + dayOfYear - DAYS_TO_1970;
}
