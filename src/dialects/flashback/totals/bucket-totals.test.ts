import { describe, expect, test } from "vitest";
import type { UsageResult, UsageValues } from "../../../model/usage-result.ts";
import { addTotals, fromUsageResult, NO_TOTALS, toUsageQuery } from "./bucket-totals.ts";

/** 2026-03-02T12:00:00Z. */
const NOW_MS = 1_772_452_800_000;

describe("toUsageQuery", () => {
  test("any number of buckets is one question over all time, events dated a whole year ahead included", () => {
    expect(toUsageQuery({ organization: 42, filter: { bucket: ["b", "a"] }, nowMs: NOW_MS })).toEqual({
      organization: 42,
      metrics: ["bytes_in", "bytes_out", "size_change", "objects_change"],
      // The end of the year after this one: an event of 2 March may be dated up to 365 days ahead.
      range: { startMs: 0, endMs: Date.UTC(2028, 0, 1) },
      filter: { bucket: ["b", "a"] },
      // The body of an API request is no upload, its answer no download; every kind changes sizes and objects.
      kindsOf: { bytes_in: ["upload"], bytes_out: ["delivery"] },
      groupBy: ["bucket"],
      window: "none",
      timeZone: "UTC",
      order: { by: "group" },
      empty: "omit",
      rowsMax: Number.MAX_SAFE_INTEGER,
    });
  });
});

describe("toUsageQuery at any time", () => {
  test.each(["2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z", "2027-12-31T23:59:59.999Z"])(
    "an event of %s that is dated 365 days ahead is inside the range",
    (now) => {
      const nowMs = Date.parse(now);
      const { range } = toUsageQuery({ organization: 42, filter: {}, nowMs });
      expect(range.endMs).toBeGreaterThan(nowMs + 365 * 86_400_000);
    },
  );
});

describe("fromUsageResult", () => {
  const result = (rows: readonly (readonly [string | null, UsageValues])[]): UsageResult => ({
    windows: [{ startMs: 0, fromMs: 0, untilMs: NOW_MS }],
    rows: rows.map(([bucket, values]) => ({ windowIndex: 0, group: { bucket }, rest: false, values })),
    completeUntilMs: NOW_MS,
  });

  test("each metric is the total of its name, and usage without a bucket is in none", () => {
    const every = { bytes_in: 1n, bytes_out: 10n, size_change: 100n, objects_change: 1000n };
    const totals = fromUsageResult(
      result([
        ["a", every],
        [null, every],
      ]),
    );
    expect([...totals]).toEqual([
      ["a", { uploadBytes: 1n, downloadBytes: 10n, sizeChangeBytes: 100n, objects: 1000n }],
    ]);
  });

  test("buckets are told apart, and those without a record are not there", () => {
    const totals = fromUsageResult(
      result([
        ["a", { bytes_in: 9_007_199_254_740_991n, size_change: 9_007_199_254_739_991n, objects_change: -1n }],
        ["b", { bytes_in: 1000n, size_change: -50n, objects_change: 0n }],
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
