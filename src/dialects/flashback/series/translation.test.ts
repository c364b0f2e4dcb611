import { describe, expect, test } from "vitest";
import type { UsageResult, UsageResultRow } from "../../../model/usage-result.ts";
import { buildTestBucket } from "../bucket.contract.ts";
import { fromUsageResult, toUsageQuery } from "./translation.ts";

const DAY_MS = 86_400_000;
/** 2026-03-01T00:00:00Z; its UNIX second is 1772323200. */
const START_MS = Date.UTC(2026, 2, 1);

describe("toUsageQuery", () => {
  test("any number of buckets and windows is one question", () => {
    const range = { startMs: START_MS, endMs: START_MS + 2 * DAY_MS };
    const query = toUsageQuery({ organization: 42, filter: { bucket: ["a", "b"] }, range, window: "minute" });
    expect(query).toMatchObject({ range, groupBy: ["bucket"], window: "minute", empty: "omit" });
    expect(query.filter).toEqual({ bucket: ["a", "b"] });
    // What counts as an upload, a download and a request; every kind changes the size.
    expect(query.kindsOf).toEqual({
      bytes_in: ["upload"],
      bytes_out: ["delivery"],
      requests: ["api", "delivery", "upload", "delete"],
    });
  });
});

describe("fromUsageResult", () => {
  const row = (
    windowIndex: number,
    group: UsageResultRow["group"],
    values: UsageResultRow["values"],
  ): UsageResultRow => ({ windowIndex, group, rest: false, values });
  const result = (days: number, rows: readonly UsageResultRow[]): UsageResult => ({
    windows: Array.from({ length: days }, (_, index) => {
      const startMs = START_MS + index * DAY_MS;
      return { startMs, fromMs: startMs, untilMs: startMs + DAY_MS };
    }),
    rows,
    completeUntilMs: START_MS + days * DAY_MS,
  });

  test("bytes in go up, bytes out down; quiet windows have no row", () => {
    const read = result(3, [
      row(0, { bucket: "a" }, { bytes_in: 1000n, bytes_out: 536_870_912n, size_change: 9_007_199_254_740_995n }),
      row(0, { bucket: "b" }, { bytes_in: 0n, bytes_out: 0n, size_change: 0n }),
      row(2, { bucket: "a" }, { bytes_in: 0n, bytes_out: 0n, size_change: -1000n }),
    ]);
    const a = buildTestBucket("a", { repo: "site", endpoint: "https://s3.example.com" });
    const named = (id: string, repoId: string, host: string) => ({
      repoId,
      bucketId: id,
      unitId: id,
      latency_ms: 0,
      host,
    });
    expect(fromUsageResult(read, [a, buildTestBucket("b")])).toEqual([
      {
        ...named("a", "site", "s3.example.com"),
        timestamp: 1_772_323_200,
        upl_bytes: "1000",
        dwl_bytes: "536870912",
        size_change: "9007199254740995",
      },
      { ...named("b", "", ""), timestamp: 1_772_323_200, upl_bytes: "0", dwl_bytes: "0", size_change: "0" },
      {
        ...named("a", "site", "s3.example.com"),
        timestamp: 1_772_496_000,
        upl_bytes: "0",
        dwl_bytes: "0",
        size_change: "-1000",
      },
    ]);
  });
});
