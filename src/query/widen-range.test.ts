/**
 * Plans of queries that may be widened, over a store that has dropped something.
 */
import { describe, expect, test } from "vitest";
import { formatTime } from "../model/time-range.ts";
import type { UsageQuery } from "../model/usage-query.ts";
import type { KeptFrom } from "../store/usage-store.ts";
import { buildQuery } from "./open-queries.contract.ts";
import { planQuery } from "./plan.ts";

const at = (text: string): number => Date.parse(text);
const range = (start: string, end: string) => ({ startMs: at(start), endMs: at(end) });
const from = (day: string): number => at(`${day}T00:00Z`);

/** Raw rows are kept from 1 April on. */
const HOURS_LEFT: KeptFrom = { usage_raw: from("2026-04-01") };
/** And of users only months of what was before 1 March. */
const MONTHS_LEFT: KeptFrom = { ...HOURS_LEFT, usage_user_per_day: from("2026-03-01") };
const ONE_USER: Partial<UsageQuery> = { filter: { user: [7] } };

/** The windows as `from/until`, without the zeros of whole minutes. */
function windowsOf(fields: Partial<UsageQuery>, keptFrom: KeptFrom): readonly string[] {
  const query = buildQuery({ whereDropped: "widen", ...fields });
  const { windows } = planQuery(query, { keptFrom }, { rowsMax: 1_000, daysMax: 400 });
  return windows.map(({ fromMs, untilMs }) =>
    [fromMs, untilMs].map((timeMs) => formatTime(timeMs).slice(5, 16)).join("/"),
  );
}

