/**
 * The grains of stored sums: stretches of UTC time that a row of a table stands for. Pure; knows no table.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./time-range.ts";

/** How much time one row stands for, from the finest to the coarsest. Months are those of the calendar in UTC. */
export const GRAINS = ["millisecond", "minute", "hour", "day", "month"] as const;

/** One of the grains above. */
export type Grain = (typeof GRAINS)[number];

/** The length of a grain in milliseconds; of months that of the shortest one. */
export const GRAIN_MS: Readonly<Record<Grain, number>> = {
  millisecond: 1,
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  month: 28 * DAY_MS,
};

/** The start (UTC ms) of the stretch that `timeMs` lies in. */
export function floorToGrain(timeMs: number, grain: Grain): number {
  if (grain !== "month") return Math.floor(timeMs / GRAIN_MS[grain]) * GRAIN_MS[grain];
  return startOfMonth(timeMs, 0);
}

/** `timeMs` where a stretch starts there, else the start (UTC ms) of the next one. */
export function ceilToGrain(timeMs: number, grain: Grain): number {
  if (grain !== "month") return Math.ceil(timeMs / GRAIN_MS[grain]) * GRAIN_MS[grain];
  return floorToGrain(timeMs, grain) === timeMs ? timeMs : startOfMonth(timeMs, 1);
}

/** The start of the UTC month that lies `later` months after that of `timeMs`. */
function startOfMonth(timeMs: number, later: number): number {
  const date = new Date(timeMs);
  date.setUTCHours(0, 0, 0, 0);
  // Not Date.UTC(year, month): it takes the years 0 to 99 for 1900 to 1999, and openings begin in year 1.
  return date.setUTCMonth(date.getUTCMonth() + later, 1);
}
