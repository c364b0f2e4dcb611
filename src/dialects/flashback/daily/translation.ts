/**
 * A range and buckets → UsageQueries, and their UsageResults → Flashback's rows per day and bucket. Pure.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import type { Bucket } from "../../../model/bucket.ts";
import { USAGE_KINDS } from "../../../model/usage-event.ts";
import type { DimensionValue, TimeRange, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import { toHost } from "./selection.ts";

/** Whose days to read. The range spans at most 366 days. */
export type DailyScope = {
  readonly organization: number;
  readonly bucketIds: readonly string[];
  readonly range: TimeRange;
};

/**
 * `flows`: what was added in each day, by bucket and kind; a row stands for at least one record.
 * `levels`: what each bucket holds at the end of each day. `opening`: what it held before the range; null when nothing
 * can lie before it. The change of a day is the difference of two levels.
 */
export type DailyQueries = {
  readonly flows: UsageQuery;
  readonly levels: UsageQuery;
  readonly opening: UsageQuery | null;
};

/** The answers to DailyQueries. */
export type DailyResults = {
  readonly flows: UsageResult;
  readonly levels: UsageResult;
  readonly opening: UsageResult | null;
};

/** One row of the answer. Sizes are decimal strings; `timestamp` is the start of the day in UNIX seconds. */
export type DailyRow = {
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

/** Days that a range of 366 times 24 hours can touch. */
const DAYS_MAX = 367;

/** The questions behind the daily figures. */
export function toUsageQuery({ organization, bucketIds, range }: DailyScope): DailyQueries {
  const rowsMax = Math.max(1, bucketIds.length * DAYS_MAX);
  const query = {
    organization,
    range,
    filter: { bucket: bucketIds },
    window: "day",
    timeZone: "UTC",
    order: { by: "group" },
    empty: "omit",
  } as const;
  const levels: UsageQuery = { ...query, metrics: ["stored_bytes"], groupBy: ["bucket"], rowsMax };
  return {
    flows: {
      ...query,
      metrics: ["bytes_in", "bytes_out"],
      groupBy: ["bucket", "kind"],
      rowsMax: rowsMax * USAGE_KINDS.length,
    },
    levels,
    opening: range.startMs <= 0 ? null : { ...levels, range: { startMs: 0, endMs: range.startMs }, window: "none" },
  };
}

/** Rows by day, then in the order of `buckets`: one per day and bucket with a record of any kind in it. */
export function fromUsageResult(results: DailyResults, buckets: readonly Bucket[]): readonly DailyRow[] {
  const flows = addUpFlows(results.flows);
  const readChange = buildChangeReader(results);
  return results.flows.windows.flatMap(({ startMs }, windowIndex) =>
    buckets.flatMap((bucket) => {
      const flow = flows.get(toKey(windowIndex, bucket.id));
      return flow === undefined
        ? []
        : [toWireRow(bucket, startMs, { ...flow, change: readChange(windowIndex, bucket.id) })];
    }),
  );
}

type Flow = { readonly uploadBytes: bigint; readonly downloadBytes: bigint };

function addUpFlows(result: UsageResult): ReadonlyMap<string, Flow> {
  const flows = new Map<string, Flow>();
  for (const { windowIndex, group, values } of result.rows) {
    const key = toKey(windowIndex, group.bucket);
    const before = flows.get(key) ?? { uploadBytes: 0n, downloadBytes: 0n };
    flows.set(key, {
      uploadBytes: before.uploadBytes + (group.kind === "upload" ? (values.bytes_in ?? 0n) : 0n),
      downloadBytes: before.downloadBytes + (group.kind === "delivery" ? (values.bytes_out ?? 0n) : 0n),
    });
  }
  return flows;
}

/** How much a bucket grew in a day: its level at the end of the day less the one at the end of the day before. */
function buildChangeReader({ levels, opening }: DailyResults): (windowIndex: number, bucketId: string) => bigint {
  const byDay = new Map(
    levels.rows.map((row) => [toKey(row.windowIndex, row.group.bucket), row.values.stored_bytes ?? 0n]),
  );
  for (const row of opening?.rows ?? []) byDay.set(toKey(-1, row.group.bucket), row.values.stored_bytes ?? 0n);
  const readLevel = (index: number, bucketId: string): bigint => byDay.get(toKey(index, bucketId)) ?? 0n;
  return (windowIndex, bucketId) => readLevel(windowIndex, bucketId) - readLevel(windowIndex - 1, bucketId);
}

function toWireRow(bucket: Bucket, dayMs: number, counted: Flow & { readonly change: bigint }): DailyRow {
  return {
    timestamp: dayMs / 1000,
    repoId: bucket.repo ?? "",
    bucketId: bucket.id,
    unitId: bucket.id,
    upl_bytes: String(counted.uploadBytes),
    dwl_bytes: String(counted.downloadBytes),
    size_change: String(counted.change),
    latency_ms: 0,
    host: toHost(bucket),
  };
}

/** One day of one bucket. The index comes first: it has no slash, whatever the id has. */
function toKey(windowIndex: number, bucketId: DimensionValue | undefined): string {
  return `${windowIndex}/${bucketId}`;
}
