/**
 * Windows held against what is left of their time: none is answered from a sum that is longer than itself.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GRAIN_MS, type Grain } from "../model/grain.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/time-range.ts";
import type { Dimension, MetricName, UsageQuery, WindowUnit } from "../model/usage-query.ts";
import { AppError } from "../platform/errors.ts";
import { type KeptFrom, USAGE_TABLES, type UsageTable } from "../store/usage-store.ts";
import { planQuery, type QueryPlan } from "./plan.ts";
import { UNIT_MS } from "./plan-windows.ts";

const at = (text: string): number => Date.parse(text);
const FIRST_MS = at("2026-03-01T00:00Z");

/** What settings keep: each grain from a time on that is no later than that of the next finer one. */
type Cuts = Partial<Readonly<Record<Grain, number>>>;

function toKeptFrom(cuts: Cuts): KeptFrom {
  const tables = Object.entries(USAGE_TABLES) as [UsageTable, { readonly grain: Grain }][];
  return Object.fromEntries(
    tables.flatMap(([table, { grain }]) => (cuts[grain] === undefined ? [] : [[table, cuts[grain]]])),
  );
}

function plan(fields: Partial<UsageQuery>, cuts: Cuts): QueryPlan {
  const plain = { organization: 1, metrics: ["requests"], filter: {}, groupBy: [], timeZone: "UTC" } as const;
  const range = { startMs: FIRST_MS, endMs: FIRST_MS + DAY_MS };
  const query = { ...plain, range, window: "none", order: { by: "group" }, empty: "omit", rowsMax: 10_000 } as const;
  return planQuery({ ...query, ...fields }, { keptFrom: toKeptFrom(cuts) }, { rowsMax: 10_000, daysMax: 4_000 });
}

