/**
 * Queries against the embedded store: numbers that a person can add up.
 */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Grain } from "../model/grain.ts";
import { DEFAULT_SETTINGS } from "../model/source-settings.ts";
import { DAY_MS, HOUR_MS } from "../model/time-range.ts";
import { MEASURE_MAX } from "../model/usage-event.ts";
import type { UsageQuery } from "../model/usage-query.ts";
import { AppError } from "../platform/errors.ts";
import { USAGE_TABLES, type UsageStore } from "../store/usage-store.ts";
import { executeQuery } from "./execute.ts";
import { buildEvent as event, NOW_MS, openQueries, buildQuery as query } from "./open-queries.contract.ts";
import { buildSlowQueries } from "./slow-queries.ts";

const at = (text: string): number => Date.parse(text);

let queries: Awaited<ReturnType<typeof openQueries>>;
beforeEach(async () => {
  queries = await openQueries();
});
afterEach(() => queries.close());

const append: typeof queries.append = (events, receivedMs) => queries.append(events, receivedMs);
const run = (fields: Partial<UsageQuery> = {}) => queries.run(query(fields));

/** Rows as `window group values`, the rest group as `rest`. */
async function print(fields: Partial<UsageQuery>): Promise<string[]> {
  const { rows } = await run(fields);
  return rows.map(({ windowIndex, group, rest, values }) =>
    [windowIndex, ...(rest ? ["rest"] : Object.values(group)), ...Object.values(values)].join(" "),
  );
}

