/**
 * Bucket ids → UsageQuery, and UsageResult → what each bucket counted since its beginning. Pure.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference/storage-apis/bucket-management/get__bucket_stats.md,
 * read 2026-11-20
 */
import type { UsageFilter, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";

/** The totals of one bucket. `objects` are live ones; it and `sizeChangeBytes` may be negative. */
export type BucketTotals = {
  readonly objects: bigint;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly sizeChangeBytes: bigint;
};

/** Whose totals to read, at which moment. */
export type TotalsRequest = {
  readonly organization: number;
  /** Which usage to read; rows of other buckets do no harm. */
  readonly filter: UsageFilter;
  readonly nowMs: number;
};

/** What a bucket without a record has counted. */
export const NO_TOTALS: BucketTotals = { objects: 0n, uploadBytes: 0n, downloadBytes: 0n, sizeChangeBytes: 0n };

/**
 * One question for any number of buckets: sums over all time by bucket.
 * The range ends with the year after this one: events may be dated ahead of this server's clock, by as much as 365 days
 * (`ASSETMETER_FUTURE_TOLERANCE_MS`), and have changed the storage already. A year ends with a month: no day of this one has to
 * be read beside the sums of months.
 */
export function toUsageQuery({ organization, filter, nowMs }: TotalsRequest): UsageQuery {
  return {
    organization,
    metrics: ["bytes_in", "bytes_out", "size_change", "objects_change"],
    range: { startMs: 0, endMs: Date.UTC(new Date(nowMs).getUTCFullYear() + 2, 0) },
    filter,
    // The body of an API request is not an upload, and its answer is not a download.
    kindsOf: { bytes_in: ["upload"], bytes_out: ["delivery"] },
    groupBy: ["bucket"],
    window: "none",
    timeZone: "UTC",
    order: { by: "group" },
    empty: "omit",
    // One per bucket, deleted ones among them. The configuration bounds them.
    rowsMax: Number.MAX_SAFE_INTEGER,
  };
}

/** The totals by bucket id; a bucket without any record is not in the map. */
export function fromUsageResult(result: UsageResult): ReadonlyMap<string, BucketTotals> {
  const totals = new Map<string, BucketTotals>();
  for (const { group, values } of result.rows) {
    if (typeof group.bucket !== "string") continue;
    totals.set(group.bucket, {
      uploadBytes: values.bytes_in ?? 0n,
      downloadBytes: values.bytes_out ?? 0n,
      sizeChangeBytes: values.size_change ?? 0n,
      objects: values.objects_change ?? 0n,
    });
  }
  return totals;
}

/** Two totals added up, exactly. */
export function addTotals(a: BucketTotals, b: BucketTotals): BucketTotals {
  return {
    objects: a.objects + b.objects,
    uploadBytes: a.uploadBytes + b.uploadBytes,
    downloadBytes: a.downloadBytes + b.downloadBytes,
    sizeChangeBytes: a.sizeChangeBytes + b.sizeChangeBytes,
  };
}
