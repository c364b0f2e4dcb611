/**
 * The windows of a query -> how the store tells their rows apart. Pure.
 */
import { GRAIN_MS, type Grain } from "../model/grain.ts";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../model/time-range.ts";
import type { UsageQuery, WindowUnit } from "../model/usage-query.ts";
import type { UsageWindow } from "../model/usage-result.ts";
import { buildEvenWindows, buildWindows } from "../model/window.ts";
import { AppError } from "../platform/errors.ts";
import { type ScanSegment, USAGE_TABLES, type WindowSplit } from "../store/usage-store.ts";
import { findKeptFrom, grainAtStart, isAligned, type SegmentRequest } from "./choose-segments.ts";
import { NotKept } from "./not-kept.ts";

/** The shortest that a whole window of a unit is meant to be, clock changes left aside. */
export const UNIT_MS: Readonly<Record<WindowUnit, number>> = {
  none: Number.POSITIVE_INFINITY,
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 28 * DAY_MS,
  year: 365 * DAY_MS,
};

/** The windows of a query, at most `rowsMax`. Throws AppError `query/too-many-rows` for more. */
export function planWindows(query: UsageQuery, rowsMax: number): readonly UsageWindow[] {
  const { range, window, timeZone, windowLength = 1 } = query;
  const windows =
    windowLength === 1
      ? buildWindows(range, window, timeZone, rowsMax)
      : buildEvenWindows(range, windowLength * UNIT_MS[window], rowsMax);
  if (windows.length <= rowsMax) return windows;
  throw new AppError(
    "query/too-many-rows",
    `The range has more than ${rowsMax} windows of ${windowLength === 1 ? "one" : windowLength} ${window}. Ask for longer windows or a shorter range.`,
  );
}

/**
 * Refuses windows shorter than what is left of them: minutes of an hour whose raw rows are gone would show the whole
 * hour in its first minute and nothing in the others, and one minute alone, at which no other begins, all of its hour. Months
 * are never told apart anywhere but where one starts: 30 days would show the 31 that begin in them.
 * Throws NotKept.
 */
export function checkWindowsFit(
  { window, windowLength = 1 }: Pick<UsageQuery, "window" | "windowLength">,
  request: SegmentRequest,
  segments: readonly ScanSegment[],
): void {
  const isLongEnough = (grain: Grain) => grain !== "month" && UNIT_MS[window] * windowLength >= GRAIN_MS[grain];
  const isAlignedMonths = ({ table, startMs, endMs }: ScanSegment) =>
    USAGE_TABLES[table].grain === "month" &&
    request.boundaries.every((timeMs) => timeMs <= startMs || timeMs >= endMs || isAligned(timeMs, table));
  // The hour that the range begins in is read for the range before it, and minutes of it would be zeros.
  const across = grainAtStart(request);
  for (const segment of across === null ? segments : [across, ...segments]) {
    const { grain } = USAGE_TABLES[segment.table];
    if (isLongEnough(grain) || isAlignedMonths(segment)) continue;
    const keptFromMs = findKeptFrom(request, isLongEnough);
    throw new NotKept(
      `Usage of that age is kept per ${grain} only. Ask for longer windows, or for a start from ${formatTime(keptFromMs)} on.`,
      keptFromMs,
    );
  }
}

/**
 * How the store tells windows apart: by arithmetic where they are equally long, else by a list of their starts. Null
 * for a single window. Rows from before the first window, which gauges alone have (they are read from `fromMs` on), belong to
 * the first.
 */
export function splitWindows(windows: readonly UsageWindow[], fromMs: number): WindowSplit | null {
  const [first, second] = windows;
  if (first === undefined || second === undefined) return null;
  const readFromMs = Math.min(first.fromMs, fromMs);
  const originMs = first.startMs;
  const stepMs = second.startMs - originMs;
  // The ends as well: a last day of 25 hours after days of 24 would spill into a window that does not exist.
  const even = windows.every(
    ({ startMs, untilMs }, index) => startMs === originMs + index * stepMs && untilMs <= startMs + stepMs,
  );
  if (even) return { split: "step", originMs, stepMs, ...(readFromMs < originMs ? { isFirstOpen: true } : {}) };
  return { split: "starts", startsMs: windows.map((window, index) => (index === 0 ? readFromMs : window.fromMs)) };
}
