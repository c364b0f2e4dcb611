import { describe, expect, test } from "vitest";
import { buildWindows } from "../../../model/window.ts";
import { toJson } from "../../../platform/json.ts";
import workedRequest from "../fixtures/all-traffic-worked-example.request.json" with { type: "json" };
import workedResponse from "../fixtures/all-traffic-worked-example.response.json" with { type: "json" };
import { ADMIN, buildRouteRequest } from "../fixtures/route-request.contract.ts";
import { fromUsageResult, toParameters, toUsageQuery } from "./organization-all-traffic.ts";

const at = (text: string) => Date.parse(text);
const NOW_MS = at("2026-11-20T12:00:00Z");

describe("toParameters", () => {
  test.each(["day", "week", "month", "year"])("periods may be a %s", (group) => {
    expect(toParameters(buildRouteRequest(`/x?group_by=${group}`), NOW_MS).group).toBe(group);
  });

  test("the default is months of the year up to today", () => {
    expect(toParameters(buildRouteRequest("/x"), NOW_MS)).toEqual({
      organization: 1,
      range: { startMs: at("2025-11-20"), endMs: at("2026-11-21") },
      group: "month",
    });
  });

  test.each(["hour", "", "Month", "constructor"])("group_by=%s is refused", (group) => {
    expect(() => toParameters(buildRouteRequest(`/x?group_by=${group}`), NOW_MS)).toThrow(
      "Invalid group_by. Expected one of: day, month, year",
    );
  });

  test("members and tokens of single spaces are refused before their dates are looked at", () => {
    for (const principal of [
      { ...ADMIN, role: "member" as const },
      { ...ADMIN, spaces: [606] },
    ]) {
      const request = buildRouteRequest("/x?start_date=x", { principal });
      expect(() => toParameters(request, NOW_MS)).toThrow(expect.objectContaining({ code: "access/forbidden" }));
    }
    const manager = { ...ADMIN, role: "manager" as const };
    expect(() => toParameters(buildRouteRequest("/x", { principal: manager }), NOW_MS)).not.toThrow();
  });
});

describe("fromUsageResult", () => {
  const parameters = toParameters(buildRouteRequest(workedRequest.url), NOW_MS);
  const query = toUsageQuery(parameters);
  const windows = buildWindows(query.range, query.window, query.timeZone);
  const context = {
    group: parameters.group,
    spaces: [101, 102, 103, 104],
    logsCompleteUntilMs: (space: number) => (space === 102 ? at("2026-02-20") : Infinity),
    nowMs: NOW_MS,
    rowsMax: 100,
    monthlyTrafficBytesMax: 100_000_000,
    trafficUsedThisYear: 41_000_000n,
    requestsUsedLastDays: 410n,
  };

  test("the worked example is answered as it stands, with 102 unknown in February and in every sum", () => {
    const rows = (
      [
        [0, 101, 1000n, 5_000_000n],
        [0, 102, 400n, 2_000_000n],
        [0, 103, 300n, 1_500_000n],
        [0, 104, 50n, 100_000n],
        [1, 101, 1200n, 6_000_000n],
        [1, 102, 500n, 1_200_000n],
        [1, 104, 70n, 200_000n],
      ] as const
    ).map(([windowIndex, space, requests, bytes_out]) => ({
      windowIndex,
      group: { space },
      rest: false,
      values: { requests, bytes_out },
    }));
    const body = fromUsageResult({ windows, rows, completeUntilMs: NOW_MS }, context);
    expect(JSON.parse(toJson(body))).toEqual(workedResponse.body);
  });

  test("no data is zeros and empty lists beside the limits", () => {
    const nothing = {
      ...context,
      logsCompleteUntilMs: () => Infinity,
      trafficUsedThisYear: 0n,
      requestsUsedLastDays: 0n,
    };
    const body = fromUsageResult({ windows, rows: [], completeUntilMs: NOW_MS }, nothing);
    expect(JSON.parse(toJson(body))).toEqual({
      montly_traffic_limit: 100_000_000,
      yearly_traffic_limit: 1_200_000_000,
      traffic_used_this_year: 0,
      cumulated_traffic: {
        requests_used_last_days: 0,
        total_requests_per_time_period: 0,
        total_traffic_per_time_period: 0,
        traffic: [],
      },
      traffic_top_spaces: {},
      traffic: [],
    });
  });

  test("twelve times the largest limit keeps every digit", () => {
    const body = fromUsageResult(
      { windows, rows: [], completeUntilMs: NOW_MS },
      { ...context, monthlyTrafficBytesMax: Number.MAX_SAFE_INTEGER },
    );
    expect(body.yearly_traffic_limit).toBe(108_086_391_056_891_892n);
  });
});