describe("executeQuery", () => {
  test("a record at the start of the range is counted, one at its end belongs to the next", async () => {
    const { startMs, endMs } = query().range;
    await append([startMs - 1, startMs, endMs - 1, endMs].map((timeMs) => event({ timeMs })));
    expect(await print({})).toEqual(["0 2"]);
  });

  test("hours without a record are rows of zero, and the first and last hour are cut by the range", async () => {
    const minutes = ["08:29", "08:30", "10:00", "10:59", "11:29", "11:30"];
    await append(minutes.map((minute) => event({ timeMs: at(`2026-03-01T${minute}Z`) })));
    const range = { startMs: at("2026-03-01T08:30Z"), endMs: at("2026-03-01T11:30Z") };
    expect(await print({ range, window: "hour" })).toEqual(["0 1", "1 0", "2 2", "3 1"]);
    expect(await print({ range, window: "hour", empty: "omit" })).toEqual(["0 1", "2 2", "3 1"]);
  });

  test("a query for which nothing was recorded is one zero, and no row when it is grouped", async () => {
    expect(await print({})).toEqual(["0 0"]);
    expect(await print({ empty: "omit" })).toEqual([]);
    expect(await print({ groupBy: ["space"] })).toEqual([]);
  });

  test("a filter that lists nothing counts nothing", async () => {
    await append([event()]);
    expect(await print({ filter: { space: [] } })).toEqual(["0 0"]);
    expect(await print({ filter: { space: [] }, groupBy: ["space"] })).toEqual([]);
  });

  test("another organization's records are never counted", async () => {
    await append([event(), event({ organization: 2, count: 50 })]);
    expect(await print({})).toEqual(["0 1"]);
  });

  test("the 25 hours of a day on which the clock goes back are one window", async () => {
    const times = ["2026-10-24T21:59Z", "2026-10-24T22:00Z", "2026-10-25T22:59Z", "2026-10-25T23:00Z"];
    await append(times.map((time) => event({ timeMs: at(time) })));
    const range = { startMs: at("2026-10-23T22:00Z"), endMs: at("2026-10-25T23:00Z") };
    expect(await print({ range, window: "day", timeZone: "Europe/Berlin" })).toEqual(["0 1", "1 2"]);
  });

  test("a gauge starts from what was before the range and keeps its value through empty windows", async () => {
    await append([
      event({ timeMs: at("2025-01-01T00:00Z"), sizeDelta: 100, objectsDelta: 1 }),
      event({ timeMs: at("2026-03-01T01:10Z"), sizeDelta: 50, objectsDelta: 1 }),
      event({ timeMs: at("2026-03-01T03:10Z"), sizeDelta: -120, objectsDelta: -1 }),
      event({ timeMs: at("2026-03-01T05:00Z"), sizeDelta: 7, objectsDelta: 1 }),
    ]);
    const range = { startMs: at("2026-03-01T00:30Z"), endMs: at("2026-03-01T05:00Z") };
    const asked = { range, metrics: ["stored_bytes", "objects", "requests"] as const, window: "hour" as const };
    expect(await print(asked)).toEqual(["0 100 1 0", "1 150 2 1", "2 150 2 0", "3 30 1 1", "4 30 1 0"]);
  });

  test("a gauge has no row before the first record of its group when empty windows are left out", async () => {
    await append([
      event({ space: 1, timeMs: at("2026-02-01T00:00Z"), objectsDelta: 1 }),
      event({ space: 2, timeMs: at("2026-03-01T12:00Z"), objectsDelta: 1 }),
    ]);
    const range = { startMs: at("2026-02-28T00:00Z"), endMs: at("2026-03-03T00:00Z") };
    const asked = { range, metrics: ["objects"] as const, window: "day" as const, groupBy: ["space"] as const };
    expect(await print({ ...asked, empty: "omit" })).toEqual(["0 1 1", "1 1 1", "1 2 1", "2 1 1", "2 2 1"]);
    expect(await print(asked)).toEqual(["0 1 1", "0 2 0", "1 1 1", "1 2 1", "2 1 1", "2 2 1"]);
  });

  test("sums beyond 2^53 and 2^63 are exact", async () => {
    await append(Array.from({ length: 1_030 }, () => event({ bytesOut: MEASURE_MAX })));
    // 1030 times (2^53 - 1) is 2^63 + 6 * 2^53 - 1030.
    expect((await run({ metrics: ["bytes_out"] })).rows[0]?.values.bytes_out).toBe(2n ** 63n + 6n * 2n ** 53n - 1030n);
  });

  test("the two largest groups are kept and the others added up, the smaller value first of equal ones", async () => {
    await append([
      event({ space: 4, count: 5 }),
      event({ space: 3, count: 5 }),
      event({ space: 1, count: 9 }),
      event({ space: null, count: 2 }),
    ]);
    const top = { groups: 2, metric: "requests" as const };
    expect(await print({ groupBy: ["space"], top })).toEqual(["0 1 9", "0 3 5", "0 rest 7"]);
    expect(await print({ groupBy: ["space"], top: { ...top, groups: 4 } })).toEqual([
      "0 1 9",
      "0 3 5",
      "0 4 5",
      "0  2",
    ]);
  });

  test("the rest comes last whatever the order, and its group is null", async () => {
    await append([event({ space: 1 }), event({ space: 2, count: 5 }), event({ space: 3 })]);
    const top = { groups: 1, metric: "requests" as const };
    const { rows } = await run({ groupBy: ["space"], top, order: { by: "requests", direction: "asc" } });
    expect(rows.map(({ group, rest, values }) => [group, rest, values])).toEqual([
      [{ space: 2 }, false, { requests: 5n }],
      [{ space: null }, true, { requests: 2n }],
    ]);
  });

  test("groups that only have something from before the range fill the places that are left", async () => {
    await append([
      event({ space: 9, count: 3, objectsDelta: 1 }),
      event({ space: 6, timeMs: at("2026-02-01T00:00Z"), objectsDelta: 40 }),
      event({ space: 5, timeMs: at("2026-02-01T00:00Z"), objectsDelta: 20 }),
    ]);
    const asked = { groupBy: ["space"] as const, metrics: ["requests", "objects"] as const };
    expect(await print({ ...asked, top: { groups: 2, metric: "requests" } })).toEqual([
      "0 5 0 20",
      "0 9 3 1",
      "0 rest 0 40",
    ]);
    expect(await print({ ...asked, top: { groups: 1, metric: "objects" } })).toEqual(["0 6 0 40", "0 rest 3 21"]);
  });

  test("a gauge that is not asked for still ranks groups whose records are all older than the range", async () => {
    await append([
      event({ space: 9, objectsDelta: 1 }),
      event({ space: 6, timeMs: at("2026-02-01T00:00Z"), objectsDelta: 40 }),
    ]);
    const asked = { groupBy: ["space"] as const, metrics: ["objects_change"] as const };
    expect(await print({ ...asked, top: { groups: 1, metric: "objects" } })).toEqual(["0 6 0", "0 rest 1"]);
  });

  test("rows of a window are ordered by the metric, equal ones by the group's values", async () => {
    await append([
      event({ space: 2 }),
      event({ space: 1 }),
      event({ space: 10, count: 4 }),
      event({ space: 9, count: 0 }),
    ]);
    const order = { by: "requests", direction: "desc" } as const;
    expect(await print({ groupBy: ["space"], order })).toEqual(["0 10 4", "0 1 1", "0 2 1", "0 9 0"]);
  });

  test("as many rows as may be answered are answered, one more is an error that says what to do", async () => {
    await append([1, 2, 3].map((space) => event({ space })));
    expect((await run({ groupBy: ["space"], rowsMax: 3 })).rows).toHaveLength(3);
    const refused = run({ groupBy: ["space"], rowsMax: 2 });
    await expect(refused).rejects.toThrow(AppError);
    await expect(refused).rejects.toMatchObject({ code: "query/too-many-rows", message: /more than 2 rows.*fewer/ });
  });

  test("rows of zero count towards the most rows", async () => {
    await append([event({ space: 1 }), event({ space: 2 })]);
    const asked = { groupBy: ["space"] as const, window: "hour" as const };
    expect((await run({ ...asked, rowsMax: 48 })).rows).toHaveLength(48);
    await expect(run({ ...asked, rowsMax: 47 })).rejects.toMatchObject({ code: "query/too-many-rows" });
    expect((await run({ ...asked, rowsMax: 47, empty: "omit" })).rows).toHaveLength(2);
  });

  test("the answer says up to when its sources are complete", async () => {
    expect((await run()).completeUntilMs).toBe(NOW_MS);
    const stream = { organization: 1, source: "cdn", stream: "", position: "0" };
    await queries.store.append({
      rows: [{ ...event({ source: "cdn" }), identity: new Uint8Array(12) }],
      rejected: [],
      checkpoints: [{ ...stream, watermarkMs: at("2026-03-31T20:00Z") }],
      receivedMs: NOW_MS,
    });
    const log = { organization: 1, name: "cdn", format: "combined", space: null, latenessBoundMs: HOUR_MS } as const;
    const source = {
      ...log,
      tracksWatermark: true,
      registersUnknown: true,
      createdAtMs: 0,
      settings: DEFAULT_SETTINGS,
    };
    expect((await queries.run(query(), [source])).completeUntilMs).toBe(at("2026-03-31T20:00Z"));
  });

  test("raw rows that are dropped between planning and reading are not missing in the answer", async () => {
    await append([event({ timeMs: at("2026-03-01T08:10Z") })], at("2026-03-01T09:00Z"));
    const { store } = queries;
    const dropping: UsageStore = {
      ...store,
      scan: async (scan) => {
        await store.deleteExpired({ usage_raw: at("2026-03-15T00:00Z") });
        return store.scan(scan);
      },
    };
    const range = { startMs: at("2026-03-01T07:30Z"), endMs: at("2026-03-01T08:15Z") };
    expect((await queries.run(query({ range }), [], dropping)).rows[0]?.values).toEqual({ requests: 1n });
  });

  test("a day of a zone and the days beside it count every record once where only days of UTC are left", async () => {
    const times = ["2026-03-01T09:00Z", "2026-03-02T05:00Z", "2026-03-02T12:00Z", "2026-03-03T12:00Z"];
    await append(
      times.map((time, n) => event({ timeMs: at(time), space: 5, count: 10 ** n, sizeDelta: 10 ** n })),
      at("2026-03-04T00:00Z"),
    );
    queries.clock.set(at("2026-05-20T00:00Z"));
    const cutMs = at("2026-05-01T00:00Z");
    await queries.store.deleteExpired({ usage_raw: cutMs, usage_space_per_hour: cutMs });
    const midnight = (day: number) => at("2026-03-01T08:00Z") + day * DAY_MS;
    const asked: Partial<UsageQuery> = { filter: { space: [5] }, metrics: ["requests", "stored_bytes"] };
    const alone = async (day: number) =>
      (await print({ ...asked, range: { startMs: midnight(day), endMs: midnight(day + 1) } })).join();
    // The UTC days 1, 2 and 3 March begin in the days that begin 28 February, 1 March and 2 March, 00:00 in Los Angeles.
    const days = ["0 1 1", "0 110 111", "0 1000 1111"];
    expect(await Promise.all([-1, 0, 1].map(alone))).toEqual(days);
    const together = {
      ...asked,
      range: { startMs: midnight(-1), endMs: midnight(2) },
      timeZone: "America/Los_Angeles",
    };
    expect(await print({ ...together, window: "day" })).toEqual(["0 1 1", "1 110 111", "2 1000 1111"]);
  });

  describe("after days from before 10 February are dropped", () => {
    const asked: Partial<UsageQuery> = { filter: { space: [5] }, groupBy: ["space"], empty: "zero" };
    const range = (start: string, end: string) => ({ startMs: at(`${start}T00:00Z`), endMs: at(`${end}T00:00Z`) });
    beforeEach(async () => {
      const days = ["2025-12-31", "2026-01-01", "2026-02-05", "2026-02-15", "2026-02-28", "2026-03-01", "2026-04-10"];
      const events = days.map((day, n) => event({ timeMs: at(`${day}T12:00Z`), space: 5, count: 10 ** n }));
      await append(events, at("2026-03-01T00:00Z"));
      queries.clock.set(at("2026-05-20T00:00Z"));
      // As settings do it: all tables of a grain alike, months for good.
      const tables = Object.entries(USAGE_TABLES).filter(([, { grain }]) => grain !== "month");
      const cutOf = (grain: Grain) => at(grain === "day" ? "2026-02-10T00:00Z" : "2026-03-25T00:00Z");
      await queries.store.deleteExpired(Object.fromEntries(tables.map(([table, { grain }]) => [table, cutOf(grain)])));
    });

    test("a year by month counts everything once", async () => {
      const year = { ...asked, range: range("2026-01-01", "2026-05-01") };
      const months = ["0 5 10", "1 5 11100", "2 5 100000", "3 5 1000000"];
      expect(await print({ ...year, window: "month" })).toEqual(months);
      expect(await print(year)).toEqual(["0 5 1111110"]);
      await expect(print({ ...year, window: "week" })).rejects.toThrow(/per month only/);
      // 30 days of sums per month would be those of whichever months begin in them.
      await expect(print({ ...year, window: "hour", windowLength: 720 })).rejects.toThrow(/per month only/);
    });

    test("a range from before them to any day in their month is exact, and goes on where the next one begins", async () => {
      // January has 10; February has 100 on the 5th, 1000 on the 15th, 10000 on the 28th.
      const ends = { "2026-02-05": 10, "2026-02-06": 110, "2026-02-16": 1110, "2026-02-28": 1110, "2026-03-01": 11110 };
      for (const [end, sum] of Object.entries(ends)) {
        expect(await print({ ...asked, range: range("2026-01-01", end) })).toEqual([`0 5 ${sum}`]);
        expect(await print({ range: range("2026-01-01", end) })).toEqual([`0 ${sum}`]);
        // Together with what comes before it, and what comes after it up to May.
        expect(await print({ ...asked, range: range("2025-12-01", end) })).toEqual([`0 5 ${1 + sum}`]);
        expect(await print({ ...asked, range: range(end, "2026-05-01") })).toEqual([`0 5 ${1_111_110 - sum}`]);
      }
      await expect(print({ ...asked, range: range("2026-01-01", "2026-01-20") })).rejects.toThrow(
        /kept only from 2026-02-01T00:00:00.000Z/,
      );
    });
  });

  test("of a slow query everything that was read is noted, in order, also where it was refused for its many rows", async () => {
    const slowQueries = buildSlowQueries(queries.clock);
    const deps = { store: queries.store, clock: queries.clock, listSources: async () => [], slowQueries };
    await queries.append([
      event({ space: 1 }),
      event({ space: 3 }),
      event({ space: 2, timeMs: at("2026-02-27T00:00Z") }),
    ]);
    const asked = query({ groupBy: ["space"], top: { groups: 1, metric: "objects" }, window: "day" });
    await executeQuery(asked, { ...deps, limits: { rowsMax: 100, daysMax: 400 } });
    await expect(
      executeQuery(query({ groupBy: ["space"], window: "day" }), {
        ...deps,
        limits: { rowsMax: 1, daysMax: 400 },
      }),
    ).rejects.toMatchObject({ code: "query/too-many-rows" });
    const plans = slowQueries.list().map(({ plan }) => plan);
    const day = "usage_space_per_day 2026-03-01T00:00:00.000Z to 2026-03-02T00:00:00.000Z";
    expect(plans).toContainEqual([day]);
    // The ranking of the gauge reads everything before the range as well, then the range of the one group that is kept.
    expect(plans).toContainEqual([
      expect.stringMatching(/^1: usage_space_per_month .* to 2026-03-01T00:00:00.000Z$/),
      `1: ${day}`,
      `2: ${day}`,
    ]);
  });

  test("a store that is closed is an error and never a zero", async () => {
    await queries.close();
    await expect(run()).rejects.toMatchObject({ code: "store/unavailable" });
  });
});
