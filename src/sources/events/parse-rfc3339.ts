/**
 * RFC 3339 time -> UTC milliseconds, strictly.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3339 section 5.6, as of 2026-11-20
 */
import { toUtcMs } from "../utc-time.ts";

/** The longest time that is looked at: with 40 digits of a second nobody means a time. */
const LENGTH_MAX = 64;

/** Where `2026-11-20T08:15:02` ends. */
const SECONDS_END = 19;

/**
 * UTC milliseconds, or null for anything that is not a time of RFC 3339 from 1970 on. The offset must be there: a time
 * without one is another hour for each reader. Digits beyond the millisecond are dropped; a leap second is read as :59.
 * Character by character: every event has a time, and a regular expression takes three times as long.
 */
export function parseRfc3339(text: string): number | null {
  if (text.length > LENGTH_MAX || !hasSeparators(text)) return null;
  const fractionEnd = text[SECONDS_END] === "." ? skipDigits(text, SECONDS_END + 1) : SECONDS_END;
  if (fractionEnd === SECONDS_END + 1) return null;
  const offsetMinutes = readOffset(text, fractionEnd);
  const time = {
    year: readDigits(text, 0, 4),
    month: readDigits(text, 5, 7),
    day: readDigits(text, 8, 10),
    hour: readDigits(text, 11, 13),
    minute: readDigits(text, 14, 16),
    second: readDigits(text, 17, SECONDS_END),
    ms: readMilliseconds(text, fractionEnd),
    offsetMinutes,
  };
  const isRead = time.year + time.month + time.day + time.hour + time.minute + time.second + offsetMinutes;
  return Number.isNaN(isRead) ? null : toUtcMs(time);
}

function hasSeparators(text: string): boolean {
  const isDate = text[4] === "-" && text[7] === "-" && (text[10] === "T" || text[10] === "t");
  return isDate && text[13] === ":" && text[16] === ":";
}

/** The value of a digit, NaN for any other character or none. */
function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

/** The number from `from` up to before `to`; NaN where it is not digits alone. */
function readDigits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + digit(text, at);
  return value;
}

function skipDigits(text: string, from: number): number {
  let at = from;
  while (!Number.isNaN(digit(text, at))) at++;
  return at;
}

/** The first three digits behind the point; what is not written is 0. */
function readMilliseconds(text: string, fractionEnd: number): number {
  let ms = 0;
  for (let at = SECONDS_END + 1; at < SECONDS_END + 4; at++) ms = ms * 10 + (at < fractionEnd ? digit(text, at) : 0);
  return ms;
}

/** Minutes east of UTC by the text's end, `Z` or `+01:00`; NaN for anything else. */
function readOffset(text: string, from: number): number {
  const sign = text[from];
  if (text.length === from + 1) return sign === "Z" || sign === "z" ? 0 : Number.NaN;
  if (text.length !== from + 6 || (sign !== "+" && sign !== "-") || text[from + 3] !== ":") return Number.NaN;
  const [hours, minutes] = [readDigits(text, from + 1, from + 3), readDigits(text, from + 4, from + 6)];
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (sign === "-" ? -1 : 1) * (hours * 60 + minutes);
}
