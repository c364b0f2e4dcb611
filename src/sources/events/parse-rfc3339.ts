/**
 * RFC 3339 time -> UTC milliseconds, strictly.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3339 section 5.6, as of 2026-11-20
 */
import { toUtcMs } from "../utc-time.ts";

/** The longest time that is looked at: with 40 digits of a second nobody means a time. */
const LENGTH_MAX = 64;

//              2026  - 11    - 20      T    08  :  15  :  02    .0417         Z or + 01  :  00
const SHAPE = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * UTC milliseconds, or null for anything that is not a time of RFC 3339 from 1970 on. The offset must be there: a time
 * without one is another hour for each reader. Digits beyond the millisecond are dropped; a leap second is read as :59.
 */
export function parseRfc3339(text: string): number | null {
  const match = text.length <= LENGTH_MAX ? SHAPE.exec(text) : null;
  if (match === null) return null;
  const number = (group: number) => Number(match[group] ?? 0);
  if (number(9) > 23 || number(10) > 59) return null;
  const offsetMinutes = number(9) * 60 + number(10);
  return toUtcMs({
    year: number(1),
    month: number(2),
    day: number(3),
    hour: number(4),
    minute: number(5),
    second: number(6),
    ms: Number((match[7] ?? "").slice(0, 3).padEnd(3, "0")),
    offsetMinutes: match[8] === "-" ? -offsetMinutes : offsetMinutes,
  });
}
