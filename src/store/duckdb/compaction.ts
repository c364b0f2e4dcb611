/**
 * Keeps roll-ups small and in order, a few milliseconds at a time: rows with equal keys become one, and rows of one
 * thing (of hours: of one time) come to lie together, so that the engine reads a few row groups for it and skips the others.
 * Changes no sum.
 *
 * Rows have a level. 0: as they were rolled up, some commits at a time. 1: merged among themselves. 2: merged with
 * everything of their period, which is over. What is left to do is thus read from the rows themselves; a process that is
 * killed between two steps has nothing to repair.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { floorToGrain } from "../../model/grain.ts";
import { DAY_MS } from "../../model/time-range.ts";
import { ROLLUP_TABLES, type RollupTable, USAGE_TABLES } from "../usage-store.ts";
import { endOfPeriod, periodOf, periodStartSql } from "./compaction-periods.ts";
import {
  type CompactionSlice,
  cutColumns,
  cutIntoSlices,
  PARTS,
  rewriteSlice,
  type SliceRewriter,
} from "./compaction-slice.ts";
import { timeColumn } from "./flavor.ts";
import { ROW_GROUP_ROWS } from "./open-instance.ts";
import { LEVEL_CLUSTERED } from "./rollup-sql.ts";
import { countRowsPerThing } from "./rows-per-thing.ts";

/** From how many rows on compaction does something. Tests set smaller ones. */
export type CompactionBounds = {
  /** So many rows of level 0 are merged into level 1. */
  readonly mergeRowsMin: number;
  /** The same for days and months of all, of spaces and of buckets. */
  readonly mergeRowsMinOfFew: number;
  /** A period with fewer rows out of order is left alone. */
  readonly clusterRowsMin: number;
  /** Rows that one step rewrites, roughly. */
  readonly sliceRows: number;
};

/**
 * Level 1 is made of a million rows: a thing is looked up in at most so many rows of level 0, and in a row group or two of each
 * run of level 1. 20,000 rows are read in a millisecond, in whatever order. A step rewrites four row groups, which takes about
 * 150 ms; a fill of 10 million events with a row group a step took 40 % more processor time, for each step has to find its rows.
 *
 * Of few things every commit adds a row with the same keys. Merged they are a tenth of themselves; not merged, whoever asks for all of
 * them reads up to a million rows for 30 days of a thousand spaces, which are 90,000.
 */
const COMPACTION_BOUNDS: CompactionBounds = {
  mergeRowsMin: 8 * 122_880,
  mergeRowsMinOfFew: 2 * ROW_GROUP_ROWS,
  clusterRowsMin: 20_000,
  sliceRows: PARTS * ROW_GROUP_ROWS,
};

/** A period is clustered again when so large a part of its rows is out of order: late rows rewrite it a few times at most. */
const CLUSTER_PART_MIN = 0.2;

/** Periods are clustered a day after their end: what comes later than that is the exception. */
const GRACE_MS = DAY_MS;

/** Minutes live for two days: they are gone before it would be worth while. */
const COMPACTED_TABLES = ROLLUP_TABLES.filter((table) => USAGE_TABLES[table].grain !== "minute");

/** Tables of which a commit adds rows with the keys of the one before. Those of hours mostly have others. */
const isOfFew = (table: RollupTable): boolean => {
  const { family, grain } = USAGE_TABLES[table];
  return (grain === "day" || grain === "month") && (family === "total" || family === "space" || family === "bucket");
};

const mergeRowsMinOf = (table: RollupTable, { mergeRowsMin, mergeRowsMinOfFew }: CompactionBounds): number =>
  isOfFew(table) ? mergeRowsMinOfFew : mergeRowsMin;

/** The condition on rows that were not merged among themselves. */
const UNMERGED = "level = 0";

/** The condition on rows out of order among those with `where`. */
const unclusteredIn = (where: string): string => `(level < ${LEVEL_CLUSTERED} AND ${where})`;

/** Works through what there is to do, one step per call. Not to be called while a step is running. */
export interface Compactor {
  /** Does one step in a transaction of its own. False: there is nothing to do now. */
  step(nowMs: number): Promise<boolean>;
  /** Forgets where it was: the rows have been changed by somebody else. */
  forget(): void;
  /**
   * Rows of each roll-up, out of order, that steps would take up now: what answers are slower by and will not stay so. 0 when
   * `step` answers false.
   */
  readDue(connection: DuckDBConnection, nowMs: number): Promise<Record<RollupTable, number>>;
}

/** What one pass over a table rewrites, slice by slice: those with `where` are the ones out of order. */
type Pass = DueRows & { readonly slices: readonly CompactionSlice[]; next: number };

/** A condition on rows of a table that are to be brought in order. */
type DueRows = { readonly table: RollupTable; readonly where: string };

