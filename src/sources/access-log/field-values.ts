/**
 * Fields of a line, as text or JSON values -> numbers, statuses, times and cache results.
 */
import type { CacheResult } from "../../model/source-settings.ts";
import { buildCalendar } from "../../model/time-range.ts";
import { MEASURE_MAX } from "../../model/usage-event.ts";
import { toUtcMs } from "../utc-time.ts";
import { readLogTime } from "./parse-log-time.ts";

/** nginx writes 009 for requests of HTTP/0.9, whose answers have no status line: src/http/ngx_http_log_module.c, read 2026-11-20. */
const STATUS_HTTP_09 = 9;

const DIGITS = /^[0-9]{1,20}$/;

/** 100 to 999; null for none (`-`, empty, below 100); undefined for what is no status at all. */
export function readStatus(value: unknown): number | null | undefined {
  if (value === "" || value === "-" || value === null) return null;
  const status = toWhole(value);
  if (Number.isNaN(status) || status > 999) return undefined;
  if (status === STATUS_HTTP_09) return 200;
  return status < 100 ? null : status;
}

/** A number of bytes: 0 for `-`, empty and null; NaN for what is no integer from 0 to 2^53-1. */
export function readByteCount(value: unknown): number {
  if (value === "" || value === "-" || value === null || value === undefined) return 0;
  const bytes = toWhole(value);
  return bytes <= MEASURE_MAX ? bytes : Number.NaN;
}

function toWhole(value: unknown): number {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 ? value : Number.NaN;
  if (typeof value !== "string" || !DIGITS.test(value)) return Number.NaN;
  return Number(value);
}

/** Where numbers of seconds end and those of milliseconds, microseconds and nanoseconds begin. */
const SECONDS_MAX = 1e11;
const MILLISECONDS_MAX = 1e14;
const MICROSECONDS_MAX = 1e17;

/**
 * Nanoseconds of our time lose so many as a number: 1795162502042000000 is read as 1795162502041999872. Not counted in, that
 * would be a millisecond less.
 */
const NANOSECONDS_LOST_MAX = 128;

const DECIMAL = /^[0-9]{1,20}(?:\.[0-9]{1,12})?$/;

/**
 * A time as number or text -> UTC ms; null where it is none. Numbers are told apart by their size. Texts are ISO 8601 with
 * `T` or a space, also with slashes in the date (Caddy's `wall`), an offset with or without colon, or none: then the wall clock
 * of `timeZone` is meant, and in an hour that it repeats the first one. Or they are as Apache and nginx write them
 * (`$time_local`, Caddy's `common_log`).
 */
export function readTime(value: unknown, timeZone: string): number | null {
  if (typeof value === "number") return fromNumber(value);
  if (typeof value !== "string" || value.length > 64) return null;
  if (DECIMAL.test(value)) return fromNumber(Number(value));
  return readLogTime(value) ?? readWrittenTime(value, timeZone);
}

function fromNumber(value: number): number | null {
  if (!Number.isFinite(value) || value < 0) return null;
  if (value < SECONDS_MAX) return fromSeconds(value);
  if (value < MILLISECONDS_MAX) return Math.floor(value);
  if (value < MICROSECONDS_MAX) return Math.floor(value / 1000);
  return Math.floor(value / 1_000_000 + NANOSECONDS_LOST_MAX / 1_000_000);
}

/**
 * The millisecond that has begun. Rounded, the last half of one would count in the next hour; multiplied and cut, 1795162502.041
 * would be a millisecond less, because no binary fraction is 0.041.
 */
function fromSeconds(seconds: number): number {
  const nearestMs = Math.round(seconds * 1000);
  return nearestMs / 1000 > seconds ? nearestMs - 1 : nearestMs;
}

//              2026  - or /  11     20      T 08    :  15  :  02    .0417            Z or + 01    :  00
const WRITTEN =
  /^(\d{4})([-/])(\d\d)\2(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,12}))?(?:([Zz])|([+-])(\d\d):?(\d\d))?$/;

function readWrittenTime(text: string, timeZone: string): number | null {
  const match = WRITTEN.exec(text);
  if (match === null) return null;
  const number = (group: number) => Number(match[group] ?? 0);
  if (number(11) > 23 || number(12) > 59) return null;
  const offsetMinutes = (number(11) * 60 + number(12)) * (match[10] === "-" ? -1 : 1);
  const shownMs = toUtcMs({
    year: number(1),
    month: number(3),
    day: number(4),
    hour: number(5),
    minute: number(6),
    second: number(7),
    ms: Number((match[8] ?? "").slice(0, 3).padEnd(3, "0")),
    offsetMinutes,
  });
  const hasZone = match[9] !== undefined || match[10] !== undefined;
  if (shownMs === null || hasZone || timeZone === "UTC") return shownMs;
  return buildCalendar(timeZone).fromWallClock(shownMs);
}

const HIT = /^(hit|refreshhit|originshieldhit|hit-.*|revalidated|stale|updating|stream_hit)$/i;
const MISS = /^(miss|miss-.*|expired)$/i;

/** What the vendors' words for a cache's answer say; null for an absent or empty one. */
export function readCacheResult(value: string | null): CacheResult | null {
  if (value === null || value === "" || value === "-") return null;
  if (HIT.test(value)) return "hit";
  return MISS.test(value) ? "miss" : "other";
}

const YES: readonly unknown[] = [true, "true", 1, "1"];
const NO: readonly unknown[] = [false, "false", 0, "0"];

/** True for what says yes: templates that operators write give numbers and texts in place of `true`. */
export function saysYes(value: unknown): boolean {
  return YES.includes(value);
}

/** True for what says no; an absent field says neither. */
export function saysNo(value: unknown): boolean {
  return NO.includes(value);
}
