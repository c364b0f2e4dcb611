/**
 * A range and its window boundaries -> the pieces to read, each from the coarsest table that gives exact numbers.
 * Pure. The ladder of tables is USAGE_TABLES itself: a table added there is used without a change here.
 */
import { ceilToGrain, floorToGrain, type Grain } from "../model/grain.ts";
import { formatTime } from "../model/time-range.ts";
import type { Dimension, TimeRange } from "../model/usage-query.ts";
import { type KeptFrom, type ScanSegment, USAGE_TABLES, type UsageTable } from "../store/usage-store.ts";
import { NotKept } from "./not-kept.ts";

/** What is to be read. */
export type SegmentRequest = {
  readonly range: TimeRange;
  /** Times at which rows must be told apart: the windows' starts. Ascending; those outside the range do not matter. */
  readonly boundaries: readonly number[];
  /** Every dimension that is filtered or grouped by, or that a sum looks at. */
  readonly dimensions: readonly Dimension[];
  /** What was dropped from which table. */
  readonly keptFrom: KeptFrom;
};

/**
 * The most stretches that one table is used for in one range. Each is a sub-select of the statement: past this many,
 * the next finer table reads more rows, but answers sooner. 12 months in Berlin are 13 stretches of whole UTC days.
 */
export const STRETCHES_MAX = 16;

/**
 * Chooses disjoint segments, ascending, that together cover the range: in its middle from the coarsest table that has
 * every dimension, at its edges from finer ones, down to the raw rows. 08:30 to 11:30 is raw until 09:00, hours until
 * 11:00, raw until 11:30. Around a boundary that is no multiple of a table's grain, a finer table is read. All tables
 * are of one family, the first of USAGE_TABLES that has every dimension: not the coarsest table of all, because months
 * per asset have many times the rows of days over everything.
 *
 * Where the raw rows have been dropped, the finest roll-up takes their place, and a row of it belongs to the range in which
 * its grain begins: of whole hours, 08:30 to 11:30 is 09:00 to 12:00. Both ends move the same way, and boundaries with them, as
 * the store sorts a roll-up's row by its start: ranges and windows that lie side by side share no row and leave none out.
 * Widening to 08:00 and 12:00 would count the hour from 11:00 in the next range again. A range in which no grain begins has no
 * segments. Months never stand for other ranges: one day would show a whole one. A range from the beginning of time up to the
 * start of a grain is exact: a roll-up keeps the sums of what it dropped.
 * Throws NotKept when no table has the dimensions that far back: there is no number to answer.
 */
export function chooseSegments(request: SegmentRequest): readonly ScanSegment[] {
  const { range, boundaries, keptFrom } = request;
  const tables = tablesWith(request.dimensions);
  const opening = coverBeginning(request, tables);
  const segments: ScanSegment[] = opening === null ? [] : [opening];
  const cuts = tables.map((table) => keptFrom[table] ?? range.startMs).sort((a, b) => a - b);
  let startMs = opening?.endMs ?? range.startMs;
  for (const cutMs of [...cuts, range.endMs]) {
    if (startMs >= Math.min(cutMs, range.endMs)) continue;
    const ladder = ladderAt(request, startMs);
    const finest = ladder.at(-1);
    if (finest === undefined) throw detailsDropped(request, { areMonthsLeft: false });
    // To the end of the grain that a cut lies in, which has rows on both sides: hours that are read whole are not read again,
    // and a year is not refused for a month whose first days were dropped.
    const part = { startMs, endMs: Math.min(ceilToGrain(cutMs, USAGE_TABLES[finest].grain), range.endMs) };
    if (!mayRound(part, finest)) throw detailsDropped(request, { areMonthsLeft: true });
    segments.push(...cover(part, boundaries, ladder));
    startMs = part.endMs;
  }
  return joinSegments(segments);
}

/** True where a part of a range can be read from this table alone. */
function mayRound({ startMs, endMs }: TimeRange, table: UsageTable): boolean {
  return USAGE_TABLES[table].grain !== "month" || (isAligned(startMs, table) && isAligned(endMs, table));
}

/**
 * A range from the beginning of time whose old rows are gone from every table but those of months: the sums that a
 * roll-up keeps of them, if the range takes in all of these. Null where that is not needed or not possible.
 */
function coverBeginning(
  { range, boundaries, keptFrom }: SegmentRequest,
  tables: readonly UsageTable[],
): ScanSegment | null {
  const isWhole = (table: UsageTable) => keptFrom[table] === undefined && USAGE_TABLES[table].grain !== "month";
  if (range.startMs > 0 || tables.some(isWhole)) return null;
  for (const table of tables) {
    const endMs = keptFrom[table];
    if (table === "usage_raw" || endMs === undefined || endMs > range.endMs) continue;
    if (!boundaries.some((timeMs) => timeMs > range.startMs && timeMs < endMs)) {
      return { table, startMs: floorToGrain(range.startMs, USAGE_TABLES[table].grain), endMs };
    }
  }
  return null;
}

/** The tables that have all dimensions, the smallest family first, each from coarse to fine; usage_raw is the last. */
export function tablesWith(dimensions: readonly Dimension[]): readonly UsageTable[] {
  return (Object.keys(USAGE_TABLES) as UsageTable[]).filter((table) =>
    dimensions.every((one) => (USAGE_TABLES[table].dimensions as readonly Dimension[]).includes(one)),
  );
}

/** The tables that still have their rows at a time and are read together, from coarse to fine; none where none has. */
function ladderAt(
  { dimensions, keptFrom }: Pick<SegmentRequest, "dimensions" | "keptFrom">,
  timeMs: number,
): readonly UsageTable[] {
  return ladderOf(tablesWith(dimensions).filter((table) => (keptFrom[table] ?? Number.NEGATIVE_INFINITY) <= timeMs));
}

