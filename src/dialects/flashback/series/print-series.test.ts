import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { UsageResult } from "../../../model/usage-result.ts";
import { buildTestBucket } from "../bucket.contract.ts";
import { printSeries } from "./print-series.ts";
import { fromUsageResult } from "./translation.ts";

const DAY_MS = 86_400_000;
const IDS = ["b", 'a "quoted"\\', "ü,\n", "__proto__", "unasked"];

describe("printSeries", () => {
  test("is the JSON of the rows, whatever buckets are called and however large numbers are", () => {
    const anyRow = fc.record({
      windowIndex: fc.integer({ min: 0, max: 3 }),
      bucket: fc.constantFrom(...IDS, null),
      bytes_in: fc.bigInt({ min: 0n, max: 2n ** 70n }),
      bytes_out: fc.bigInt({ min: 0n, max: 9n }),
      size_change: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    });
    const anyRows = fc.uniqueArray(anyRow, { selector: ({ windowIndex, bucket }) => `${windowIndex} ${bucket}` });
    const anyBuckets = fc.shuffledSubarray(IDS.slice(0, -1)).map((ids) =>
      ids.map((id, index) => {
        const fields = {
          repo: index % 2 === 0 ? null : `re"po ${index}`,
          endpoint: index % 3 === 0 ? "" : "s3.example.com",
        };
        return buildTestBucket(id, fields);
      }),
    );
    const property = fc.property(anyRows, anyBuckets, (rows, buckets) => {
      const result: UsageResult = {
        windows: [0, 1, 2, 3].map((day) => ({
          startMs: day * DAY_MS,
          fromMs: day * DAY_MS,
          untilMs: (day + 1) * DAY_MS,
        })),
        rows: rows
          .sort((a, b) => a.windowIndex - b.windowIndex)
          .map(({ windowIndex, bucket, ...values }) => ({ windowIndex, group: { bucket }, rest: false, values })),
        completeUntilMs: 0,
      };
      const data = fromUsageResult(result, buckets);
      expect(printSeries(result, buckets)).toBe(JSON.stringify({ success: true, data }));
    });
    fc.assert(property);
  });
});
