/**
 * `window` and `timeBucketSize`: how far back, and in which steps.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference (names, values, the 10 minutes of a day), read
 * 2026-11-20. The other defaults and the bound are ours.
 */
import type { TimeRange, UsageQuery, WindowUnit } from "../../../model/usage-query.ts";
import { AppError } from "../../../platform/errors.ts";
import { readFirst } from "../../wire-parameters.ts";

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** One step: its name, its length in seconds, and how a query asks for it. */
export type StepSize = {
  readonly name: string;
  readonly lengthS: number;
  readonly unit: WindowUnit;
  readonly units: number;
};

const STEP_SIZES = {
  "5m": { name: "5m", lengthS: 300, unit: "minute", units: 5 },
  "10m": { name: "10m", lengthS: 600, unit: "minute", units: 10 },
  "1h": { name: "1h", lengthS: HOUR_S, unit: "hour", units: 1 },
  "6h": { name: "6h", lengthS: 6 * HOUR_S, unit: "hour", units: 6 },
  "12h": { name: "12h", lengthS: 12 * HOUR_S, unit: "hour", units: 12 },
  "1d": { name: "1d", lengthS: DAY_S, unit: "day", units: 1 },
} as const satisfies Readonly<Record<string, StepSize>>;

/** The values of `timeBucketSize`. */
export const STEP_NAMES = Object.keys(STEP_SIZES);

const LOOK_BACKS = {
  "24h": { lengthS: DAY_S, step: "10m" },
  "7d": { lengthS: 7 * DAY_S, step: "1h" },
  "30d": { lengthS: 30 * DAY_S, step: "6h" },
  "90d": { lengthS: 90 * DAY_S, step: "1d" },
  "180d": { lengthS: 180 * DAY_S, step: "1d" },
  "365d": { lengthS: 365 * DAY_S, step: "1d" },
} as const satisfies Readonly<Record<string, { readonly lengthS: number; readonly step: keyof typeof STEP_SIZES }>>;

/** The values of `window`. */
export const LOOK_BACK_NAMES = Object.keys(LOOK_BACKS);

/** Steps of one range, at most: 7 days of 5 minutes are 2017 of them, 90 days of hours 2161. */
const STEPS_MAX = 2200;

/** A range in UNIX seconds, both ends included, and the steps that it is cut into. */
export type StorageWindow = {
  readonly name: string;
  readonly startS: number;
  readonly endS: number;
  readonly step: StepSize;
};

/** Reads both parameters; throws `request/invalid` for the first one that is wrong. */
export function readStorageWindow(query: URLSearchParams, nowMs: number): StorageWindow {
  const name = readFirst(query, "window") ?? "24h";
  if (!isName(LOOK_BACKS, name)) throw new AppError("request/invalid", "Invalid window");
  const stepName = readFirst(query, "timeBucketSize") ?? LOOK_BACKS[name].step;
  if (!isName(STEP_SIZES, stepName)) throw new AppError("request/invalid", "Invalid timeBucketSize");
  const endS = Math.floor(nowMs / 1000);
  return { name, startS: endS - LOOK_BACKS[name].lengthS, endS, step: STEP_SIZES[stepName] };
}

function isName<Names extends object>(names: Names, text: string): text is Extract<keyof Names, string> {
  return Object.hasOwn(names, text);
}

/**
 * The starts of the steps in UNIX seconds, ascending: whole multiples of the step's length, from the one that the range
 * begins in to the one that it ends in. Throws `request/invalid` for more than 2200.
 */
export function listStepStarts({ startS, endS, step }: StorageWindow): readonly number[] {
  const first = Math.floor(startS / step.lengthS);
  const count = Math.floor(endS / step.lengthS) - first + 1;
  if (count > STEPS_MAX) throw new AppError("request/invalid", "timeBucketSize is too small for this window");
  return Array.from({ length: count }, (_, index) => (first + index) * step.lengthS);
}

/** The range of a query: the second at its end counts in full. */
export function toTimeRange({ startS, endS }: StorageWindow): TimeRange {
  return { startMs: startS * 1000, endMs: (endS + 1) * 1000 };
}

/** How a query asks for the steps. */
export function toQueryWindow({ step }: StorageWindow): Pick<UsageQuery, "window" | "windowLength"> {
  return { window: step.unit, windowLength: step.units };
}
