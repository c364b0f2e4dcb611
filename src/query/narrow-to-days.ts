/**
 * Long stretches of raw rows -> those of their days in which something of what is asked for happened, as the days of one user or
 * asset say: an hour of one user is a few rows among the millions of a week, and no table but the raw rows has it.
 */
import { ceilToGrain, floorToGrain } from "../model/grain.ts";
import { DAY_MS } from "../model/time-range.ts";
import type { Dimension, TimeRange } from "../model/usage-query.ts";
import {
  type KeptFrom,
  type ScanSegment,
  USAGE_TABLES,
  type UsageScan,
  type UsageStore,
  type UsageTable,
} from "../store/usage-store.ts";
import { joinSegments, STRETCHES_MAX, tablesWith } from "./choose-segments.ts";

/** Looking at the days first takes as long as reading so many of them. */
const DAYS_MIN = 3;

/** Users or assets that may be asked for: of many, hardly a day is without any. */
const THINGS_MAX = 8;

/**
 * The scan without the days of raw rows in which there is nothing that it reads; its segments may be none. What is committed
 * between the two reads may be missing, as if it had come after both.
 */
export async function narrowToDays(
  scan: UsageScan,
  keptFrom: KeptFrom,
  store: Pick<UsageStore, "scan">,
): Promise<UsageScan> {
  const long = scan.segments.filter(
    (segment) => isRaw(segment) && segment.endMs - segment.startMs >= DAYS_MIN * DAY_MS,
  );
  const table = findDayTable(scan, keptFrom);
  if (long.length === 0 || table === null || scan.leftOut !== undefined) return scan;
  const days = await Promise.all(long.map((segment) => readDays(scan, segment, table, store)));
  const others = scan.segments.filter((segment) => !long.includes(segment));
  const segments = [...others, ...days.flat()].sort((a, b) => a.startMs - b.startMs);
  return { ...scan, segments };
}

const isRaw = ({ table }: ScanSegment): boolean => table === "usage_raw";

/** A table of days that has all that the scan tells apart, of few things; null for none. */
function findDayTable({ filter, groupBy, sums, segments }: UsageScan, keptFrom: KeptFrom): UsageTable | null {
  const things = filter.user ?? filter.asset;
  if (things === undefined || things.length > THINGS_MAX) return null;
  const filtered = Object.entries(filter).flatMap(([name, values]) =>
    values === undefined ? [] : [name as Dimension],
  );
  const kinds: readonly Dimension[] = sums.some((sum) => sum.kinds !== null) ? ["kind"] : [];
  const dimensions = [...filtered, ...groupBy, ...kinds];
  const fromMs = floorToGrain(Math.min(...segments.map(({ startMs }) => startMs)), "day");
  const found = tablesWith(dimensions).find(
    (table) => USAGE_TABLES[table].grain === "day" && (keptFrom[table] ?? fromMs) <= fromMs,
  );
  return found ?? null;
}

/** The days of a stretch that have a row, as stretches of raw rows. */
async function readDays(
  scan: UsageScan,
  { startMs, endMs }: TimeRange,
  table: UsageTable,
  store: Pick<UsageStore, "scan">,
): Promise<readonly ScanSegment[]> {
  const originMs = floorToGrain(startMs, "day");
  const rows = await store.scan({
    organization: scan.organization,
    segments: [{ table, startMs: originMs, endMs: ceilToGrain(endMs, "day") }],
    filter: scan.filter,
    groupBy: [],
    sums: [{ measure: "count", kinds: null }],
    windows: { split: "step", originMs, stepMs: DAY_MS },
    keep: null,
    orderBySum: null,
    rowsMax: null,
  });
  const days = joinSegments(
    rows.map(({ windowIndex }) => ({
      table: "usage_raw",
      startMs: Math.max(startMs, originMs + windowIndex * DAY_MS),
      endMs: Math.min(endMs, originMs + (windowIndex + 1) * DAY_MS),
    })),
  );
  return days.length > STRETCHES_MAX ? [{ table: "usage_raw", startMs, endMs }] : days;
}
