/**
 * `period`: how many hours a snapshot looks back.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20. There it
 * is a field of the answers, 24 by default; we take it as a parameter as well.
 */
import type { TimeRange } from "../../model/usage-query.ts";
import { readFirst } from "../wire-parameters.ts";
import { buildParameterError } from "./request-parameters.ts";

const PERIOD_HOURS_DEFAULT = 24;

/** 364 days, as far back as a time series may reach. */
const PERIOD_HOURS_MAX = 8736;

const HOUR_MS = 3_600_000;

/** The period in hours, from 1 to 8736. */
export function readPeriod(query: URLSearchParams): number {
  const text = readFirst(query, "period");
  if (text === undefined) return PERIOD_HOURS_DEFAULT;
  const hours = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (hours < 1 || hours > PERIOD_HOURS_MAX) {
    throw buildParameterError(`period must be an integer from 1 to ${PERIOD_HOURS_MAX}`);
  }
  return hours;
}

/** The last `periodHours` up to this moment, both ends included to the millisecond; not aligned to the hour. */
export function toPeriodRange(periodHours: number, nowMs: number): TimeRange {
  return { startMs: nowMs - periodHours * HOUR_MS, endMs: nowMs + 1 };
}

/** How long a period may be at this moment that begins no earlier than `keptFromMs`, for whoever asked for a longer one. */
export function toPeriodBound(keptFromMs: number, nowMs: number): string {
  return `period must be at most ${Math.floor((nowMs - keptFromMs) / HOUR_MS)}`;
}
