/**
 * A query that may be answered from coarser sums -> the same query over whole ones. Pure; what is read then is chosen by
 * choose-segments.ts, which has nothing left to refuse but dimensions that no table has.
 */
import { ceilToGrain, floorToGrain, GRAIN_MS, type Grain } from "../model/grain.ts";
import type { TimeRange, UsageQuery } from "../model/usage-query.ts";
import { USAGE_TABLES } from "../store/usage-store.ts";
import { finestTableAt, type SegmentRequest, tablesWith } from "./choose-segments.ts";
import { UNIT_MS } from "./plan-windows.ts";

/** What can be told apart: the dimensions of a query, and what was dropped from which table. */
type Kept = Pick<SegmentRequest, "dimensions" | "keptFrom">;

/**
 * Widens the range to the grains of the finest tables left at its start and at its end: of hours, 08:30 to 11:30 is 08:00 to
 * 12:00. Windows that are shorter than a grain get its length: hours of a user, of whom only days are left, become days, and
 * the whole range has windows of one length, unless the query wants its windows as they are. The query as it is where all of it
 * is known to the millisecond, where it does not ask for this, and where no table at all has its dimensions that far back.
 */
export function widenWhereDropped(query: UsageQuery, kept: Kept): UsageQuery {
  if (query.whereDropped === undefined) return query;
  const { startMs, endMs } = query.range;
  const atStart = grainAt(kept, startMs);
  const atEnd = grainAt(kept, endMs - 1);
  if (atStart === null || atEnd === null) return query;
  const range = { startMs: floorToGrain(startMs, atStart), endMs: ceilToGrain(endMs, atEnd) };
  // What is old is coarser than what is young: no grain between the two is longer than that at the start.
  const windows = query.whereDropped === "widen" ? lengthenWindows(query, atStart) : {};
  return { ...query, ...windows, range: closeLastGrain(range, kept) };
}

/** The grain of the finest table left at a time; null where there is none. */
function grainAt(kept: Kept, timeMs: number): Grain | null {
  const table = finestTableAt(kept, timeMs);
  return table === undefined ? null : USAGE_TABLES[table].grain;
}

/**
 * To the end of a month that is left as one sum though something finer begins inside it: raw rows are kept from the 19th on,
 * and days no longer. Ended on the 25th, the range would hold a part of that sum, which nobody knows.
 */
function closeLastGrain(range: TimeRange, kept: Kept): TimeRange {
  const ends = tablesWith(kept.dimensions).flatMap((table) => {
    const cutMs = kept.keptFrom[table] ?? range.startMs;
    const grain = cutMs > range.startMs && cutMs < range.endMs ? grainAt(kept, cutMs - 1) : null;
    return grain === null ? [] : [ceilToGrain(cutMs, grain)];
  });
  return { ...range, endMs: Math.max(range.endMs, ...ends) };
}

/** Windows of at least one grain. Months go by months and years alone: no other window begins where each of them does. */
function lengthenWindows(
  { window, windowLength = 1 }: UsageQuery,
  grain: Grain,
): Partial<Pick<UsageQuery, "window" | "windowLength">> {
  const isLongEnough =
    grain === "month"
      ? window === "none" || window === "month" || window === "year"
      : UNIT_MS[window] * windowLength >= GRAIN_MS[grain];
  return isLongEnough || grain === "millisecond" ? {} : { window: grain, windowLength: 1 };
}
