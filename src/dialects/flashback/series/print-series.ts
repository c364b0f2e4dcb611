/**
 * UsageResult → the text of a series' answer, the same as JSON of fromUsageResult's rows. Pure. What does not change from
 * row to row is printed once for each bucket: all buckets on every day of a year are 365,000 rows of nine fields, of which
 * five are the bucket's.
 */
import type { Bucket } from "../../../model/bucket.ts";
import type { DimensionValue } from "../../../model/usage-query.ts";
import type { UsageResult, UsageResultRow } from "../../../model/usage-result.ts";
import { toStorageFigures } from "../storage-figures.ts";
import { toHost } from "./selection.ts";

/** The text around the numbers of one bucket's rows, and its place among the buckets. */
type PrintedBucket = { readonly place: number; readonly before: string; readonly after: string };

/** The answer: `success` and `data` with the rows of fromUsageResult in their order. */
export function printSeries({ rows, windows }: UsageResult, buckets: readonly Bucket[]): string {
  const printed = new Map<DimensionValue | undefined, PrintedBucket>(
    buckets.map((bucket, place) => [bucket.id, { place, ...printBucket(bucket) }]),
  );
  const texts: string[] = [];
  // Rows are in the order of their windows already; those of one window get the order of the buckets.
  for (let from = 0; from < rows.length; ) {
    const windowIndex = rows[from]?.windowIndex ?? 0;
    const timestamp = (windows[windowIndex]?.startMs ?? 0) / 1000;
    const ofWindow: { readonly bucket: PrintedBucket; readonly row: UsageResultRow }[] = [];
    for (; rows[from]?.windowIndex === windowIndex; from++) {
      const row = rows[from];
      const bucket = printed.get(row?.group.bucket);
      if (row !== undefined && bucket !== undefined) ofWindow.push({ bucket, row });
    }
    ofWindow.sort((a, b) => a.bucket.place - b.bucket.place);
    for (const { bucket, row } of ofWindow) texts.push(printRow(timestamp, bucket, row));
  }
  return `{"success":true,"data":[${texts.join(",")}]}`;
}

function printBucket(bucket: Bucket): Omit<PrintedBucket, "place"> {
  const id = JSON.stringify(bucket.id);
  const repo = JSON.stringify(bucket.repo ?? "");
  return {
    before: `,"repoId":${repo},"bucketId":${id},"unitId":${id},"upl_bytes":"`,
    after: `","latency_ms":0,"host":${JSON.stringify(toHost(bucket))}}`,
  };
}

/** Decimal strings of whole numbers need no escapes. */
function printRow(timestamp: number, { before, after }: PrintedBucket, row: UsageResultRow): string {
  const { uploadBytes, downloadBytes, sizeChangeBytes } = toStorageFigures(row);
  return `{"timestamp":${timestamp}${before}${uploadBytes}","dwl_bytes":"${downloadBytes}","size_change":"${sizeChangeBytes}${after}`;
}
