/**
 * A sum over nearly every value of a dimension -> the sum of everything, less what the list leaves out. Pure. Thirty days of
 * a thousand buckets are 720,000 rows by the hour, and 30,000 without the buckets.
 */
import { METRIC_DEFINITIONS } from "../meter/metrics.ts";
import type { UsageFilter, UsageQuery } from "../model/usage-query.ts";
import { type ScanSegment, USAGE_TABLES, type UsageScan, type UsageTable } from "../store/usage-store.ts";
import { chooseSegments, type SegmentRequest } from "./choose-segments.ts";

/** What was chosen to read a query's range directly. */
export type DirectRead = {
  readonly request: SegmentRequest;
  readonly filter: UsageFilter;
  readonly segments: readonly ScanSegment[];
};

/**
 * The same sums from other segments; null where that is not possible. Only sums can be taken away from one another, not
 * whether there was a record: every window has a row in any case, and nothing is told apart by group. Pieces of raw rows and
 * minutes are read as they are: not every family has minutes, and an hour of raw rows may be millions.
 */
export function takeAwayLeftOut(
  query: UsageQuery,
  { request, filter, segments }: DirectRead,
): Pick<UsageScan, "segments" | "leftOut"> | null {
  const { listsMost: dimension, groupBy, empty, metrics } = query;
  if (dimension === undefined || filter[dimension] === undefined || groupBy.length > 0 || empty !== "zero") return null;
  if (metrics.some((metric) => METRIC_DEFINITIONS[metric].overTime === "gauge") || isDropped(request)) return null;
  const dimensions = request.dimensions.filter((other) => other !== dimension);
  const asTheyAre: ScanSegment[] = [];
  const replaced: ScanSegment[] = [];
  const everything: ScanSegment[] = [];
  for (const segment of segments) {
    const whole = isFine(segment) ? [] : chooseSegments({ ...request, range: segment, dimensions });
    const isSmaller =
      whole.length > 0 && whole.every((other) => !isFine(other) && familyOf(other) !== familyOf(segment));
    if (isSmaller) {
      replaced.push(segment);
      everything.push(...whole);
    } else asTheyAre.push(segment);
  }
  return replaced.length === 0 ? null : { segments: asTheyAre, leftOut: { dimension, everything, segments: replaced } };
}

/** Where something of the range was dropped, ranges move to whole grains, and not those of all tables alike. Minutes are not looked at here. */
function isDropped({ keptFrom, range }: SegmentRequest): boolean {
  return (Object.keys(keptFrom) as UsageTable[]).some(
    (table) => USAGE_TABLES[table].grain !== "minute" && (keptFrom[table] ?? 0) > range.startMs,
  );
}

const isFine = ({ table }: ScanSegment): boolean => ["millisecond", "minute"].includes(USAGE_TABLES[table].grain);

const familyOf = ({ table }: ScanSegment): string => USAGE_TABLES[table].family;
