/**
 * The ladder of tables: every millisecond of a range is read exactly once, from the coarsest table that is exact.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Grain } from "../model/grain.ts";
import { DAY_MS, HOUR_MS } from "../model/time-range.ts";
import { DIMENSIONS, type Dimension, WINDOW_UNITS } from "../model/usage-query.ts";
import { buildWindows } from "../model/window.ts";
import { AppError } from "../platform/errors.ts";
import { type ScanSegment, USAGE_TABLES } from "../store/usage-store.ts";
import { chooseSegments, findKeptFrom, isAligned, type SegmentRequest } from "./choose-segments.ts";

const at = (text: string): number => Date.parse(text);

/** A request without boundaries, dimensions or dropped rows unless said otherwise. */
function request(start: string, end: string, fields: Partial<SegmentRequest> = {}): SegmentRequest {
  return { range: { startMs: at(start), endMs: at(end) }, boundaries: [], dimensions: [], keptFrom: {}, ...fields };
}

/** Segments as `table start end`, to the minute. */
function print(segments: readonly ScanSegment[]): string[] {
  const short = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 16);
  return segments.map(({ table, startMs, endMs }) => `${table} ${short(startMs)} ${short(endMs)}`);
}

describe("findKeptFrom", () => {
  test("does not name the time of a table that was never dropped: what is missed is of another one", () => {
    const keptFrom = {
      usage_total_per_day: at("2026-01-01T00:00Z"),
      usage_total_per_hour: at("2026-05-01T00:00Z"),
      usage_raw: at("2026-05-01T00:00Z"),
    };
    const isHour = (grain: Grain) => grain === "hour" || grain === "millisecond";
    expect(findKeptFrom({ dimensions: [], keptFrom }, isHour)).toBe(at("2026-05-01T00:00Z"));
  });
});

