/**
 * The slowest queries of a process, for whoever asks why an answer takes long. In memory, a fixed number of them.
 */
import type { SlowQuery } from "../model/operations.ts";
import { formatTime } from "../model/time-range.ts";
import type { UsageQuery } from "../model/usage-query.ts";
import type { Clock } from "../platform/clock.ts";
import type { ScanSegment, UsageScan } from "../store/usage-store.ts";

/** How many are kept. */
const SLOW_QUERIES_MAX = 20;

/** Keeps the slowest. */
export interface SlowQueries {
  /** Notes a query that was answered, refused or given up after `durationMs`, and what was read for it, in that order. */
  note(query: UsageQuery, reads: readonly UsageScan[], durationMs: number): void;
  /** The slowest first, at most SLOW_QUERIES_MAX. */
  list(): readonly SlowQuery[];
}

/** An empty list. */
export function buildSlowQueries(clock: Clock): SlowQueries {
  const kept: SlowQuery[] = [];
  return {
    note: (query, reads, durationMs) => {
      const last = kept.at(-1);
      if (kept.length === SLOW_QUERIES_MAX && last !== undefined && last.durationMs >= durationMs) return;
      kept.push({ durationMs, timeMs: clock.now(), query, plan: printReads(reads) });
      kept.sort((a, b) => b.durationMs - a.durationMs);
      kept.splice(SLOW_QUERIES_MAX);
    },
    list: () => [...kept],
  };
}

/** One line per piece. Where there were several reads, each line begins with the number of its own. */
function printReads(reads: readonly UsageScan[]): string[] {
  return reads.flatMap((scan, index) =>
    printPieces(scan).map((piece) => (reads.length === 1 ? piece : `${index + 1}: ${piece}`)),
  );
}

function printPieces({ segments, leftOut }: UsageScan): string[] {
  const print = ({ table, startMs, endMs }: ScanSegment): string =>
    `${table} ${formatTime(startMs)} to ${formatTime(endMs)}`;
  return [
    ...[...segments, ...(leftOut?.everything ?? [])].map(print),
    ...(leftOut?.segments.map((segment) => `${print(segment)}, to take away`) ?? []),
  ];
}
