import { describe, expect, test } from "vitest";
import type { UsageKind } from "../../../model/usage-event.ts";
import type { UsageResult, UsageValues } from "../../../model/usage-result.ts";
import { addTotals, fromUsageResult, NO_TOTALS, toUsageQuery } from "./bucket-totals.ts";

/** 2026-03-02T12:00:00Z. */
const NOW_MS = 1_772_452_800_000;

describe("toUsageQuery", () => {
  test("any number of buckets is one question over all time, events dated up to a day ahead included", () => {
    expect(toUsageQuery({ organization: 42, bucketIds: ["b", "a"], nowMs: NOW_MS })).toEqual({
      organization: 42,
      metrics: ["bytes_in", "bytes_out", "size_change", "objects_change"],
      // 2026-03-04T00:00:00Z: the end of the day after 2026-03-02.
      range: { startMs: 0, endMs: Date.UTC(2026, 2, 4) },
      filter: { bucket: ["b", "a"] },
      groupBy: ["bucket", "kind"],
      window: "none",
      timeZone: "UTC",
      order: { by: "group" },
      empty: "omit",
      rowsMax: 12,
    });
  });
});

describe("fromUsageResult", () => {
  const result = (rows: readonly (readonly [string | null, UsageKind, UsageValues])[]): UsageResult => ({
    windows: [{ startMs: 0, fromMs: 0, untilMs: NOW_MS }],
    rows: rows.map(([bucket, kind, values]) => ({ windowIndex: 0, group: { bucket, kind }, rest: false, values })),
    completeUntilMs: NOW_MS,
  });

  test("bytes in count for uploads, bytes out for deliveries, sizes and objects for every kind", () => {
    const every = { bytes_in: 1n, bytes_out: 10n, size_change: 100n, objects_change: 1000n };
    const kinds: readonly UsageKind[] = ["api", "delivery", "upload", "delete", "transcode", "addon"];
    const totals = fromUsageResult(result(kinds.map((kind) => ["a", kind, every] as const)));
    expect(totals.get("a")).toEqual({ uploadBytes: 1n, downloadBytes: 10n, sizeChangeBytes: 600n, objects: 6000n });
  });

  test("buckets are told apart, and those without a record are not there", () => {
    const totals = fromUsageResult(
      result([
        ["a", "upload", { bytes_in: 9_007_199_254_740_991n, size_change: 9_007_199_254_740_991n, objects_change: 1n }],
        ["a", "delete", { size_change: -1000n, objects_change: -2n }],
        ["b", "upload", { bytes_in: 1000n, size_change: -50n, objects_change: 0n }],
      ]),
    );
    expect([...totals]).toEqual([
      [
        "a",
        {
          uploadBytes: 9_007_199_254_740_991n,
          downloadBytes: 0n,
          sizeChangeBytes: 9_007_199_254_739_991n,
          objects: -1n,
        },
      ],
      ["b", { uploadBytes: 1000n, downloadBytes: 0n, sizeChangeBytes: -50n, objects: 0n }],
    ]);
  });
});

describe("addTotals", () => {
  test("sums beyond 2^53 keep every digit", () => {
    const a = { ...NO_TOTALS, uploadBytes: 9_007_199_254_741_991n };
    expect(addTotals(a, { ...NO_TOTALS, uploadBytes: 450n }).uploadBytes).toBe(9_007_199_254_742_441n);
  });
});