/** The finest table that still has its rows at a time (UTC ms), and all dimensions; undefined where none is left. */
export function finestTableAt(
  request: Pick<SegmentRequest, "dimensions" | "keptFrom">,
  timeMs: number,
): UsageTable | undefined {
  return ladderAt(request, timeMs).at(-1);
}

/**
 * The earliest time (UTC ms) from which on the finest table left is of a grain that will do: of those at which something was
 * dropped, one of which there has to be.
 */
export function findKeptFrom(
  request: Pick<SegmentRequest, "dimensions" | "keptFrom">,
  willDo: (grain: Grain) => boolean,
): number {
  // What was never dropped says nothing of when to begin: it is another table than the one that is missed.
  const cuts = tablesWith(request.dimensions).flatMap((table) => request.keptFrom[table] ?? []);
  const fitting = cuts.filter((cutMs) => {
    const table = finestTableAt(request, cutMs);
    return table !== undefined && willDo(USAGE_TABLES[table].grain);
  });
  return Math.min(...fitting);
}

/**
 * The stretch that cannot be told apart any more at the start of a range, and its table: a range from 08:30 on, of which hours
 * are left, begins in that of 08:00. Null where no row lies across the start.
 */
export function grainAtStart(request: SegmentRequest): ScanSegment | null {
  const { startMs } = request.range;
  const table = finestTableAt(request, startMs);
  if (table === undefined || isAligned(startMs, table)) return null;
  const { grain } = USAGE_TABLES[table];
  return { table, startMs: floorToGrain(startMs, grain), endMs: ceilToGrain(startMs, grain) };
}

/** The first family among some tables, and usage_raw where it is one of them. */
function ladderOf(tables: readonly UsageTable[]): readonly UsageTable[] {
  const [first] = tables;
  return tables.filter(
    (table) =>
      table === "usage_raw" || (first !== undefined && USAGE_TABLES[table].family === USAGE_TABLES[first].family),
  );
}

/** Covers a range with the first table where it fits and with the others where it does not. */
function cover(range: TimeRange, boundaries: readonly number[], ladder: readonly UsageTable[]): ScanSegment[] {
  const [table, ...finer] = ladder;
  if (table === undefined || range.startMs >= range.endMs) return [];
  if (finer.length === 0) {
    const { grain } = USAGE_TABLES[table];
    const [startMs, endMs] = [ceilToGrain(range.startMs, grain), ceilToGrain(range.endMs, grain)];
    return startMs < endMs ? [{ table, startMs, endMs }] : [];
  }
  const inside = boundaries.filter((timeMs) => timeMs > range.startMs && timeMs < range.endMs);
  const stretches = alignedStretches(range, inside, table);
  if (stretches.length > STRETCHES_MAX) return cover(range, inside, finer);
  const segments: ScanSegment[] = [];
  let coveredMs = range.startMs;
  for (const stretch of stretches) {
    segments.push(...cover({ startMs: coveredMs, endMs: stretch.startMs }, inside, finer), { table, ...stretch });
    coveredMs = stretch.endMs;
  }
  segments.push(...cover({ startMs: coveredMs, endMs: range.endMs }, inside, finer));
  return joinSegments(segments);
}

/** The parts of a range that are whole grains of a table without a boundary inside a grain. */
function alignedStretches(range: TimeRange, inside: readonly number[], table: UsageTable): TimeRange[] {
  const stretches: TimeRange[] = [];
  let startMs = ceilToGrain(range.startMs, USAGE_TABLES[table].grain);
  const endStretchAt = (endMs: number) => {
    if (startMs < endMs) stretches.push({ startMs, endMs });
  };
  for (const boundaryMs of inside) {
    // Most of a month's minutes lie in a grain that a boundary before them has excluded already.
    if (boundaryMs <= startMs) continue;
    if (isAligned(boundaryMs, table)) continue;
    endStretchAt(floorToGrain(boundaryMs, USAGE_TABLES[table].grain));
    startMs = ceilToGrain(boundaryMs, USAGE_TABLES[table].grain);
  }
  endStretchAt(floorToGrain(range.endMs, USAGE_TABLES[table].grain));
  return stretches;
}

/** Makes one segment of neighbours in the same table. */
export function joinSegments(segments: readonly ScanSegment[]): ScanSegment[] {
  const joined: ScanSegment[] = [];
  for (const segment of segments) {
    const last = joined.at(-1);
    if (last !== undefined && last.table === segment.table && last.endMs === segment.startMs) {
      joined[joined.length - 1] = { ...last, endMs: segment.endMs };
    } else joined.push(segment);
  }
  return joined;
}

/** True when no row of the table lies across `timeMs`. */
export function isAligned(timeMs: number, table: UsageTable): boolean {
  return floorToGrain(timeMs, USAGE_TABLES[table].grain) === timeMs;
}

function detailsDropped(request: SegmentRequest, { areMonthsLeft }: { readonly areMonthsLeft: boolean }): NotKept {
  const { dimensions } = request;
  const fromMs = findKeptFrom(request, (grain) => !areMonthsLeft || grain !== "month");
  const by = dimensions.length === 0 ? "" : ` by ${dimensions.join(" and ")}`;
  const months = areMonthsLeft ? ", before that by whole months of UTC" : "";
  const advice = dimensions.length > 1 ? "Filter and group by fewer dimensions, or ask" : "Ask";
  return new NotKept(
    `Usage${by}${dimensions.length > 1 ? " together" : ""} is kept only from ${formatTime(fromMs)} on${months}. ` +
      `${advice} for a later start and no gauge (stored_bytes, objects).`,
    fromMs,
  );
}