/** Builds a compactor that works on a connection of its own. `onWritten` is told before each step is committed. */
export function buildCompactor(
  rewriter: SliceRewriter,
  bounds: CompactionBounds = COMPACTION_BOUNDS,
  onWritten: () => void = () => {},
): Compactor {
  let pass: Pass | null = null;
  /** What the pass that was planned last is for: half of it is below the bounds already, and still to be done. */
  let underWay: DueRows | null = null;
  let isCounted = false;
  return {
    step: async (nowMs) => {
      // Once for a store whose rows were put in order before they were counted.
      if (!isCounted && (await countRowsPerThing(rewriter))) return true;
      isCounted = true;
      if (pass === null || pass.next === pass.slices.length) {
        pass = await planPass(rewriter.connection, bounds, nowMs);
        underWay = pass;
      }
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
      underWay = null;
    },
    readDue: async (connection, nowMs) => {
      const due = {} as Record<RollupTable, number>;
      for (const table of ROLLUP_TABLES) {
        const begun = underWay?.table === table ? [underWay.where] : [];
        due[table] = await countDue(connection, { table, begun }, { ...bounds, nowMs });
      }
      return due;
    },
  };
}

/** The first thing that is due, from the smallest table to the largest; null where nothing is. */
async function planPass(connection: DuckDBConnection, bounds: CompactionBounds, nowMs: number): Promise<Pass | null> {
  for (const table of COMPACTED_TABLES) {
    const rows = await count(connection, table, UNMERGED);
    if (rows >= mergeRowsMinOf(table, bounds)) {
      const order = { table, where: UNMERGED, rows, level: 1, cutBy: cutColumns(table) };
      return { table, where: UNMERGED, next: 0, slices: await cutIntoSlices(connection, order, bounds.sliceRows) };
    }
    for await (const period of findUnclustered(connection, table, { nowMs, ...bounds })) {
      return {
        table,
        where: unclusteredIn(period.where),
        next: 0,
        slices: await cutIntoSlices(
          connection,
          { table, ...period, level: LEVEL_CLUSTERED, cutBy: cutColumns(table) },
          bounds.sliceRows,
        ),
      };
    }
  }
  return null;
}

/** Counts by the rules of planPass, each row once: one that waits to be merged may lie in a period that waits as well. */
async function countDue(
  connection: DuckDBConnection,
  { table, begun }: { readonly table: RollupTable; readonly begun: readonly string[] },
  bounds: CompactionBounds & { readonly nowMs: number },
): Promise<number> {
  if (!COMPACTED_TABLES.includes(table)) return 0;
  const due = [...begun];
  const unmerged = await count(connection, table, UNMERGED);
  if (unmerged >= mergeRowsMinOf(table, bounds)) due.push(UNMERGED);
  for await (const { where } of findUnclustered(connection, table, bounds)) {
    due.push(unclusteredIn(where));
  }
  return due.length === 0 ? 0 : count(connection, table, due.join(" OR "));
}

/** The periods of a table that are over, or the parts of them that are, with enough rows out of order; the oldest first. */
async function* findUnclustered(
  connection: DuckDBConnection,
  table: RollupTable,
  { nowMs, clusterRowsMin }: Pick<CompactionBounds, "clusterRowsMin"> & { readonly nowMs: number },
): AsyncGenerator<{ readonly where: string; readonly rows: number }> {
  const { column, unitMs } = timeColumn(table);
  const unit = periodOf(table);
  const start = periodStartSql(table, column);
  const beforeMs = floorToGrain(nowMs - GRACE_MS, "month");
  const answer = await connection.runAndReadAll(
    `SELECT ${start} AS start_ms, count(*) AS rows FROM ${table}
     WHERE level < ${LEVEL_CLUSTERED} AND ${column} < ${beforeMs / unitMs}
     GROUP BY start_ms HAVING rows >= ${clusterRowsMin} ORDER BY start_ms`,
  );
  for (const [startMs, unordered] of answer.getRows()) {
    const inOrder = await connection.runAndReadAll(
      `SELECT max(${column}) + 1 FROM ${table} WHERE level = ${LEVEL_CLUSTERED}
       AND ${column} >= ${Number(startMs) / unitMs} AND ${column} < ${endOfPeriod(Number(startMs), unit) / unitMs}`,
    );
    // Never less than what was in order before, also when the clock was set back: the most rows that one thing has are noted
    // of what is written together (rows-per-thing.ts).
    const end = Math.max(
      Math.min(beforeMs, endOfPeriod(Number(startMs), unit)) / unitMs,
      Number(inOrder.getRows()[0]?.[0] ?? 0),
    );
    const where = `${column} >= ${Number(startMs) / unitMs} AND ${column} < ${end}`;
    const rows = await count(connection, table, where);
    if (Number(unordered) >= rows * CLUSTER_PART_MIN) yield { where, rows };
  }
}

async function count(connection: DuckDBConnection, table: RollupTable, where: string): Promise<number> {
  const answer = await connection.runAndReadAll(`SELECT count(*) FROM ${table} WHERE ${where}`);
  return Number(answer.getRows()[0]?.[0]);
}