/** The plan, or the words that it is refused with. */
function planOrRefusal(fields: Partial<UsageQuery>, cuts: Cuts): QueryPlan | string {
  try {
    return plan(fields, cuts);
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** Hours are left of March, and of days before it nothing finer than days. */
const HOURS: Cuts = { millisecond: at("2026-04-01T00:00Z"), minute: at("2026-04-01T00:00Z") };
const DAYS: Cuts = { ...HOURS, hour: at("2026-04-01T00:00Z") };

describe("checkWindowsFit", () => {
  test.each<[string, Partial<UsageQuery>, Cuts]>([
    [
      "the first minute of an hour",
      { window: "minute", range: { startMs: FIRST_MS, endMs: FIRST_MS + MINUTE_MS } },
      HOURS,
    ],
    ["a part of that minute", { window: "minute", range: { startMs: FIRST_MS - 1, endMs: FIRST_MS + 1 } }, HOURS],
    [
      "the two minutes between which an hour begins",
      { window: "minute", range: { startMs: FIRST_MS - MINUTE_MS, endMs: FIRST_MS + MINUTE_MS } },
      HOURS,
    ],
    ["the first hour of a day", { window: "hour", range: { startMs: FIRST_MS, endMs: FIRST_MS + HOUR_MS } }, DAYS],
    [
      "the first six hours of a day as one window",
      { window: "hour", windowLength: 6, range: { startMs: FIRST_MS, endMs: FIRST_MS + 6 * HOUR_MS } },
      DAYS,
    ],
    [
      "what is stored at the end of a minute inside an hour",
      { window: "minute", metrics: ["objects"], range: { startMs: FIRST_MS, endMs: FIRST_MS + MINUTE_MS } },
      HOURS,
    ],
  ])("%s is refused where only longer sums are left", (_, fields, cuts) => {
    expect(planOrRefusal(fields, cuts)).toMatch(/^query\/invalid: Usage of that age is kept per (hour|day) only\./);
  });

  test("the refusal says from when on such windows are known", () => {
    const range = { startMs: FIRST_MS, endMs: FIRST_MS + HOUR_MS };
    expect(planOrRefusal({ window: "minute", range }, HOURS)).toMatch(/a start from 2026-04-01T00:00:00.000Z on\.$/);
    // Of buckets there are sums per minute of a time of which raw rows are gone.
    const cuts: Cuts = { millisecond: at("2026-04-01T00:00Z"), minute: at("2026-03-20T00:00Z") };
    const byBucket = { window: "minute", groupBy: ["bucket"], range } as const;
    expect(planOrRefusal(byBucket, cuts)).toMatch(/a start from 2026-03-20T00:00:00.000Z on\.$/);
  });

  test("windows as long as what is left, the whole of a range, and what is stored at the end of an hour are answered", () => {
    const hour = { startMs: FIRST_MS, endMs: FIRST_MS + HOUR_MS };
    const lastMinute = { startMs: FIRST_MS + HOUR_MS - MINUTE_MS, endMs: FIRST_MS + HOUR_MS };
    expect(planOrRefusal({ window: "hour", range: hour }, HOURS)).toBeTypeOf("object");
    expect(planOrRefusal({ window: "minute", windowLength: 60, range: hour }, HOURS)).toBeTypeOf("object");
    expect(planOrRefusal({ range: { ...hour, endMs: hour.startMs + MINUTE_MS } }, HOURS)).toBeTypeOf("object");
    expect(planOrRefusal({ window: "minute", metrics: ["objects"], range: lastMinute }, HOURS)).toBeTypeOf("object");
  });

  test("no window is read from a sum that is longer than itself, whatever was dropped", () => {
    const anyTime = fc.oneof(
      fc.integer({ min: 0, max: 70 * DAY_MS }),
      fc.integer({ min: 0, max: 70 * 24 }).map((hours) => hours * HOUR_MS),
      fc.integer({ min: 0, max: 70 * 24 * 60 }).map((minutes) => minutes * MINUTE_MS),
    );
    const anyLength = fc.oneof(
      fc.constantFrom(1, MINUTE_MS, 2 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS),
      fc.integer({ min: 1, max: 3 * DAY_MS }),
    );
    const anyCuts = fc
      .uniqueArray(fc.integer({ min: 0, max: 75 }), { minLength: 4, maxLength: 4 })
      .map((days): Cuts => {
        const [day = 0, hour = 0, minute = 0, millisecond = 0] = days
          .sort((a, b) => a - b)
          .map((n) => FIRST_MS + n * DAY_MS);
        const monthOf = (timeMs: number) => new Date(timeMs).setUTCHours(0, 0, 0, 0);
        return { day: new Date(monthOf(day)).setUTCDate(1), hour, minute, millisecond };
      });
    const anyAsked = fc.record({
      start: anyTime,
      length: anyLength,
      window: fc.constantFrom<WindowUnit>("minute", "hour", "day", "week"),
      windowLength: fc.constantFrom(1, 1, 5, 6),
      timeZone: fc.constantFrom("UTC", "UTC", "Asia/Kolkata", "America/New_York"),
      groupBy: fc.constantFrom<Dimension[]>([], ["bucket"], ["space"], ["asset"], ["user"]),
      metrics: fc.constantFrom<MetricName[]>(["requests"], ["requests", "objects"]),
    });
    let answered = 0;
    const property = fc.property(anyAsked, anyCuts, ({ start, length, windowLength, ...asked }, cuts) => {
      const isEven = asked.timeZone === "UTC" && (asked.window === "minute" || asked.window === "hour");
      const fields = {
        ...asked,
        range: { startMs: FIRST_MS + start, endMs: FIRST_MS + start + length },
        ...(isEven ? { windowLength } : {}),
      };
      const planned = planOrRefusal(fields, cuts);
      if (typeof planned === "string") return;
      answered += 1;
      const windowMs = UNIT_MS[asked.window] * (isEven ? windowLength : 1);
      // Of months it is that one begins where each window does; choose-segments.test.ts has that.
      const grains = planned.flow.segments
        .map(({ table }) => USAGE_TABLES[table].grain)
        .filter((one) => one !== "month");
      for (const grain of grains) expect(GRAIN_MS[grain]).toBeLessThanOrEqual(windowMs);
    });
    fc.assert(property, { numRuns: 400 });
    expect(answered).toBeGreaterThan(40);
  });
});
