/**
 * Sums → the four figures that Flashback shows of a bucket. The one place that says what each is made of. Pure.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import type { MetricName, UsageQuery } from "../../model/usage-query.ts";
import type { UsageResultRow } from "../../model/usage-result.ts";

/** What a bucket counted, exactly. The change of size may be negative. */
export type StorageFigures = {
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly sizeChangeBytes: bigint;
  readonly requests: bigint;
};

/** The metrics that figures are made of. */
export const FIGURE_METRICS: readonly MetricName[] = ["bytes_in", "bytes_out", "size_change", "requests"];

/**
 * The kinds that count for them. The body of an API request is no upload, its answer no download; a request is what
 * somebody asked of the storage, which a job that makes a derivative is not.
 */
export const FIGURE_KINDS = {
  bytes_in: ["upload"],
  bytes_out: ["delivery"],
  requests: ["api", "delivery", "upload", "delete"],
} as const satisfies UsageQuery["kindsOf"];

/** The figures of nothing. */
export const NO_FIGURES: StorageFigures = { uploadBytes: 0n, downloadBytes: 0n, sizeChangeBytes: 0n, requests: 0n };

/** The figures in one row of an answer. */
export function toStorageFigures({ values }: Pick<UsageResultRow, "values">): StorageFigures {
  return {
    uploadBytes: values.bytes_in ?? 0n,
    downloadBytes: values.bytes_out ?? 0n,
    sizeChangeBytes: values.size_change ?? 0n,
    requests: values.requests ?? 0n,
  };
}

/** Two figures added up. */
export function addFigures(a: StorageFigures, b: StorageFigures): StorageFigures {
  return {
    uploadBytes: a.uploadBytes + b.uploadBytes,
    downloadBytes: a.downloadBytes + b.downloadBytes,
    sizeChangeBytes: a.sizeChangeBytes + b.sizeChangeBytes,
    requests: a.requests + b.requests,
  };
}
