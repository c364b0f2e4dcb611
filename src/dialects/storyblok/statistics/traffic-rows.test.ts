import { describe, expect, test } from "vitest";
import type { DimensionValue } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import { buildWindows } from "../../../model/window.ts";
import { formatPeriod, sumPerPeriod, type TrafficGroup, toSpaceRows, toTopSpaces } from "./traffic-rows.ts";

const at = (text: string) => Date.parse(text);
const NOW_MS = at("2026-11-20T12:00:00Z");

/** A result of two months, January and February 2026, from rows of (month 0 or 1, space, requests, bytes). */
function buildResult(rows: readonly (readonly [number, DimensionValue, number, number])[]): UsageResult {
  const range = { startMs: at("2026-01-01"), endMs: at("2026-03-01") };
  return {
    windows: buildWindows(range, "month", "UTC"),
    rows: rows.map(([windowIndex, space, requests, bytes]) => ({
      windowIndex,
      group: { space },
      rest: false,
      values: { requests: BigInt(requests), bytes_out: BigInt(bytes) },
    })),
    completeUntilMs: NOW_MS,
  };
}

const row = (date: string, requests: number, bytes: number) => ({
  date,
  api_requests: BigInt(requests),
  total_bytes: BigInt(bytes),
});

describe("formatPeriod", () => {
  const range = { startMs: at("2026-01-31"), endMs: at("2026-02-01") };
  test.each([
    ["day", "2026-01-31"],
    ["week", "2026-01-26"],
    ["month", "2026-01"],
    ["year", "2026"],
  ] as const)("31 January 2026, a Saturday, is in the %s %s", (group: TrafficGroup, text) => {
    expect(formatPeriod(buildWindows(range, group, "UTC")[0]!, group)).toBe(text);
  });
});

describe("sumPerPeriod", () => {
  test("requests without a space count, and a period without data has no row", () => {
    const result = buildResult([
      [1, 101, 1, 10],
      [1, null, 2, 20],
    ]);
    expect(sumPerPeriod(result.rows, result.windows, "month")).toEqual([row("2026-02", 3, 30)]);
  });

  test("sums above 2^53 keep every digit", () => {
    const result = buildResult([
      [0, 101, 1, Number.MAX_SAFE_INTEGER],
      [0, 102, 1, Number.MAX_SAFE_INTEGER],
    ]);
    expect(sumPerPeriod(result.rows, result.windows, "month")[0]?.total_bytes).toBe(18_014_398_509_481_982n);
  });
});

describe("toTopSpaces", () => {
  test("no data gives an empty object", () => {
    expect(toTopSpaces(buildResult([]), "month")).toEqual({});
  });

  test("three spaces leave no others", () => {
    const result = buildResult([
      [0, 101, 1, 10],
      [0, 102, 1, 20],
      [1, 103, 1, 30],
    ]);
    expect(toTopSpaces(result, "month")).toEqual({
      "101": [row("2026-01", 1, 10)],
      "102": [row("2026-01", 1, 20)],
      "103": [row("2026-02", 1, 30)],
    });
  });

  test("bytes of the whole range decide, then requests, then the smaller id; the others are added up", () => {
    const result = buildResult([
      [0, 101, 1, 10],
      [0, 102, 9, 10],
      [0, 103, 1, 6],
      [1, 103, 1, 6],
      [0, 104, 1, 10],
      [0, 105, 1, 10],
      [1, 105, 1, 0],
      [0, null, 99, 99],
    ]);
    // 103 has 12 bytes; of those with 10, 102 has 9 requests and 105 has 2; 101 and 104 have one each.
    expect(toTopSpaces(result, "month")).toEqual({
      "103": [row("2026-01", 1, 6), row("2026-02", 1, 6)],
      "102": [row("2026-01", 9, 10)],
      "105": [row("2026-01", 1, 10), row("2026-02", 1, 0)],
      other_spaces: [row("2026-01", 2, 20)],
    });
  });

  test("of equals the smaller ids are shown", () => {
    const result = buildResult([104, 103, 102, 101].map((space) => [0, space, 1, 10] as const));
    expect(Object.keys(toTopSpaces(result, "month")).sort()).toEqual(["101", "102", "103", "other_spaces"]);
  });
});

describe("toSpaceRows", () => {
  const context = {
    group: "month",
    spaces: [101, 102],
    logsCompleteUntilMs: () => Infinity,
    nowMs: NOW_MS,
    rowsMax: 100,
  } as const;

  test("rows ascend by date, then by space; requests without a space have none", () => {
    const result = buildResult([
      [0, 102, 2, 20],
      [1, 101, 4, 40],
      [0, 101, 1, 10],
      [1, null, 8, 80],
    ]);
    expect(toSpaceRows(result, context)).toEqual([
      { ...row("2026-01", 1, 10), space_id: 101 },
      { ...row("2026-01", 2, 20), space_id: 102 },
      { ...row("2026-02", 4, 40), space_id: 101 },
    ]);
  });

  test("a period that a late log has not covered is null, and has a row even without a request", () => {
    const result = buildResult([
      [0, 101, 1, 10],
      [1, 101, 4, 40],
    ]);
    const midFebruary = (space: number) => (space === 101 ? Infinity : at("2026-02-14"));
    expect(toSpaceRows(result, { ...context, logsCompleteUntilMs: midFebruary })).toEqual([
      { ...row("2026-01", 1, 10), space_id: 101 },
      { ...row("2026-02", 4, 40), space_id: 101 },
      { date: "2026-02", api_requests: 0n, total_bytes: null, space_id: 102 },
    ]);
  });

  test("requests of an unknown period stay a number", () => {
    const result = buildResult([[1, 101, 4, 40]]);
    const rows = toSpaceRows(result, { ...context, spaces: [101], logsCompleteUntilMs: () => at("2026-02-01") });
    expect(rows).toEqual([{ date: "2026-02", api_requests: 4n, total_bytes: null, space_id: 101 }]);
  });

  test("a log that is complete up to the very end of a period leaves nothing unknown in it", () => {
    const result = buildResult([[1, 101, 4, 40]]);
    const rows = toSpaceRows(result, { ...context, spaces: [101], logsCompleteUntilMs: () => at("2026-03-01") });
    expect(rows).toEqual([{ ...row("2026-02", 4, 40), space_id: 101 }]);
  });

  test("a period that has not begun is empty, not unknown", () => {
    const nowMs = at("2026-01-20");
    const rows = toSpaceRows(buildResult([]), { ...context, spaces: [101], logsCompleteUntilMs: () => 0, nowMs });
    expect(rows).toEqual([{ date: "2026-01", api_requests: 0n, total_bytes: null, space_id: 101 }]);
  });

  test("periods that are not known count as rows, and one row more than is allowed is refused", () => {
    const result = buildResult([
      [0, 101, 1, 10],
      [1, 101, 4, 40],
    ]);
    // 101: January, and February that is not known. 102: two months that are not known. Four rows.
    const late = { ...context, logsCompleteUntilMs: (space: number) => (space === 101 ? at("2026-02-01") : 0) };
    expect(toSpaceRows(result, { ...late, rowsMax: 4 })).toHaveLength(4);
    const tooMany = expect.objectContaining({ code: "query/too-many-rows" });
    expect(() => toSpaceRows(result, { ...late, rowsMax: 3 })).toThrow(tooMany);
  });
});
