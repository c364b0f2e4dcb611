/**
 * Buckets and steps → UsageQuery, and UsageResult → points and totals of Flashback's V2. Pure.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference (field names), read 2026-11-20
 */
import type { Dimension, DimensionValue, UsageFilter, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import {
  addFigures,
  FIGURE_KINDS,
  FIGURE_METRICS,
  NO_FIGURES,
  type StorageFigures,
  toStorageFigures,
} from "../storage-figures.ts";
import { listStepStarts, type StorageWindow, toQueryWindow, toTimeRange } from "./windows.ts";

/** What to read: which buckets, and over which steps. */
export type StorageScan = {
  readonly organization: number;
  /** Which usage to read; with `byBucket` rows of other buckets do no harm. */
  readonly filter: UsageFilter;
  /** The filter lists nearly all buckets that the organization has: all that it has not deleted. Left out: no. */
  readonly listsMost?: boolean;
  readonly window: StorageWindow;
  /** Told apart by bucket, or all together. */
  readonly byBucket: boolean;
  /** Cut into steps, or the range as one. */
  readonly bySteps: boolean;
};

/** The five numbers that V2 shows of anything. */
export type WireFigures = {
  readonly uplBytes: bigint;
  readonly dwlBytes: bigint;
  readonly sizeChange: bigint;
  /** Always 0: no latency is measured. */
  readonly latencyMs: 0;
  readonly requests: bigint;
};

/** One step of a series; `ts` is its start in UNIX seconds. */
export type Point = { readonly ts: number } & WireFigures;

/** Figures by step index (0 where the range is one), then by bucket id (undefined where all are together). */
export type FiguresByStep = ReadonlyMap<number, ReadonlyMap<DimensionValue | undefined, StorageFigures>>;

/** The question. */
export function toUsageQuery(scan: StorageScan): UsageQuery {
  const { organization, filter, listsMost = false, window, byBucket, bySteps } = scan;
  const groupBy: readonly Dimension[] = byBucket ? ["bucket"] : [];
  return {
    organization,
    metrics: FIGURE_METRICS,
    range: toTimeRange(window),
    filter,
    ...(listsMost ? { listsMost: "bucket" } : {}),
    kindsOf: FIGURE_KINDS,
    groupBy,
    ...(bySteps ? toQueryWindow(window) : { window: "none" }),
    timeZone: "UTC",
    // The vendor's windows always end now: nobody can ask for a later start where days were dropped.
    whereDropped: "widen-range",
    order: { by: "group" },
    // Every step is shown in any case; of buckets only those with a record.
    empty: byBucket ? "omit" : "zero",
    // How many rows there are is known only when they are read. The configuration bounds them.
    rowsMax: Number.MAX_SAFE_INTEGER,
  };
}

/**
 * The figures of each step and bucket. Where a range was widened to a month of which one sum is left, what lies before the
 * first step is in the first, and what lies behind the last in the last: no answer has other steps than were asked for.
 */
export function fromUsageResult(result: UsageResult, scan: Pick<StorageScan, "window" | "bySteps">): FiguresByStep {
  const { startS, endS, step } = scan.window;
  const toStep = (timeS: number): number => Math.floor(timeS / step.lengthS) - Math.floor(startS / step.lengthS);
  const bySteps = new Map<number, Map<DimensionValue | undefined, StorageFigures>>();
  for (const row of result.rows) {
    const startMs = scan.bySteps ? (result.windows[row.windowIndex]?.startMs ?? 0) : startS * 1000;
    const index = Math.min(Math.max(toStep(startMs / 1000), 0), toStep(endS));
    const ofStep = bySteps.get(index) ?? new Map<DimensionValue | undefined, StorageFigures>();
    const { bucket } = row.group;
    ofStep.set(bucket, addFigures(ofStep.get(bucket) ?? NO_FIGURES, toStorageFigures(row)));
    bySteps.set(index, ofStep);
  }
  return bySteps;
}

/** The figures of the whole range, at step 0. */
export function addUpSteps(figures: FiguresByStep): FiguresByStep {
  const totals = new Map<DimensionValue | undefined, StorageFigures>();
  for (const ofStep of figures.values()) {
    for (const [bucket, added] of ofStep) totals.set(bucket, addFigures(totals.get(bucket) ?? NO_FIGURES, added));
  }
  return new Map([[0, totals]]);
}

/** The figures of some buckets in one step; undefined stands for all together. */
export function sumOf(
  figures: FiguresByStep,
  step: number,
  buckets: readonly (DimensionValue | undefined)[],
): StorageFigures {
  const ofStep = figures.get(step);
  if (ofStep === undefined) return NO_FIGURES;
  return buckets.map((bucket) => ofStep.get(bucket) ?? NO_FIGURES).reduce(addFigures, NO_FIGURES);
}

/** Every step of the window, ascending, quiet ones with zeros. */
export function toSeries(
  figures: FiguresByStep,
  window: StorageWindow,
  buckets: readonly (DimensionValue | undefined)[],
): readonly Point[] {
  return listStepStarts(window).map((ts, step) => ({ ts, ...toWireFigures(sumOf(figures, step, buckets)) }));
}

/** Figures as V2 prints them. */
export function toWireFigures(figures: StorageFigures): WireFigures {
  return {
    uplBytes: figures.uploadBytes,
    dwlBytes: figures.downloadBytes,
    sizeChange: figures.sizeChangeBytes,
    latencyMs: 0,
    requests: figures.requests,
  };
}

/** What summaries and orders go by: bytes in both directions. */
export function toTransferredBytes({ uplBytes, dwlBytes }: Pick<WireFigures, "uplBytes" | "dwlBytes">): bigint {
  return uplBytes + dwlBytes;
}