describe("widenWhereDropped", () => {
  test("of hours, 08:30 to 11:30 is 08:00 to 12:00, and nothing else is read", () => {
    const asked = { range: range("2026-03-02T08:30Z", "2026-03-02T11:30Z"), whereDropped: "widen" } as const;
    const { flow } = planQuery(buildQuery(asked), { keptFrom: HOURS_LEFT }, { rowsMax: 10, daysMax: 10 });
    expect(flow.segments).toEqual([
      { table: "usage_total_per_hour", ...range("2026-03-02T08:00Z", "2026-03-02T12:00Z") },
    ]);
    expect(windowsOf({ ...asked, window: "hour" }, HOURS_LEFT)).toEqual([
      "03-02T08:00/03-02T09:00",
      "03-02T09:00/03-02T10:00",
      "03-02T10:00/03-02T11:00",
      "03-02T11:00/03-02T12:00",
    ]);
  });

  test("a range inside an hour is that hour, and one from the last second of it is two", () => {
    const one = range("2026-03-02T08:50:00Z", "2026-03-02T08:50:01Z");
    expect(windowsOf({ range: one }, HOURS_LEFT)).toEqual(["03-02T08:00/03-02T09:00"]);
    const two = range("2026-03-02T08:59:59Z", "2026-03-02T09:00:01Z");
    expect(windowsOf({ range: two }, HOURS_LEFT)).toEqual(["03-02T08:00/03-02T10:00"]);
  });

  test("a range of whole hours stays as it is", () => {
    const whole = range("2026-03-02T08:00Z", "2026-03-02T09:00Z");
    expect(windowsOf({ range: whole }, HOURS_LEFT)).toEqual(["03-02T08:00/03-02T09:00"]);
  });

  test("hours of a user, of whom days are left, are days; minutes and six hours are too", () => {
    const asked = { ...ONE_USER, range: range("2026-03-02T22:30Z", "2026-03-03T01:30Z") };
    const days = ["03-02T00:00/03-03T00:00", "03-03T00:00/03-04T00:00"];
    expect(windowsOf({ ...asked, window: "hour" }, HOURS_LEFT)).toEqual(days);
    expect(windowsOf({ ...asked, window: "minute" }, HOURS_LEFT)).toEqual(days);
    expect(windowsOf({ ...asked, window: "hour", windowLength: 6 }, HOURS_LEFT)).toEqual(days);
    expect(windowsOf({ ...asked, window: "none" }, HOURS_LEFT)).toEqual(["03-02T00:00/03-04T00:00"]);
  });

  test("an end at which raw rows are left stays exact, and windows are as long as at the start all the same", () => {
    const asked = { ...ONE_USER, range: range("2026-03-31T22:30Z", "2026-04-01T01:30Z"), window: "hour" } as const;
    expect(windowsOf(asked, HOURS_LEFT)).toEqual(["03-31T00:00/04-01T00:00", "04-01T00:00/04-01T01:30"]);
  });

  test("where months are left, days and weeks are months, and years stay", () => {
    const asked = { ...ONE_USER, range: range("2026-01-15T00:00Z", "2026-02-10T00:00Z") };
    const months = ["01-01T00:00/02-01T00:00", "02-01T00:00/03-01T00:00"];
    for (const window of ["hour", "day", "week", "month"] as const) {
      expect(windowsOf({ ...asked, window }, MONTHS_LEFT)).toEqual(months);
    }
    expect(windowsOf({ ...asked, window: "hour", windowLength: 720 }, MONTHS_LEFT)).toEqual(months);
    expect(windowsOf({ ...asked, window: "year" }, MONTHS_LEFT)).toEqual(["01-01T00:00/03-01T00:00"]);
    expect(windowsOf({ ...asked, window: "none" }, MONTHS_LEFT)).toEqual(["01-01T00:00/03-01T00:00"]);
  });

  test("a month that is left as one sum, with raw rows from inside it on, is taken in whole", () => {
    const keptFrom = { usage_raw: from("2026-01-19"), usage_user_per_day: from("2026-03-01") };
    const asked = { ...ONE_USER, range: range("2026-01-05T00:00Z", "2026-01-25T12:00Z") };
    expect(windowsOf(asked, keptFrom)).toEqual(["01-01T00:00/02-01T00:00"]);
    // From the 20th on, every raw row is there.
    const young = { ...ONE_USER, range: range("2026-01-20T08:30Z", "2026-01-25T12:00Z") };
    expect(windowsOf(young, keptFrom)).toEqual(["01-20T08:30/01-25T12:00"]);
  });

  test("windows that are to stay do, over the whole range and what it was widened by", () => {
    const asked = { ...ONE_USER, whereDropped: "widen-range" } as const;
    const night = range("2026-03-02T22:30Z", "2026-03-03T01:30Z");
    expect(windowsOf({ ...asked, range: night, window: "hour", windowLength: 12 }, HOURS_LEFT)).toEqual([
      "03-02T00:00/03-02T12:00",
      "03-02T12:00/03-03T00:00",
      "03-03T00:00/03-03T12:00",
      "03-03T12:00/03-04T00:00",
    ]);
    const winter = range("2026-02-27T12:00Z", "2026-03-02T00:00Z");
    const days = windowsOf({ ...asked, range: winter, window: "day" }, MONTHS_LEFT);
    // The 28 days of February and the first of March.
    expect(days).toHaveLength(29);
    expect([days[0], days.at(-1)]).toEqual(["02-01T00:00/02-02T00:00", "03-01T00:00/03-02T00:00"]);
  });

  test("gauges have the same windows", () => {
    const asked = { ...ONE_USER, range: range("2026-03-02T22:30Z", "2026-03-03T01:30Z"), window: "hour" } as const;
    const days = ["03-02T00:00/03-03T00:00", "03-03T00:00/03-04T00:00"];
    expect(windowsOf({ ...asked, metrics: ["stored_bytes"] }, HOURS_LEFT)).toEqual(days);
    expect(windowsOf({ ...asked, metrics: ["stored_bytes", "requests"] }, HOURS_LEFT)).toEqual(days);
  });

  test("where everything is kept, or no table has the dimensions, nothing is widened", () => {
    const asked = { range: range("2026-03-02T08:30Z", "2026-03-02T08:40Z"), window: "minute" } as const;
    expect(windowsOf(asked, {})).toHaveLength(10);
    // Nothing but raw rows has users and assets together.
    const both: Partial<UsageQuery> = { ...asked, window: "none", filter: { user: [7], asset: [1] } };
    expect(() => windowsOf(both, HOURS_LEFT)).toThrow(/by user and asset together is kept only from 2026-04-01/);
  });

  test("a query that does not ask for it is not widened", () => {
    const query = buildQuery({ ...ONE_USER, range: range("2026-03-02T08:30Z", "2026-03-02T11:30Z") });
    expect(() => planQuery(query, { keptFrom: HOURS_LEFT }, { rowsMax: 10, daysMax: 10 })).toThrow(
      /no day \(UTC\) begins in the range/,
    );
  });
});
