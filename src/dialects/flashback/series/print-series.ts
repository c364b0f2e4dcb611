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

/** The text around the numbers of one bucket's rows. */
type PrintedBucket = { readonly before: string; readonly after: string };

/** The answer: `success` and `data` with the rows of fromUsageResult in their order. */
export function printSeries({ rows, windows }: UsageResult, buckets: readonly Bucket[]): string {
  const printed = buckets.map(printBucket);
  const places = new Map<DimensionValue | undefined, number>(buckets.map(({ id }, place) => [id, place]));
  // One growing text: a list of 31,000 texts takes a fifth longer to join.
  let text = "";
  // Rows are in the order of their windows already; those of one window get the order of the buckets.
  for (let from = 0; from < rows.length; ) {
    const windowIndex = rows[from]?.windowIndex ?? 0;
    const timestamp = (windows[windowIndex]?.startMs ?? 0) / 1000;
    let count = 0;
    while (rows[from + count]?.windowIndex === windowIndex) count++;
    // A row's place and index as one number: numbers are put in order in a tenth of the time that comparing rows takes.
    const keys = new Float64Array(count);
    let known = 0;
    for (let index = 0; index < count; index++) {
      const place = places.get(rows[from + index]?.group.bucket);
      if (place !== undefined) keys[known++] = place * count + index;
    }
    for (const key of keys.subarray(0, known).sort()) {
      const [bucket, row] = [printed[Math.floor(key / count)], rows[from + (key % count)]];
      if (bucket !== undefined && row !== undefined)
        text += `${text === "" ? "" : ","}${printRow(timestamp, bucket, row)}`;
    }
    from += count;
  }
  return `{"success":true,"data":[${text}]}`;
}

function printBucket(bucket: Bucket): PrintedBucket {
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
