/**
 * Sums by kind → the four figures that Flashback shows of a bucket. The one place that says what each is made of. Pure.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import type { UsageKind } from "../../model/usage-event.ts";
import type { MetricName } from "../../model/usage-query.ts";
import type { UsageResultRow } from "../../model/usage-result.ts";

/** What a bucket counted, exactly. The change of size may be negative. */
export type StorageFigures = {
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly sizeChangeBytes: bigint;
  readonly requests: bigint;
};

/** The metrics that figures are made of, asked by kind. */
export const FIGURE_METRICS: readonly MetricName[] = ["bytes_in", "bytes_out", "size_change", "requests"];

/** The figures of nothing. */
export const NO_FIGURES: StorageFigures = { uploadBytes: 0n, downloadBytes: 0n, sizeChangeBytes: 0n, requests: 0n };

/** The kinds of which somebody asked something of the storage: a job that makes a derivative is no request. */
const REQUEST_KINDS: readonly UsageKind[] = ["api", "delivery", "upload", "delete"];

/** The figures in one row of an answer by kind. The body of an API request is no upload, its answer no download. */
export function toStorageFigures({ group, values }: Pick<UsageResultRow, "group" | "values">): StorageFigures {
  const { kind } = group;
  return {
    uploadBytes: kind === "upload" ? (values.bytes_in ?? 0n) : 0n,
    downloadBytes: kind === "delivery" ? (values.bytes_out ?? 0n) : 0n,
    sizeChangeBytes: values.size_change ?? 0n,
    requests: (REQUEST_KINDS as readonly unknown[]).includes(kind) ? (values.requests ?? 0n) : 0n,
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
