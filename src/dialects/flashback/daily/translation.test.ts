import { describe, expect, test } from "vitest";
import type { Bucket } from "../../../model/bucket.ts";
import type { UsageResult, UsageResultRow } from "../../../model/usage-result.ts";
import { fromUsageResult, toUsageQuery } from "./translation.ts";

const DAY_MS = 86_400_000;
/** 2026-03-01T00:00:00Z; its UNIX second is 1772323200. */
const START_MS = Date.UTC(2026, 2, 1);

const bucket = (id: string, overrides: Partial<Bucket> = {}): Bucket => ({
  organization: 42,
  id,
  name: id,
  space: 5,
  repo: null,
  endpoint: "",
  createdAtMs: 0,
  deletedAtMs: null,
  ...overrides,
});

describe("toUsageQuery", () => {
  test("what was held before the range is read up to its start", () => {
    const range = { startMs: START_MS, endMs: START_MS + 2 * DAY_MS };
    const { flows, levels, opening } = toUsageQuery({ organization: 42, bucketIds: ["a"], range });
    expect(flows).toMatchObject({ range, groupBy: ["bucket", "kind"], window: "day", empty: "omit" });
    expect(levels).toMatchObject({ range, metrics: ["stored_bytes"], groupBy: ["bucket"], window: "day" });
    expect(opening).toMatchObject({ range: { startMs: 0, endMs: START_MS }, window: "none" });
  });

  test("nothing lies before 1970", () => {
    const range = { startMs: 0, endMs: DAY_MS };
    expect(toUsageQuery({ organization: 42, bucketIds: ["a"], range }).opening).toBeNull();
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

  test("the change of a day is what the bucket holds at its end less what it held before; quiet days have no row", () => {
    const results = {
      flows: result(3, [
        row(0, { bucket: "a", kind: "upload" }, { bytes_in: 1000n, bytes_out: 7n }),
        row(0, { bucket: "a", kind: "delivery" }, { bytes_in: 3n, bytes_out: 536_870_912n }),
        row(2, { bucket: "a", kind: "delete" }, { bytes_in: 0n, bytes_out: 0n }),
        row(0, { bucket: "b", kind: "api" }, { bytes_in: 5n, bytes_out: 5n }),
      ]),
      levels: result(3, [
        row(0, { bucket: "a" }, { stored_bytes: 9_007_199_254_741_993n }),
        row(1, { bucket: "a" }, { stored_bytes: 9_007_199_254_741_993n }),
        row(2, { bucket: "a" }, { stored_bytes: 9_007_199_254_740_993n }),
        row(0, { bucket: "b" }, { stored_bytes: 0n }),
      ]),
      opening: result(1, [row(0, { bucket: "a" }, { stored_bytes: 9_007_199_254_740_993n })]),
    };
    const a = bucket("a", { repo: "site", endpoint: "https://s3.example.com" });
    const named = (id: string, repoId: string, host: string) => ({
      repoId,
      bucketId: id,
      unitId: id,
      latency_ms: 0,
      host,
    });
    expect(fromUsageResult(results, [a, bucket("b")])).toEqual([
      {
        ...named("a", "site", "s3.example.com"),
        timestamp: 1_772_323_200,
        upl_bytes: "1000",
        dwl_bytes: "536870912",
        size_change: "1000",
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

  test("a bucket that begins inside the range grows from nothing", () => {
    const results = {
      flows: result(2, [row(1, { bucket: "a", kind: "upload" }, { bytes_in: 5n, bytes_out: 0n })]),
      levels: result(2, [row(1, { bucket: "a" }, { stored_bytes: 5n })]),
      opening: null,
    };
    expect(fromUsageResult(results, [bucket("a")])).toMatchObject([{ timestamp: 1_772_409_600, size_change: "5" }]);
  });
});
