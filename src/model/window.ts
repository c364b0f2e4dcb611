/**
 * A range of time -> its windows. Pure; what is counted in a window is not known here.
 */
import { buildCalendar } from "./time-range.ts";
import type { TimeRange, WindowUnit } from "./usage-query.ts";
import type { UsageWindow } from "./usage-result.ts";

/**
 * Cuts a range into the windows of a unit, ascending: every moment of the range lies in exactly one. The first and the
 * last are cut by the range. `none` gives one window, an empty range none at all.
 * Stops after `windowsMax` + 1 windows: a caller can tell that there are too many without building a minute window for
 * each of ten years. Throws RangeError for an unknown time zone.
 */
export function buildWindows(
  range: TimeRange,
  unit: WindowUnit,
  timeZone: string,
  windowsMax = Number.POSITIVE_INFINITY,
): UsageWindow[] {
  const windows: UsageWindow[] = [];
  if (unit === "none") {
    if (range.startMs < range.endMs) {
      windows.push({ startMs: range.startMs, fromMs: range.startMs, untilMs: range.endMs });
    }
    return windows;
  }
  const calendar = buildCalendar(timeZone);
  let fromMs = range.startMs;
  while (fromMs < range.endMs && windows.length <= windowsMax) {
    const { startMs, endMs } = calendar.windowAround(fromMs, unit);
    const untilMs = Math.min(endMs, range.endMs);
    windows.push({ startMs, fromMs, untilMs });
    fromMs = untilMs;
  }
  return windows;
}

/**
 * Cuts a range into windows of `stepMs` that begin at whole multiples of it since 1970 (UTC); otherwise as buildWindows,
 * also in stopping one window after the bound.
 */
export function buildEvenWindows(
  range: TimeRange,
  stepMs: number,
  windowsMax = Number.POSITIVE_INFINITY,
): UsageWindow[] {
  const windows: UsageWindow[] = [];
  let fromMs = range.startMs;
  while (fromMs < range.endMs && windows.length <= windowsMax) {
    const startMs = Math.floor(fromMs / stepMs) * stepMs;
    const untilMs = Math.min(startMs + stepMs, range.endMs);
    windows.push({ startMs, fromMs, untilMs });
    fromMs = untilMs;
  }
  return windows;
}
