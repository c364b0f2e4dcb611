/**
 * The slowest queries of a process, for whoever asks why an answer takes long. In memory, a fixed number of them.
 */
import type { SlowQuery } from "../model/operations.ts";
import { formatTime } from "../model/time-range.ts";
import type { UsageQuery } from "../model/usage-query.ts";
import type { Clock } from "../platform/clock.ts";
import type { ScanSegment } from "../store/usage-store.ts";
import type { QueryPlan } from "./plan.ts";

/** How many are kept. */
const SLOW_QUERIES_MAX = 20;

/** Keeps the slowest. */
export interface SlowQueries {
  /** Notes a query that was answered after `durationMs`. */
  note(query: UsageQuery, plan: QueryPlan, durationMs: number): void;
  /** The slowest first, at most SLOW_QUERIES_MAX. */
  list(): readonly SlowQuery[];
}

/** An empty list. */
export function buildSlowQueries(clock: Clock): SlowQueries {
  const kept: SlowQuery[] = [];
  return {
    note: (query, plan, durationMs) => {
      const last = kept.at(-1);
      if (kept.length === SLOW_QUERIES_MAX && last !== undefined && last.durationMs >= durationMs) return;
      kept.push({ durationMs, timeMs: clock.now(), query, plan: printPlan(plan) });
      kept.sort((a, b) => b.durationMs - a.durationMs);
      kept.splice(SLOW_QUERIES_MAX);
    },
    list: () => [...kept],
  };
}

function printPlan({ flow, opening }: QueryPlan): string[] {
  const print = ({ table, startMs, endMs }: ScanSegment): string =>
    `${table} ${formatTime(startMs)} to ${formatTime(endMs)}`;
  return [
    ...[...flow.segments, ...(flow.leftOut?.everything ?? [])].map(print),
    ...(flow.leftOut?.segments.map((segment) => `${print(segment)}, to take away`) ?? []),
    ...(opening?.segments.map((segment) => `${segment.table} up to ${formatTime(segment.endMs)}, for the opening`) ??
      []),
  ];
}
