/**
 * Windows: every moment of a range lies in exactly one, whatever the range, the unit and the zone.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildCalendar, DAY_MS } from "./time-range.ts";
import { type TimeRange, WINDOW_UNITS } from "./usage-query.ts";
import { buildEvenWindows, buildWindows } from "./window.ts";

const at = (text: string): number => Date.parse(text);
const range = (start: string, end: string): TimeRange => ({ startMs: at(start), endMs: at(end) });

/** Zones with whole, half and quarter hours, clocks that skip midnight, and none of all that. */
const ZONES = ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"];
const MORE_ZONES = ["Africa/Cairo", "America/Havana", "America/St_Johns", "Pacific/Apia", "Pacific/Kiritimati"];

const anyRange = fc
  .record({
    startMs: fc.integer({ min: 0, max: at("2100-01-01T00:00Z") }),
    lengthMs: fc.oneof(fc.integer({ min: 1, max: 3 * DAY_MS }), fc.integer({ min: 1, max: 800 * DAY_MS })),
  })
  .map(({ startMs, lengthMs }) => ({ startMs, endMs: startMs + lengthMs }));

describe("buildWindows", () => {
  test("the first and the last window are cut by the range", () => {
    expect(buildWindows(range("2026-03-01T08:30Z", "2026-03-01T10:15Z"), "hour", "UTC")).toEqual([
      { startMs: at("2026-03-01T08:00Z"), fromMs: at("2026-03-01T08:30Z"), untilMs: at("2026-03-01T09:00Z") },
      { startMs: at("2026-03-01T09:00Z"), fromMs: at("2026-03-01T09:00Z"), untilMs: at("2026-03-01T10:00Z") },
      { startMs: at("2026-03-01T10:00Z"), fromMs: at("2026-03-01T10:00Z"), untilMs: at("2026-03-01T10:15Z") },
    ]);
  });

  test("a range that ends where a window begins does not touch that window", () => {
    expect(buildWindows(range("2026-02-01T00:00Z", "2026-04-01T00:00Z"), "month", "UTC")).toHaveLength(2);
  });

  test("the unit none gives one window, the range itself", () => {
    expect(buildWindows({ startMs: 5, endMs: 9 }, "none", "UTC")).toEqual([{ startMs: 5, fromMs: 5, untilMs: 9 }]);
  });

  test("an empty range has no window", () => {
    expect(buildWindows({ startMs: 5, endMs: 5 }, "none", "UTC")).toEqual([]);
    expect(buildWindows({ startMs: 5, endMs: 5 }, "day", "UTC")).toEqual([]);
  });

  test("building stops one window after the bound", () => {
    expect(buildWindows(range("2016-01-01T00:00Z", "2026-01-01T00:00Z"), "minute", "UTC", 10)).toHaveLength(11);
  });

  test("windows partition any range in any unit and zone", () => {
    const zone = fc.constantFrom(...ZONES, ...MORE_ZONES);
    const property = fc.property(anyRange, fc.constantFrom(...WINDOW_UNITS), zone, (given, unit, timeZone) => {
      const windows = buildWindows(given, unit, timeZone, 500);
      expect(windows[0]?.fromMs).toBe(given.startMs);
      if (windows.length <= 500) expect(windows.at(-1)?.untilMs).toBe(given.endMs);
      for (const [index, window] of windows.entries()) {
        expect(window.untilMs).toBeGreaterThan(window.fromMs);
        expect(window.startMs).toBeLessThanOrEqual(window.fromMs);
        if (index > 0) expect([window.startMs, window.fromMs]).toEqual([window.fromMs, windows[index - 1]?.untilMs]);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("every moment lies in the window that begins where the calendar says", () => {
    const units = fc.constantFrom("hour" as const, "day" as const, "week" as const, "month" as const, "year" as const);
    const zone = fc.constantFrom(...ZONES, ...MORE_ZONES);
    const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const property = fc.property(anyRange, units, zone, part, (given, unit, timeZone, fraction) => {
      const timeMs = given.startMs + Math.floor(fraction * (given.endMs - given.startMs));
      const around = buildWindows(given, unit, timeZone).filter((one) => one.fromMs <= timeMs && timeMs < one.untilMs);
      expect(around.map((one) => one.startMs)).toEqual([buildCalendar(timeZone).windowAround(timeMs, unit).startMs]);
    });
    fc.assert(property, { numRuns: 60 });
  });
});

describe("buildEvenWindows", () => {
  test("windows begin at whole multiples of their length; the first and the last are cut by the range", () => {
    expect(buildEvenWindows(range("2026-03-01T05:00Z", "2026-03-01T12:30Z"), 21_600_000)).toEqual([
      { startMs: at("2026-03-01T00:00Z"), fromMs: at("2026-03-01T05:00Z"), untilMs: at("2026-03-01T06:00Z") },
      { startMs: at("2026-03-01T06:00Z"), fromMs: at("2026-03-01T06:00Z"), untilMs: at("2026-03-01T12:00Z") },
      { startMs: at("2026-03-01T12:00Z"), fromMs: at("2026-03-01T12:00Z"), untilMs: at("2026-03-01T12:30Z") },
    ]);
  });

  test("building stops one window after the bound", () => {
    expect(buildEvenWindows(range("2016-01-01T00:00Z", "2026-01-01T00:00Z"), 600_000, 10)).toHaveLength(11);
  });
});
