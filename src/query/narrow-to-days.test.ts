/**
 * Hours of one user or asset: the days without anything are not looked at, and no number changes.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../model/time-range.ts";
import type { UsageQuery } from "../model/usage-query.ts";
import type { ScanSegment, UsageScan } from "../store/usage-store.ts";
import { buildEvent as event, openQueries, buildQuery as query } from "./open-queries.contract.ts";

const at = (text: string): number => Date.parse(`2026-03-${text}Z`);
const WEEK = { startMs: at("02T06:00"), endMs: at("09T18:00") };

let queries: Awaited<ReturnType<typeof openQueries>>;
beforeEach(async () => {
  queries = await openQueries();
});
afterEach(() => queries.close());

/** Hours by the user 7 in the week, and the stretches of raw rows that were read for it. */
async function ask(fields: Partial<UsageQuery> = {}) {
  const read: string[] = [];
  const print = ({ startMs, endMs }: ScanSegment) =>
    [startMs, endMs].map((timeMs) => new Date(timeMs).toISOString().slice(8, 13)).join(" to ");
  const store = {
    ...queries.store,
    scan: (scan: UsageScan) => {
      read.push(...scan.segments.filter(({ table }) => table === "usage_raw").map(print));
      return queries.store.scan(scan);
    },
  };
  const asked = query({ range: WEEK, window: "hour", filter: { user: [7] }, empty: "omit", ...fields });
  const { rows } = await queries.run(asked, [], store);
  const hours = rows.map(({ windowIndex, values }) => {
    const hour = new Date(WEEK.startMs + windowIndex * HOUR_MS).toISOString().slice(8, 13);
    return [hour, ...Object.values(values)].join(" ");
  });
  return { hours, read };
}

describe("hours of one user", () => {
  test("are read from the days on which the user did something, and from no others", async () => {
    const times = ["02T05:59", "02T06:00", "05T10:00", "05T10:59", "06T00:00", "09T17:59", "09T18:00"];
    const others = [3, 4, 7, 8].map((day) => event({ timeMs: at(`0${day}T12:00`), user: 8 }));
    await queries.append([...times.map((time) => event({ timeMs: at(time), user: 7 })), ...others]);
    expect(await ask()).toEqual({
      hours: ["02T06 1", "05T10 2", "06T00 1", "09T17 1"],
      read: ["02T06 to 03T00", "05T00 to 07T00", "09T00 to 09T18"],
    });
  });

  test("are none, without a look at any raw row, for a user who did nothing, and zeros where those are asked for", async () => {
    await queries.append([event({ timeMs: at("02T05:59"), user: 8 }), event({ timeMs: at("05T10:00"), user: 8 })]);
    expect(await ask()).toEqual({ hours: [], read: [] });
    const { hours, read } = await ask({ empty: "zero" });
    // 18 hours of the first day, six days, 18 hours of the last one.
    expect([hours.length, new Set(hours.map((hour) => hour.slice(6))), read]).toEqual([180, new Set(["0"]), []]);
  });

  test("count what was committed a moment ago, and sums that cancel out", async () => {
    await queries.append([event({ timeMs: at("04T01:00"), user: 7, bytesOut: 5 })]);
    await queries.append([event({ id: "2", timeMs: at("04T02:00"), user: 7, bytesOut: -5, count: -1 })]);
    expect(await ask({ metrics: ["requests", "bytes_out"] })).toEqual({
      hours: ["04T01 1 5", "04T02 -1 -5"],
      read: ["04T00 to 05T00"],
    });
  });

  test("are read whole where no table of days tells apart what is asked for, or two days are all there are", async () => {
    await queries.append([event({ timeMs: at("04T01:00"), user: 7, space: 3 })]);
    expect(await ask({ filter: { user: [7], space: [3] } })).toEqual({
      hours: ["04T01 1"],
      read: ["02T06 to 09T18"],
    });
    expect((await ask({ range: { startMs: WEEK.startMs, endMs: at("04T06:00") } })).read).toEqual(["02T06 to 04T06"]);
  });

  test("are read whole where the user did something on too many days that do not lie together", async () => {
    // The 1st, 3rd, … 31st of March, then the 2nd of April: 17 days.
    const times = Array.from({ length: 17 }, (_, index) => at("01T12:00") + index * 2 * DAY_MS);
    const range = { startMs: at("01T00:00"), endMs: Date.parse("2026-04-20T00:00Z") };
    await queries.append(times.map((timeMs) => event({ timeMs, user: 7 })));
    expect((await ask({ range })).read).toEqual(["01T00 to 20T00"]);
    await queries.append([event({ id: "more", timeMs: at("02T12:00"), user: 7 })]);
    expect((await ask({ range })).read).toHaveLength(16);
  });
});

test("hours of one asset are read from the days that have any", async () => {
  await queries.append([event({ timeMs: at("05T10:00"), asset: 12 }), event({ timeMs: at("06T10:00"), asset: 13 })]);
  expect(await ask({ filter: { asset: [12] } })).toEqual({ hours: ["05T10 1"], read: ["05T00 to 06T00"] });
});
