/**
 * Plans as data: what is refused and how it is worded, which sums are read, how windows are told apart.
 */
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../model/time-range.ts";
import type { UsageQuery } from "../model/usage-query.ts";
import { AppError } from "../platform/errors.ts";
import { planQuery } from "./plan.ts";

const at = (text: string): number => Date.parse(text);
const LIMITS = { rowsMax: 10_000, daysMax: 400 };

/** One day of requests in one window unless said otherwise. */
function query(fields: Partial<UsageQuery> = {}): UsageQuery {
  return {
    organization: 1,
    metrics: ["requests"],
    range: { startMs: at("2026-03-01T00:00Z"), endMs: at("2026-03-02T00:00Z") },
    filter: {},
    groupBy: [],
    window: "none",
    timeZone: "UTC",
    order: { by: "group" },
    empty: "zero",
    rowsMax: 1_000,
    ...fields,
  };
}

const plan = (fields: Partial<UsageQuery> = {}, rawFromMs: number | null = null) =>
  planQuery(query(fields), { keptFrom: rawFromMs === null ? {} : { usage_raw: rawFromMs } }, LIMITS);

/** The code and text of the error that a query is refused with. */
function refusal(fields: Partial<UsageQuery>, rawFromMs: number | null = null): string {
  try {
    plan(fields, rawFromMs);
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "not refused";
}

describe("planQuery", () => {
  test.each<[string, Partial<UsageQuery>, RegExp]>([
    ["without a metric", { metrics: [] }, /^query\/invalid: .*at least one metric/],
    ["that ends where it starts", { range: { startMs: 5, endMs: 5 } }, /^query\/invalid: .*later than the start/],
    ["from before 1970", { range: { startMs: -1, endMs: 5 } }, /^query\/invalid: .*1970-01-01/],
    ["with half a millisecond", { range: { startMs: 0.5, endMs: 5 } }, /^query\/invalid/],
    [
      "whose windows span too long a range",
      { window: "day", range: { startMs: 0, endMs: 400 * DAY_MS + 1 } },
      /^query\/range-too-long: .*400 days/,
    ],
    ["in no time zone", { timeZone: "Mars" }, /^query\/unknown-time-zone: "Mars".*Europe\/Berlin/],
    ["with a dimension twice", { groupBy: ["space", "space"] }, /^query\/invalid: .*once/],
    ["ordered by a metric not asked for", { order: { by: "objects", direction: "asc" } }, /^query\/invalid: .*objects/],
    ["for no row", { rowsMax: 0 }, /^query\/invalid: .*rows/],
    ["for the top of nothing", { top: { groups: 3, metric: "requests" } }, /^query\/invalid: .*exactly one dimension/],
    ["for the top 0", { groupBy: ["space"], top: { groups: 0, metric: "requests" } }, /^query\/invalid: .*from 1/],
    [
      "for the top 1001",
      { groupBy: ["space"], top: { groups: 1001, metric: "requests" } },
      /^query\/invalid: .*to 1000/,
    ],
    ["with more windows than rows", { window: "minute" }, /^query\/too-many-rows: .*1000 windows of one minute/],
  ])("a query %s is refused with what to do", (_, fields, expected) => expect(refusal(fields)).toMatch(expected));

  test("a range of exactly the most days is answered", () => {
    expect(refusal({ window: "day", range: { startMs: 0, endMs: 400 * DAY_MS } })).toBe("not refused");
  });

  test("one number for the whole range may span all time", () => {
    expect(refusal({ range: { startMs: 0, endMs: at("2100-01-01T00:00Z") } })).toBe("not refused");
  });

  test("the smaller of the query's and the configuration's rows holds", () => {
    expect(plan({ rowsMax: 5 }).rowsMax).toBe(5);
    expect(plan({ rowsMax: 20_000 }).rowsMax).toBe(10_000);
    expect(plan({ rowsMax: 5 }).flow.rowsMax).toBe(6);
  });

  test("metrics share one scan, and a metric named twice one sum", () => {
    const { flow, metrics } = plan({ metrics: ["requests", "traffic", "bytes_out", "requests"] });
    expect(flow.sums).toEqual([
      { measure: "count", kinds: null },
      { measure: "bytesOut", kinds: ["api", "delivery"] },
      { measure: "bytesOut", kinds: null },
    ]);
    expect(metrics.map(({ metric, flowSum }) => [metric, flowSum])).toEqual([
      ["requests", 0],
      ["traffic", 1],
      ["bytes_out", 2],
    ]);
  });

  test("kinds named for a metric are those of its sum, and the kind is a dimension that the tables must have", () => {
    const kindsOf = { bytes_in: ["upload"] } as const;
    const { flow } = plan({ metrics: ["bytes_in", "requests"], kindsOf, groupBy: ["bucket"] });
    expect(flow.sums).toEqual([
      { measure: "bytesIn", kinds: ["upload"] },
      { measure: "count", kinds: null },
    ]);
    expect(flow.filter).toEqual({});
    expect(plan({ metrics: ["bytes_in"], kindsOf }).flow.filter).toEqual({ kind: ["upload"] });
  });

  test("a query for traffic alone reads only the kinds that are traffic", () => {
    expect(plan({ metrics: ["traffic"] }).flow.filter).toEqual({ kind: ["api", "delivery"] });
    expect(plan({ metrics: ["traffic"], filter: { kind: ["api", "upload"] } }).flow.filter).toEqual({ kind: ["api"] });
    expect(plan({ metrics: ["traffic", "requests"] }).flow.filter).toEqual({});
  });

  test("a filter that lists nothing needs no scan", () => {
    expect(plan({ filter: { space: [] } }).matchesNothing).toBe(true);
    expect(plan({ metrics: ["traffic"], filter: { kind: ["upload"] } }).matchesNothing).toBe(true);
    expect(plan({ filter: { space: [null] } }).matchesNothing).toBe(false);
  });

  test("a query without a gauge reads nothing from before its range", () => {
    expect(plan().opening).toBeNull();
  });

  test("a gauge starts from everything before the range, without windows, up to the first millisecond of it", () => {
    const range = { startMs: at("2026-03-01T08:30Z"), endMs: at("2026-03-01T10:00Z") };
    const { opening, metrics } = plan({ metrics: ["requests", "objects"], range, window: "hour" });
    expect(opening).toMatchObject({ windows: null, sums: [{ measure: "objectsDelta", kinds: null }] });
    expect(opening?.segments).toEqual([
      { table: "usage_total_per_day", startMs: at("0001-01-01T00:00:00Z"), endMs: at("2026-03-01T00:00Z") },
      { table: "usage_total_per_hour", startMs: at("2026-03-01T00:00Z"), endMs: at("2026-03-01T08:00Z") },
      { table: "usage_raw", startMs: at("2026-03-01T08:00Z"), endMs: at("2026-03-01T08:30Z") },
    ]);
    expect(metrics.map(({ openingSum }) => openingSum)).toEqual([null, 0]);
  });

  test("where hours are left, a gauge beside other metrics starts from everything before the first hour of the range", () => {
    const range = { startMs: at("2026-03-01T08:30Z"), endMs: at("2026-03-01T10:00Z") };
    const { opening, flow } = plan({ metrics: ["objects", "requests"], range }, at("2026-04-01T00:00Z"));
    expect(flow.segments[0]?.startMs).toBe(at("2026-03-01T09:00Z"));
    expect(opening?.segments.at(-1)?.endMs).toBe(at("2026-03-01T09:00Z"));
  });

  test("gauges alone are one read of everything up to the end of the range, without an edge at its start", () => {
    const range = { startMs: at("2026-03-01T08:30Z"), endMs: at("2026-03-01T10:30Z") };
    const asked = { metrics: ["objects" as const, "stored_bytes" as const], range };
    const { opening, flow, metrics } = plan({ ...asked, window: "hour" });
    expect(opening).toBeNull();
    expect(flow.segments).toEqual([
      { table: "usage_total_per_day", startMs: at("0001-01-01T00:00:00Z"), endMs: at("2026-03-01T00:00Z") },
      { table: "usage_total_per_hour", startMs: at("2026-03-01T00:00Z"), endMs: at("2026-03-01T10:00Z") },
      { table: "usage_raw", startMs: at("2026-03-01T10:00Z"), endMs: at("2026-03-01T10:30Z") },
    ]);
    const originMs = at("2026-03-01T08:00Z");
    expect(flow.windows).toEqual({ split: "step", originMs, stepMs: HOUR_MS, isFirstOpen: true });
    expect(metrics.map(({ isGauge, openingSum }) => [isGauge, openingSum])).toEqual([
      [true, null],
      [true, null],
    ]);
    expect(plan(asked).flow.segments).toEqual(flow.segments);
  });

  test("one window needs no split", () => {
    expect(plan().flow.windows).toBeNull();
    expect(plan({ window: "month" }).flow.windows).toBeNull();
  });

  test("windows of one length are told apart by arithmetic from the calendar's start", () => {
    const range = { startMs: at("2026-03-01T08:30Z"), endMs: at("2026-03-01T11:30Z") };
    expect(plan({ range, window: "hour" }).flow.windows).toEqual({
      split: "step",
      originMs: at("2026-03-01T08:00Z"),
      stepMs: HOUR_MS,
    });
  });

  test("windows of different lengths are told apart by their starts", () => {
    const range = { startMs: at("2026-01-15T00:00Z"), endMs: at("2026-04-01T00:00Z") };
    expect(plan({ range, window: "month" }).flow.windows).toEqual({
      split: "starts",
      startsMs: [at("2026-01-15T00:00Z"), at("2026-02-01T00:00Z"), at("2026-03-01T00:00Z")],
    });
  });

  test("the days around a change of the clock are told apart by their starts", () => {
    const range = { startMs: at("2026-03-28T23:00Z"), endMs: at("2026-03-30T22:00Z") };
    expect(plan({ range, window: "day", timeZone: "Europe/Berlin" }).flow.windows).toEqual({
      split: "starts",
      startsMs: [at("2026-03-28T23:00Z"), at("2026-03-29T22:00Z")],
    });
  });

  test("hours that are left are sorted into the windows in which they begin, the first window like the others", () => {
    const range = { startMs: at("2026-03-01T18:30Z"), endMs: at("2026-03-03T18:30Z") };
    const { flow } = plan({ range, window: "day", timeZone: "Asia/Kolkata" }, at("2026-04-01T00:00Z"));
    expect(flow.segments).toEqual([
      { table: "usage_total_per_hour", startMs: at("2026-03-01T19:00Z"), endMs: at("2026-03-03T19:00Z") },
    ]);
    expect(flow.windows).toEqual({ split: "step", originMs: at("2026-03-01T18:30Z"), stepMs: 24 * HOUR_MS });
  });

  test("minutes of hours whose raw rows are gone are refused", () => {
    const range = { startMs: at("2026-03-01T08:00Z"), endMs: at("2026-03-01T09:00Z") };
    expect(refusal({ range, window: "minute" }, at("2026-04-01T00:00Z"))).toMatch(/^query\/invalid: .*per hour only/);
    const assets = { range, window: "hour" as const, groupBy: ["asset" as const] };
    expect(refusal({ ...assets, range: { ...range, endMs: range.endMs + HOUR_MS } }, at("2026-04-01T00:00Z"))).toMatch(
      /^query\/invalid: .*per day only/,
    );
  });

  test("a range in which no hour begins is refused where hours are left, and a window of minutes before them too", () => {
    const range = { startMs: at("2026-03-31T23:10Z"), endMs: at("2026-03-31T23:50Z") };
    const rawFromMs = at("2026-04-01T00:00Z");
    expect(refusal({ range }, rawFromMs)).toMatch(/^query\/invalid: .*per hour only, and no hour \(UTC\) begins/);
    expect(refusal({ range, groupBy: ["asset"] }, rawFromMs)).toMatch(/per day only/);
    // What is stored at the end of it is known all the same.
    expect(refusal({ range, metrics: ["objects"] }, rawFromMs)).toBe("not refused");
    const untilMidnight = { ...range, endMs: rawFromMs + HOUR_MS };
    expect(refusal({ range: untilMidnight }, rawFromMs)).toBe("not refused");
    expect(refusal({ range: untilMidnight, window: "minute" }, rawFromMs)).toMatch(/^query\/invalid: .*per hour only/);
  });

  test("the largest groups are found by one scan without windows, bounded to their number", () => {
    const top = { groups: 3, metric: "bytes_out" as const };
    const { top: planned } = plan({ groupBy: ["space"], window: "hour", top });
    expect(planned?.ranking).toMatchObject({
      sums: [{ measure: "bytesOut", kinds: null }],
      windows: null,
      orderBySum: { sum: 0, direction: "desc" },
      rowsMax: 3,
    });
    expect(planned?.olderGroups).toBeNull();
  });

  test("the largest groups and the rest are one scan where neither windows nor a gauge need a second", () => {
    const top = { groups: 3, metric: "bytes_out" as const };
    const asked = { metrics: ["requests" as const, "bytes_out" as const], groupBy: ["space" as const], top };
    expect(plan(asked).top?.single).toMatchObject({ restAfter: 3, orderBySum: { sum: 1, direction: "desc" } });
    expect(plan({ ...asked, window: "hour" }).top?.single).toBeNull();
    expect(plan({ ...asked, metrics: ["objects", "bytes_out"] }).top?.single).toBeNull();
    expect(plan({ ...asked, top: { groups: 3, metric: "objects" } }).top?.single).toBeNull();
  });

  test("the largest groups of a gauge are those with most at the end of the range", () => {
    const top = { groups: 3, metric: "objects" as const };
    const { top: planned } = plan({ metrics: ["objects", "requests"], groupBy: ["space"], top });
    const months = "usage_space_per_month";
    expect(planned?.ranking.segments).toEqual([
      { table: months, startMs: at("0001-01-01T00:00:00Z"), endMs: at("2026-03-01T00:00Z") },
      { table: "usage_space_per_day", startMs: at("2026-03-01T00:00Z"), endMs: at("2026-03-02T00:00Z") },
    ]);
  });

  test("a list of nearly all buckets is everything less the others, where no other rows are needed for it", () => {
    const most = { listsMost: "bucket", filter: { bucket: ["a", "b"] } } as const;
    const range = { startMs: at("2026-03-01T00:30Z"), endMs: at("2026-03-05T00:00Z") };
    const tables = (fields: Partial<UsageQuery>, rawFromMs: number | null = null) => {
      const { flow } = plan({ ...most, range, ...fields }, rawFromMs);
      return [flow.segments, flow.leftOut?.everything ?? [], flow.leftOut?.segments ?? []].map((segments) =>
        segments.map(({ table }) => table.replace("usage_", "")),
      );
    };
    const [edge, direct] = [["bucket_per_minute"], ["bucket_per_hour", "bucket_per_day"]];
    expect(tables({})).toEqual([edge, ["total_per_hour", "total_per_day"], direct]);
    expect(tables({ window: "hour", windowLength: 6 })).toEqual([edge, ["total_per_hour"], ["bucket_per_hour"]]);
    // Rows of a window say whether there was a record, gauges begin before the range, and only buckets have minutes.
    expect(tables({ empty: "omit" })).toEqual([[...edge, ...direct], [], []]);
    expect(tables({ metrics: ["stored_bytes"] })[2]).toEqual([]);
    expect(tables({ window: "minute", windowLength: 10 })).toEqual([edge, [], []]);
    // Where raw rows were dropped, tables widen, and not all of them alike.
    expect(tables({}, at("2026-03-02T00:00Z"))[2]).toEqual([]);
  });
});
