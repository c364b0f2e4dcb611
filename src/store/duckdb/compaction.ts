/**
 * Keeps roll-ups small and in order, a few milliseconds at a time: rows with equal keys become one, and rows of one
 * thing come to lie together, so that the engine reads a few row groups for it and skips the others. Changes no sum.
 *
 * Rows have a level. 0: as they were rolled up, some commits at a time. 1: merged among themselves. 2: merged with
 * everything of their period, which is over. What is left to do is thus read from the rows themselves; a process that is
 * killed between two steps has nothing to repair.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { ceilToGrain, floorToGrain } from "../../model/grain.ts";
import { DAY_MS } from "../../model/time-range.ts";
import { ROLLUP_TABLES, type RollupTable, USAGE_TABLES } from "../usage-store.ts";
import { type CompactionSlice, cutIntoSlices, rewriteSlice, type SliceRewriter } from "./compaction-slice.ts";
import { timeColumn } from "./flavor.ts";

/** The level of rows that lie in order with everything of their period. */
export const LEVEL_CLUSTERED = 2;

/** From how many rows on compaction does something. Tests set smaller ones. */
export type CompactionBounds = {
  /** So many rows of level 0 are merged into level 1. */
  readonly mergeRowsMin: number;
  /** A period with fewer rows out of order is left alone. */
  readonly clusterRowsMin: number;
  /** Rows that one step rewrites, roughly. */
  readonly sliceRows: number;
};

/**
 * Level 1 is made of eight row groups of the engine: a thing is looked up in at most so many rows of level 0, and in one
 * row group of each run of level 1. 20,000 rows are read in a millisecond, in whatever order. A step rewrites one row
 * group, which takes about 150 ms.
 */
const COMPACTION_BOUNDS: CompactionBounds = {
  mergeRowsMin: 8 * 122_880,
  clusterRowsMin: 20_000,
  sliceRows: 122_880,
};

/** A period is clustered again when so large a part of its rows is out of order: late rows rewrite it a few times at most. */
const CLUSTER_PART_MIN = 0.2;

/** Periods are clustered a day after their end: what comes later than that is the exception. */
const GRACE_MS = DAY_MS;

/** Works through what there is to do, one step per call. Not to be called while a step is running. */
export interface Compactor {
  /** Does one step in a transaction of its own. False: there is nothing to do now. */
  step(nowMs: number): Promise<boolean>;
  /** Forgets where it was: the rows have been changed by somebody else. */
  forget(): void;
}

/** What one pass over a table rewrites, slice by slice. */
type Pass = { readonly slices: readonly CompactionSlice[]; next: number };

/** Builds a compactor that works on a connection of its own. `onWritten` is told before each step is committed. */
export function buildCompactor(
  rewriter: SliceRewriter,
  bounds: CompactionBounds = COMPACTION_BOUNDS,
  onWritten: () => void = () => {},
): Compactor {
  let pass: Pass | null = null;
  return {
    step: async (nowMs) => {
      if (pass === null || pass.next === pass.slices.length) pass = await planPass(rewriter.connection, bounds, nowMs);
      const slice = pass?.slices[pass.next];
      if (pass === null || slice === undefined) return false;
      // A step that fails is forgotten with its pass: planning again looks at the rows as they are.
      const current: Pass = pass;
      pass = null;
      await rewriteSlice(rewriter, slice, onWritten);
      pass = { ...current, next: current.next + 1 };
      return true;
    },
    forget: () => {
      pass = null;
    },
  };
}

/** Rows of each roll-up that compaction has not put in their final place: its debt. */
export async function readUnclustered(connection: DuckDBConnection): Promise<Record<RollupTable, number>> {
  const counts = {} as Record<RollupTable, number>;
  for (const table of ROLLUP_TABLES) counts[table] = await count(connection, table, `level < ${LEVEL_CLUSTERED}`);
  return counts;
}

/** The first thing that is due, from the smallest table to the largest; null where nothing is. */
async function planPass(connection: DuckDBConnection, bounds: CompactionBounds, nowMs: number): Promise<Pass | null> {
  for (const table of ROLLUP_TABLES) {
    // Minutes live for two days: they are gone before it would be worth while.
    if (USAGE_TABLES[table].grain === "minute") continue;
    const where = "level = 0";
    const rows = await count(connection, table, where);
    if (rows >= bounds.mergeRowsMin) {
      const order = { table, where, rows, level: 1 };
      return { next: 0, slices: await cutIntoSlices(connection, order, bounds.sliceRows) };
    }
    const period = await findUnclustered(connection, table, { nowMs, ...bounds });
    if (period !== null) {
      return {
        next: 0,
        slices: await cutIntoSlices(connection, { table, ...period, level: LEVEL_CLUSTERED }, bounds.sliceRows),
      };
    }
  }
  return null;
}

/** What lies in order together, in months. */
const PERIOD_MONTHS = { month: 1, quarter: 3, year: 12 } as const;

/**
 * How long the periods of a table are. A question about one thing reads a row group or two of every period, so longer
 * ones make it faster; but a period that is not over yet is rewritten with each month that joins it, and a question about
 * a month of everything reads all of it. Buckets and totals are small, and rewritten in a few steps: a year. Users: a
 * quarter, which halved the row groups of one user's year. Spaces: a quarter, as organizations are asked for by month and
 * space. Assets and hours, which are read by ranges: a month.
 */
function periodOf(table: RollupTable): keyof typeof PERIOD_MONTHS {
  const { family, grain } = USAGE_TABLES[table];
  if (grain === "month") return "year";
  if (grain !== "day" || family === "asset") return "month";
  return family === "user" || family === "space" ? "quarter" : "year";
}

/** The oldest period of a table that is over, or the part of it that is, with enough rows out of order. */
async function findUnclustered(
  connection: DuckDBConnection,
  table: RollupTable,
  { nowMs, clusterRowsMin }: Pick<CompactionBounds, "clusterRowsMin"> & { readonly nowMs: number },
): Promise<{ readonly where: string; readonly rows: number } | null> {
  const { column, unitMs } = timeColumn(table);
  const unit = periodOf(table);
  const start = `epoch_ms(date_trunc('${unit}', make_timestamp(${column} * ${unitMs * 1000})))`;
  const beforeMs = floorToGrain(nowMs - GRACE_MS, "month");
  const answer = await connection.runAndReadAll(
    `SELECT ${start} AS start_ms, count(*) AS rows FROM ${table}
     WHERE level < ${LEVEL_CLUSTERED} AND ${column} < ${beforeMs / unitMs}
     GROUP BY start_ms HAVING rows >= ${clusterRowsMin} ORDER BY start_ms`,
  );
  for (const [startMs, unordered] of answer.getRows()) {
    const endMs = Math.min(beforeMs, endOfPeriod(Number(startMs), unit));
    const where = `${column} >= ${Number(startMs) / unitMs} AND ${column} < ${endMs / unitMs}`;
    const rows = await count(connection, table, where);
    if (Number(unordered) >= rows * CLUSTER_PART_MIN) return { where, rows };
  }
  return null;
}

function endOfPeriod(startMs: number, unit: keyof typeof PERIOD_MONTHS): number {
  let endMs = startMs;
  for (let month = 0; month < PERIOD_MONTHS[unit]; month++) endMs = ceilToGrain(endMs + 1, "month");
  return endMs;
}

async function count(connection: DuckDBConnection, table: RollupTable, where: string): Promise<number> {
  const answer = await connection.runAndReadAll(`SELECT count(*) FROM ${table} WHERE ${where}`);
  return Number(answer.getRows()[0]?.[0]);
}
