import { describe, expect, test } from "vitest";
import type { Principal } from "../../../model/token.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import type { StatType } from "../stat-type.ts";
import { readTimeSeriesRequest } from "./parameters.ts";
import { fromUsageResult, toUsageQuery } from "./translation.ts";

/** 2026-03-02T12:00:00Z. */
const NOW_MS = 1_772_452_800_000;

const ADMIN: Principal = {
  id: "t1",
  organization: 42,
  name: "ann",
  role: "admin",
  scopes: ["stats:read"],
  spaces: null,
  user: 7,
};

const read = (type: StatType, text: string) => readTimeSeriesRequest(type, new URLSearchParams(text), NOW_MS);
const RANGE = "start_time=1772440200&end_time=1772451000";

describe("toUsageQuery", () => {
  test("the second that end_time names is included, to its last millisecond", () => {
    expect(toUsageQuery(read("api", RANGE), ADMIN)).toEqual({
      organization: 42,
      metrics: ["requests"],
      range: { startMs: 1_772_440_200_000, endMs: 1_772_451_001_000 },
      filter: { kind: ["api"] },
      groupBy: [],
      window: "hour",
      timeZone: "UTC",
      whereDropped: "widen",
      order: { by: "group" },
      empty: "omit",
      rowsMax: 8738,
    });
  });

  test("seven days are read by hour, one second more by day", () => {
    const endS = 1_772_452_800;
    expect(toUsageQuery(read("api", `start_time=${endS - 604_800}`), ADMIN).window).toBe("hour");
    expect(toUsageQuery(read("api", `start_time=${endS - 604_801}`), ADMIN).window).toBe("day");
  });

  test("storage reads what all kinds left behind, in every window", () => {
    expect(toUsageQuery(read("storage", "stat_subtype=ASSET"), ADMIN)).toMatchObject({
      metrics: ["stored_bytes"],
      filter: {},
      empty: "zero",
    });
  });

  test.each([
    ["cdn", "", "bytes_out", "delivery"],
    ["cdn", "stat_subtype=traffic", "bytes_out", "delivery"],
    ["cdn", "stat_subtype=request", "requests", "delivery"],
    ["addons", "", "requests", "addon"],
    ["transcodes", "", "requests", "transcode"],
  ] as const)("%s?%s reads %s of kind %s", (type, text, metric, kind) => {
    expect(toUsageQuery(read(type, text), ADMIN)).toMatchObject({ metrics: [metric], filter: { kind: [kind] } });
  });

  test("an addon id is matched as it is", () => {
    const query = toUsageQuery(read("addons", "stat_subtype=STORYBOARD"), ADMIN);
    expect(query.filter).toEqual({ kind: ["addon"], operation: ["STORYBOARD"] });
  });

  test("an api template also matches the calls that were stored with their method", () => {
    const { operation } = toUsageQuery(read("api", "stat_subtype=/api/v1/search"), ADMIN).filter;
    expect(operation).toEqual(expect.arrayContaining(["/api/v1/search", "GET /api/v1/search", "POST /api/v1/search"]));
  });

  test("a user's figures are those of events that carry the user", () => {
    expect(toUsageQuery(read("cdn", "user_id=8"), ADMIN).filter).toEqual({ kind: ["delivery"], user: [8] });
  });

  test("fill=zero asks for every window", () => {
    expect(toUsageQuery(read("api", "fill=zero"), ADMIN).empty).toBe("zero");
  });

  test("a token that is limited to spaces counts only what happened in them", () => {
    const limited = { ...ADMIN, spaces: [5] };
    expect(toUsageQuery(read("storage", ""), limited).filter).toEqual({ space: [5] });
  });
});

describe("fromUsageResult", () => {
  /** 08:30 to 11:30:00 in hours: 08:00, 09:00, 10:00, 11:00. */
  const hours = [1_772_438_400_000, 1_772_442_000_000, 1_772_445_600_000, 1_772_449_200_000];
  const result = (metric: "requests" | "stored_bytes", values: Readonly<Record<number, bigint>>): UsageResult => ({
    windows: hours.map((startMs) => ({ startMs, fromMs: startMs, untilMs: startMs + 3_600_000 })),
    rows: Object.entries(values).map(([index, value]) => ({
      windowIndex: Number(index),
      group: {},
      rest: false,
      values: { [metric]: value },
    })),
    completeUntilMs: NOW_MS,
  });

  test("one point per window with a record, at the start of the window, ascending", () => {
    const text = `${RANGE}&user_id=8`;
    expect(fromUsageResult(result("requests", { 0: 2n, 2: 4n }), read("api", text), 42)).toEqual({
      usergroup_id: 42,
      stat_type: "api",
      stat_subtype: null,
      start_time: "1772440200",
      end_time: "1772451000",
      data: {
        "8": [
          { timestamp: 1_772_438_400, value: 2n },
          { timestamp: 1_772_445_600, value: 4n },
        ],
      },
    });
  });

  test("fill=zero gives the windows without a record the value 0", () => {
    const series = fromUsageResult(result("requests", { 0: 2n, 2: 4n }), read("api", `${RANGE}&fill=zero`), 42);
    expect(series.data["*"]?.map((point) => point.value)).toEqual([2n, 0n, 4n, 0n]);
  });

  test("a window whose records count nothing is a point with the value 0, not a missing one", () => {
    const series = fromUsageResult(result("requests", { 1: 0n }), read("api", RANGE), 42);
    expect(series.data).toEqual({ "*": [{ timestamp: 1_772_442_000, value: 0n }] });
  });

  test("without any record flows are an empty list and storage is zeros", () => {
    expect(fromUsageResult(result("requests", {}), read("api", RANGE), 42).data).toEqual({ "*": [] });
    const stored = fromUsageResult(result("stored_bytes", {}), read("storage", RANGE), 42);
    expect(stored.data["*"]?.map((point) => point.value)).toEqual([0n, 0n, 0n, 0n]);
  });

  test("sums beyond 2^53 keep every digit", () => {
    const series = fromUsageResult(result("requests", { 3: 9_007_199_254_740_993n }), read("api", RANGE), 42);
    expect(series.data["*"]).toEqual([{ timestamp: 1_772_449_200, value: 9_007_199_254_740_993n }]);
  });

  test("the subtype is repeated as sent, and null where a default applies", () => {
    expect(fromUsageResult(result("requests", {}), read("cdn", "stat_subtype=request"), 42).stat_subtype).toBe(
      "request",
    );
    expect(fromUsageResult(result("requests", {}), read("cdn", ""), 42).stat_subtype).toBeNull();
  });
});
