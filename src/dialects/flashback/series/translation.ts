/**
 * A range and buckets → UsageQuery, and UsageResult → Flashback's rows per day or minute and bucket. Pure.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import type { Bucket } from "../../../model/bucket.ts";
import type { DimensionValue, TimeRange, UsageFilter, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import { FIGURE_KINDS, FIGURE_METRICS, type StorageFigures, toStorageFigures } from "../storage-figures.ts";
import { toHost } from "./selection.ts";

/** Whose windows to read. */
export type SeriesScope = {
  readonly organization: number;
  /** Which usage to read; rows of other buckets do no harm. */
  readonly filter: UsageFilter;
  readonly range: TimeRange;
  readonly window: "day" | "minute";
};

/** One row of the answer. Sizes are decimal strings; `timestamp` is the start of the window in UNIX seconds. */
export type SeriesRow = {
  readonly timestamp: number;
  readonly repoId: string;
  readonly bucketId: string;
  /** The same id under its old name: older programs read this one. */
  readonly unitId: string;
  readonly upl_bytes: string;
  readonly dwl_bytes: string;
  readonly size_change: string;
  /** Always 0: no latency is measured. */
  readonly latency_ms: 0;
  readonly host: string;
};

/** The question behind the figures: a row stands for at least one record of a bucket in a window. */
export function toUsageQuery({ organization, filter, range, window }: SeriesScope): UsageQuery {
  return {
    organization,
    metrics: FIGURE_METRICS,
    range,
    filter,
    kindsOf: FIGURE_KINDS,
    groupBy: ["bucket"],
    window,
    timeZone: "UTC",
    // Of dropped days their month is shown, at its first. A minute is one or is refused: an hour is none.
    ...(window === "day" ? { whereDropped: "widen-range" } : {}),
    order: { by: "group" },
    empty: "omit",
    // Quiet windows have no row: how many there are is known only when they are read. The configuration bounds them.
    rowsMax: Number.MAX_SAFE_INTEGER,
  };
}

/**
 * Rows by window, then in the order of `buckets`: one per window and bucket with a record of any kind in it. What they are is
 * said here; print-series.ts prints the same without making them, and its test compares the two.
 */
export function fromUsageResult(result: UsageResult, buckets: readonly Bucket[]): readonly SeriesRow[] {
  const byWindow = toFiguresByWindow(result);
  const named = buckets.map((bucket) => ({ bucket, host: toHost(bucket) }));
  return result.windows.flatMap(({ startMs }, windowIndex) => {
    const ofWindow = byWindow.get(windowIndex);
    if (ofWindow === undefined) return [];
    const rows: SeriesRow[] = [];
    for (const { bucket, host } of named) {
      const figures = ofWindow.get(bucket.id);
      if (figures !== undefined) rows.push(toWireRow({ bucket, host, startMs }, figures));
    }
    return rows;
  });
}

function toFiguresByWindow(
  result: UsageResult,
): ReadonlyMap<number, ReadonlyMap<DimensionValue | undefined, StorageFigures>> {
  const byWindow = new Map<number, Map<DimensionValue | undefined, StorageFigures>>();
  for (const row of result.rows) {
    const ofWindow = byWindow.get(row.windowIndex) ?? new Map<DimensionValue | undefined, StorageFigures>();
    const { bucket } = row.group;
    ofWindow.set(bucket, toStorageFigures(row));
    byWindow.set(row.windowIndex, ofWindow);
  }
  return byWindow;
}

function toWireRow(
  { bucket, host, startMs }: { readonly bucket: Bucket; readonly host: string; readonly startMs: number },
  figures: StorageFigures,
): SeriesRow {
  return {
    timestamp: startMs / 1000,
    repoId: bucket.repo ?? "",
    bucketId: bucket.id,
    unitId: bucket.id,
    upl_bytes: String(figures.uploadBytes),
    dwl_bytes: String(figures.downloadBytes),
    size_change: String(figures.sizeChangeBytes),
    latency_ms: 0,
    host,
  };
}