describe("chooseSegments", () => {
  test("the edges of a range come from the raw rows, whole hours from the hours", () => {
    expect(print(chooseSegments(request("2026-03-01T08:30Z", "2026-03-01T11:30Z")))).toEqual([
      "usage_raw 2026-03-01T08:30 2026-03-01T09:00",
      "usage_total_per_hour 2026-03-01T09:00 2026-03-01T11:00",
      "usage_raw 2026-03-01T11:00 2026-03-01T11:30",
    ]);
  });

  test("whole days in the middle come from the days, and every edge from the next finer table", () => {
    expect(print(chooseSegments(request("2026-03-01T22:30Z", "2026-03-04T01:30Z")))).toEqual([
      "usage_raw 2026-03-01T22:30 2026-03-01T23:00",
      "usage_total_per_hour 2026-03-01T23:00 2026-03-02T00:00",
      "usage_total_per_day 2026-03-02T00:00 2026-03-04T00:00",
      "usage_total_per_hour 2026-03-04T00:00 2026-03-04T01:00",
      "usage_raw 2026-03-04T01:00 2026-03-04T01:30",
    ]);
  });

  test("a range inside one hour is raw", () => {
    expect(print(chooseSegments(request("2026-03-01T08:10Z", "2026-03-01T08:50Z")))).toEqual([
      "usage_raw 2026-03-01T08:10 2026-03-01T08:50",
    ]);
  });

  test("a year by month in UTC is one segment of days", () => {
    const boundaries = Array.from({ length: 11 }, (_, month) => Date.UTC(2026, month + 1, 1));
    expect(print(chooseSegments(request("2026-01-01T00:00Z", "2027-01-01T00:00Z", { boundaries })))).toEqual([
      "usage_total_per_day 2026-01-01T00:00 2027-01-01T00:00",
    ]);
  });

  test("around a midnight that is no UTC midnight, hours are read for that one day", () => {
    const boundaries = [at("2026-03-31T22:00Z")];
    expect(print(chooseSegments(request("2026-03-01T00:00Z", "2026-05-01T00:00Z", { boundaries })))).toEqual([
      "usage_total_per_day 2026-03-01T00:00 2026-03-31T00:00",
      "usage_total_per_hour 2026-03-31T00:00 2026-04-01T00:00",
      "usage_total_per_day 2026-04-01T00:00 2026-05-01T00:00",
    ]);
  });

  test("hours of a zone with half an hour are all raw", () => {
    const boundaries = Array.from({ length: 48 }, (_, hour) => at("2026-03-01T00:30Z") + hour * HOUR_MS);
    expect(print(chooseSegments(request("2026-03-01T00:00Z", "2026-03-03T00:00Z", { boundaries })))).toEqual([
      "usage_raw 2026-03-01T00:00 2026-03-03T00:00",
    ]);
  });

  test("days of another zone over years are hours in one segment, not hundreds of pieces", () => {
    const boundaries = Array.from({ length: 150 }, (_, week) => at("2024-01-07T23:00Z") + week * 7 * DAY_MS);
    expect(print(chooseSegments(request("2024-01-01T00:00Z", "2026-01-01T00:00Z", { boundaries })))).toEqual([
      "usage_total_per_hour 2024-01-01T00:00 2026-01-01T00:00",
    ]);
  });

  test("assets are read from the days per asset, and their edges from the raw rows", () => {
    const given = request("2026-03-01T23:00Z", "2026-03-03T00:00Z", { dimensions: ["asset", "space"] });
    expect(print(chooseSegments(given))).toEqual([
      "usage_raw 2026-03-01T23:00 2026-03-02T00:00",
      "usage_asset_per_day 2026-03-02T00:00 2026-03-03T00:00",
    ]);
  });

  test("whole months of assets come from the months, and the days around them from the days", () => {
    const given = request("2026-01-31T00:00Z", "2026-04-02T00:00Z", { dimensions: ["asset", "kind"] });
    expect(print(chooseSegments(given))).toEqual([
      "usage_asset_per_day 2026-01-31T00:00 2026-02-01T00:00",
      "usage_asset_per_month 2026-02-01T00:00 2026-04-01T00:00",
      "usage_asset_per_day 2026-04-01T00:00 2026-04-02T00:00",
    ]);
  });

  test.each<[Dimension[], string]>([
    [[], "usage_total_per_day"],
    [["kind"], "usage_total_per_day"],
    [["operation"], "usage_total_per_day"],
    [["space", "kind"], "usage_space_per_month"],
    [["bucket", "kind"], "usage_bucket_per_month"],
    [["user", "kind"], "usage_user_per_month"],
    [["user", "operation", "kind"], "usage_user_per_day"],
    [["space", "asset"], "usage_asset_per_month"],
    [["space", "user"], "usage_raw"],
  ])("a month by %j is read from %s, the smallest table that knows all of it", (dimensions, table) => {
    expect(print(chooseSegments(request("2026-03-01T00:00Z", "2026-04-01T00:00Z", { dimensions })))).toEqual([
      `${table} 2026-03-01T00:00 2026-04-01T00:00`,
    ]);
  });

  test("a refusal names what cannot be told apart, and no dimensions where there are none to leave out", () => {
    const cutMs = at("2026-02-01T00:00Z");
    const names = Object.entries(USAGE_TABLES).filter(([, { grain }]) => grain !== "month");
    const keptFrom = Object.fromEntries(names.map(([table]) => [table, cutMs]));
    const refuse = (dimensions: Dimension[]) => () =>
      chooseSegments(request("2026-01-05T00:00Z", "2026-01-06T00:00Z", { keptFrom, dimensions }));
    const rest = "is kept only from 2026-02-01T00:00:00.000Z on, before that by whole months of UTC.";
    const later = "for a later start and no gauge (stored_bytes, objects).";
    expect(refuse([])).toThrow(`Usage ${rest} Ask ${later}`);
    expect(refuse(["space"])).toThrow(`Usage by space ${rest} Ask ${later}`);
    const both = "Usage by space and user together is kept only from 2026-02-01T00:00:00.000Z on.";
    expect(refuse(["space", "user"])).toThrow(`${both} Filter and group by fewer dimensions, or ask ${later}`);
  });

  test("minutes of a bucket come from the minutes, those of a user from the raw rows", () => {
    const boundaries = [1, 2, 3].map((minute) => at("2026-03-01T08:00Z") + minute * 60_000);
    const tables = (dimensions: Dimension[]) =>
      print(chooseSegments(request("2026-03-01T08:00Z", "2026-03-01T08:04Z", { boundaries, dimensions })));
    expect(tables(["bucket"])).toEqual(["usage_bucket_per_minute 2026-03-01T08:00 2026-03-01T08:04"]);
    expect(tables(["user"])).toEqual(["usage_raw 2026-03-01T08:00 2026-03-01T08:04"]);
  });

  test("dimensions that only the raw rows have together are read from the raw rows", () => {
    const given = request("2026-03-01T00:00Z", "2026-03-03T00:00Z", { dimensions: ["asset", "operation"] });
    expect(print(chooseSegments(given))).toEqual(["usage_raw 2026-03-01T00:00 2026-03-03T00:00"]);
  });

  test("where raw rows have been dropped, the range is the whole hours that begin in it", () => {
    const rawFromMs = at("2026-04-01T00:00Z");
    expect(
      print(chooseSegments(request("2026-03-01T08:30Z", "2026-03-01T11:30Z", { keptFrom: { usage_raw: rawFromMs } }))),
    ).toEqual(["usage_total_per_hour 2026-03-01T09:00 2026-03-01T12:00"]);
  });

  test("only the part from which rows are dropped is of whole hours", () => {
    const rawFromMs = at("2026-03-02T00:00Z");
    expect(
      print(chooseSegments(request("2026-03-01T22:30Z", "2026-03-02T01:30Z", { keptFrom: { usage_raw: rawFromMs } }))),
    ).toEqual([
      "usage_total_per_hour 2026-03-01T23:00 2026-03-02T01:00",
      "usage_raw 2026-03-02T01:00 2026-03-02T01:30",
    ]);
  });

  test("an hour that was read whole because its first half is dropped is not read again", () => {
    const rawFromMs = at("2026-03-02T00:30Z");
    expect(
      print(chooseSegments(request("2026-03-01T23:00Z", "2026-03-02T02:30Z", { keptFrom: { usage_raw: rawFromMs } }))),
    ).toEqual([
      "usage_total_per_hour 2026-03-01T23:00 2026-03-02T02:00",
      "usage_raw 2026-03-02T02:00 2026-03-02T02:30",
    ]);
  });

  test("assets from before the dropped rows are those of the days that begin in the range", () => {
    const rawFromMs = at("2026-04-01T00:00Z");
    const given = { keptFrom: { usage_raw: rawFromMs }, dimensions: ["asset"] } as const;
    const losAngeles = request("2026-03-01T08:00Z", "2026-03-02T08:00Z", given);
    expect(print(chooseSegments(losAngeles))).toEqual(["usage_asset_per_day 2026-03-02T00:00 2026-03-03T00:00"]);
    expect(chooseSegments(request("2026-03-01T08:30Z", "2026-03-01T11:30Z", given))).toEqual([]);
  });

  test("dimensions that only dropped rows had together are refused, never counted as zero", () => {
    const rawFromMs = at("2026-03-02T00:00Z");
    const given = request("2026-03-01T00:00Z", "2026-03-05T00:00Z", {
      keptFrom: { usage_raw: rawFromMs },
      dimensions: ["asset", "operation"],
    });
    expect(() => chooseSegments(given)).toThrow(AppError);
    expect(() => chooseSegments(given)).toThrow(/asset and operation .* 2026-03-02T00:00:00.000Z/);
    expect(chooseSegments({ ...given, range: { startMs: rawFromMs, endMs: rawFromMs + 1 } })).toHaveLength(1);
  });

  test("minutes that were dropped come from the raw rows, hours around them from the hours", () => {
    const keptFrom = { usage_bucket_per_minute: at("2026-03-02T00:00Z") };
    const given = request("2026-03-01T22:30Z", "2026-03-02T00:30Z", { keptFrom, dimensions: ["bucket"] });
    expect(print(chooseSegments(given))).toEqual([
      "usage_raw 2026-03-01T22:30 2026-03-01T23:00",
      "usage_bucket_per_hour 2026-03-01T23:00 2026-03-02T00:00",
      "usage_bucket_per_minute 2026-03-02T00:00 2026-03-02T00:30",
    ]);
  });

  test("where hours were dropped with their raw rows, the range is of whole days", () => {
    const keptFrom = { usage_raw: at("2026-03-02T00:00Z"), usage_space_per_hour: at("2026-03-02T00:00Z") };
    const given = request("2026-02-28T22:30Z", "2026-03-02T00:30Z", { keptFrom, dimensions: ["space"] });
    expect(print(chooseSegments(given))).toEqual([
      "usage_space_per_day 2026-03-01T00:00 2026-03-02T00:00",
      "usage_raw 2026-03-02T00:00 2026-03-02T00:30",
    ]);
  });

  test("what lies before everything that is kept is exact from the beginning of time and refused from later on", () => {
    const keptFrom = { usage_raw: at("2026-03-02T00:00Z"), usage_user_per_day: at("2026-03-02T00:00Z") };
    const given = request("1970-01-01T00:00Z", "2026-03-03T00:00Z", { keptFrom, dimensions: ["user"] });
    expect(print(chooseSegments(given))).toEqual(["usage_user_per_day 1970-01-01T00:00 2026-03-03T00:00"]);
    const later = { ...given, range: { startMs: at("2026-03-01T00:00Z"), endMs: given.range.endMs } };
    expect(() => chooseSegments(later)).toThrow(/kept only from 2026-03-02T00:00:00.000Z/);
    const shorter = { ...given, range: { startMs: 0, endMs: at("2026-02-15T00:00Z") } };
    expect(() => chooseSegments(shorter)).toThrow(AppError);
    const months = { ...given, range: { startMs: 0, endMs: at("2026-02-01T00:00Z") } };
    expect(print(chooseSegments(months))).toEqual(["usage_user_per_month 1970-01-01T00:00 2026-02-01T00:00"]);
    expect(() => chooseSegments({ ...given, boundaries: [at("2026-02-01T00:00Z")] })).toThrow(AppError);
  });

  test.each(Array.from({ length: 30 }, (_, day) => new Date(at("2026-09-01T00:00Z") + day * DAY_MS).toISOString()))(
    "a year by month has the month in which days were dropped as one sum, also where they were up to %s",
    (daysFrom) => {
      const keptFrom = {
        usage_raw: at("2026-10-25T00:00Z"),
        usage_space_per_hour: at("2026-10-25T00:00Z"),
        usage_space_per_day: at(daysFrom),
        usage_asset_per_day: at(daysFrom),
      };
      const boundaries = Array.from({ length: 11 }, (_, month) => Date.UTC(2026, month + 1, 1));
      const given = { keptFrom, boundaries, dimensions: ["space", "kind"] } as const;
      expect(print(chooseSegments(request("2026-01-01T00:00Z", "2027-01-01T00:00Z", given)))).toEqual([
        "usage_space_per_month 2026-01-01T00:00 2026-10-01T00:00",
        "usage_space_per_day 2026-10-01T00:00 2026-11-01T00:00",
        "usage_space_per_month 2026-11-01T00:00 2027-01-01T00:00",
      ]);
      // What lies in September before that day is in no sum of its own.
      const part = { ...given, range: { startMs: at("2026-01-01T00:00Z"), endMs: at(daysFrom) } };
      if (daysFrom.startsWith("2026-09-01")) expect(chooseSegments(part)).toHaveLength(1);
      else expect(() => chooseSegments(part)).toThrow(/kept only from/);
    },
  );

  const anyRange = fc
    .record({
      startMs: fc.integer({ min: at("2026-01-01T00:00Z"), max: at("2026-12-31T00:00Z") }),
      lengthMs: fc.oneof(fc.integer({ min: 1, max: 2 * DAY_MS }), fc.integer({ min: 1, max: 400 * DAY_MS })),
      wholeMs: fc.constantFrom(1, HOUR_MS, DAY_MS),
    })
    .map(({ startMs, lengthMs, wholeMs }) => {
      const start = Math.floor(startMs / wholeMs) * wholeMs;
      return { startMs: start, endMs: start + Math.ceil(lengthMs / wholeMs) * wholeMs };
    });
  const anyDay = fc.integer({ min: 0, max: 500 }).map((days) => at("2026-01-01T00:00Z") + days * DAY_MS);
  const anyBoundaries = fc.record({
    unit: fc.constantFrom(...WINDOW_UNITS.filter((unit) => unit !== "minute")),
    timeZone: fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"),
  });
  const anyDimensions: fc.Arbitrary<Dimension[]> = fc.subarray([...DIMENSIONS]);

  test("segments cover a range exactly, one after the other, and no row lies across a boundary", () => {
    const property = fc.property(anyRange, anyBoundaries, anyDimensions, (range, { unit, timeZone }, dimensions) => {
      const boundaries = buildWindows(range, unit, timeZone).map((window) => window.fromMs);
      const segments = chooseSegments({ range, boundaries, dimensions, keptFrom: {} });
      expect([segments[0]?.startMs, segments.at(-1)?.endMs]).toEqual([range.startMs, range.endMs]);
      for (const [index, segment] of segments.entries()) {
        if (index > 0) expect(segment.startMs).toBe(segments[index - 1]?.endMs);
        expect(isAligned(segment.startMs, segment.table) && isAligned(segment.endMs, segment.table)).toBe(true);
        expect(USAGE_TABLES[segment.table].dimensions).toEqual(expect.arrayContaining(dimensions));
        const inside = boundaries.filter((timeMs) => timeMs > segment.startMs && timeMs < segment.endMs);
        expect(inside.every((timeMs) => isAligned(timeMs, segment.table))).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("rows that were dropped are never read, and what is read is what begins in the range, once", () => {
    const cuts = fc.record({ usage_raw: anyDay, hours: fc.option(anyDay) }).map(({ usage_raw, hours }) => {
      return { usage_raw, ...(hours === null ? {} : { usage_space_per_hour: hours }) };
    });
    const property = fc.property(anyRange, anyBoundaries, cuts, (range, { unit, timeZone }, keptFrom) => {
      const boundaries = buildWindows(range, unit, timeZone).map((window) => window.fromMs);
      const segments = chooseSegments({ range, boundaries, dimensions: ["space"], keptFrom });
      for (const [index, segment] of segments.entries()) {
        if (index > 0) expect(segment.startMs).toBe(segments[index - 1]?.endMs);
        expect(isAligned(segment.startMs, segment.table) && isAligned(segment.endMs, segment.table)).toBe(true);
        const keptFromMs = { ...keptFrom }[segment.table as keyof typeof keptFrom] ?? segment.startMs;
        expect(segment.startMs).toBeGreaterThanOrEqual(keptFromMs);
      }
      const [first = { startMs: range.startMs }, last = { endMs: range.endMs }] = [segments[0], segments.at(-1)];
      for (const [readMs, askedMs] of [[first.startMs, range.startMs] as const, [last.endMs, range.endMs] as const]) {
        expect(readMs).toBeGreaterThanOrEqual(askedMs);
        expect(readMs - askedMs).toBeLessThan(DAY_MS);
      }
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("two ranges side by side read what the range of both reads, and nothing twice, whatever was dropped", () => {
    const anyPart = fc.double({ min: 0, max: 1, noNaN: true });
    const property = fc.property(anyRange, anyPart, anyDay, anyDay, (range, part, usage_raw, hoursFromMs) => {
      const keptFrom = { usage_raw, usage_space_per_hour: hoursFromMs };
      const middleMs = range.startMs + Math.floor(part * (range.endMs - range.startMs));
      const read = (startMs: number, endMs: number) =>
        chooseSegments({ range: { startMs, endMs }, boundaries: [], dimensions: ["space"], keptFrom });
      const sides = [...read(range.startMs, middleMs), ...read(middleMs, range.endMs)];
      for (const [index, { startMs }] of sides.slice(1).entries()) expect(startMs).toBe(sides[index]?.endMs);
      const both = read(range.startMs, range.endMs);
      expect([sides[0]?.startMs, sides.at(-1)?.endMs]).toEqual([both[0]?.startMs, both.at(-1)?.endMs]);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
