/**
 * Dropping what is no longer needed, in small steps between which commits and other upkeep have their turns. Raw rows go;
 * roll-ups keep their numbers, identities outlive the dedupe horizon. Rows of a roll-up go into one row per key, so that what
 * was stored at the start of a later day is still known.
 *
 * From when on tables are kept is noted first, in a transaction of its own. From then on nobody reads an older row but in
 * the sum of all that are older, which is the same whether some, all or none of them have been put together. So no step
 * after that changes an answer, and a process that is killed between two of them leaves rows for the next time.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { floorToGrain } from "../../model/grain.ts";
import { HOUR_MS } from "../../model/time-range.ts";
import { type KeptFrom, ROLLUP_TABLES, type RollupTable, USAGE_TABLES, type UsageTable } from "../usage-store.ts";
import { advanceRollups, readRolledUpByAll } from "./advance-rollups.ts";
import { type CompactionSlice, cutIntoSlices, dropMerged, mergeInto, PARTS } from "./compaction-slice.ts";
import { NO_SOURCE } from "./correction-rows.ts";
import { timeColumn } from "./flavor.ts";
import { identitySql } from "./identity-columns.ts";
import { noteKeptFrom, readKeptFrom } from "./kept-from.ts";
import { forgetObjectChanges } from "./object-changes.ts";
import { ROW_GROUP_ROWS } from "./open-instance.ts";
import { type KnownRolledUp, readLastCommit } from "./rolled-up.ts";
import { thingColumn } from "./rollup-sql.ts";
import { mergeTallies } from "./source-tallies.ts";
import type { Transactions } from "./transactions.ts";

/** Rows that one step drops or puts together, roughly: as many as a step of compaction rewrites. */
const STEP_ROWS = PARTS * ROW_GROUP_ROWS;

/** What dropping needs of an open store. */
export type RetentionParts = {
  /** A connection on which nothing runs outside `keepUp`. */
  readonly connection: DuckDBConnection;
  readonly transactions: Pick<Transactions, "write" | "copy">;
  readonly rolledUp: Pick<KnownRolledUp, "change">;
  /** Runs work that rewrites or drops stored rows, after other such work. */
  keepUp<T>(work: () => Promise<T>): Promise<T>;
  /** Runs work on the writer's connection, while nobody commits anything. */
  write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Identities that arrived at this time (UTC ms) or later may not be forgotten. */
  rememberedFromMs(): number;
  /** How far the clock that times are asked by is ahead of the time that can be believed (dedupe-horizon.ts), in ms. */
  aheadMs(): number;
  /** Told what is noted as dropped, before any of it goes. */
  readonly onNoted: (keptFrom: KeptFrom) => void;
  /** Told of every step before it is committed. */
  readonly onStep: () => void;
  /** Rows of one step; the store's own number when left out. */
  readonly stepRows?: number | undefined;
};

/** Drops rows of one store. */
export interface Retention {
  /** As UsageStore has it. Stopped in between, it answers how many rows went until then. */
  deleteExpired(before: KeptFrom): Promise<number>;
  /** Lets no further step begin. */
  stop(): void;
}

/** Nothing is dropped yet. */
export function buildRetention(parts: RetentionParts): Retention {
  const { connection, transactions, keepUp, write, onStep, stepRows = STEP_ROWS } = parts;
  let isStopped = false;
  /** Each step is a turn of its own. A store that is closing waits for the turns that it has given, and gives no other. */
  const turn = async <T>(whenStopped: T, work: () => Promise<T>): Promise<T> =>
    isStopped ? whenStopped : keepUp(async () => (isStopped ? whenStopped : work()));
  /** Answers what is noted, and whether there are raw rows to drop: others that come later are not noted, so they stay. */
  const note = async (before: KeptFrom, rememberedFromMs: number) => {
    const noted = await write((writer) =>
      transactions.write(writer, async (inside) => {
        const found = await noteExpired(inside, before, rememberedFromMs);
        onStep();
        return { keptFrom: await readKeptFrom(inside), hasRaw: found };
      }),
    );
    // In this turn: late facts go to the beginning of a roll-up from here on, where who knows of no drop misses them.
    parts.onNoted(noted.keptFrom);
    return noted;
  };
  const fold = async (table: RollupTable, beforeMs: number): Promise<number> => {
    let rows = 0;
    for (const slice of await turn([], () => cutOldest(connection, { table, beforeMs, stepRows }))) {
      rows += await turn(0, () =>
        transactions.copy(connection, async () => {
          const folded = await foldSlice(connection, slice);
          onStep();
          return folded;
        }),
      );
    }
    return rows;
  };
  const deleteRaw = async (old: string): Promise<number> => {
    // Facts that only usage_raw holds would be lost to the roll-ups. Those that are committed from now on stay anyway, and to
    // wait for them too would have no end while records come in.
    const lastCommit = await turn(0, () => readLastCommit(connection));
    const misses = async () => (await readRolledUpByAll(connection)) < lastCommit;
    while (await turn(false, async () => (await misses()) && parts.rolledUp.change(connection, advanceRollups)));
    let rows = 0;
    for (const hours of await turn([], () => cutRaw(connection, old, stepRows))) {
      rows += await turn(0, () =>
        write((writer) =>
          transactions.write(writer, async () => {
            const deleted = await deleteRolledUp(writer, `${hours} AND ${old}`);
            onStep();
            return deleted;
          }),
        ),
      );
    }
    return rows;
  };
  /** Those of the facts that went until now: of facts that have yet to go, corrections still find the objects. */
  const forgetChanges = async (rememberedFromMs: number): Promise<void> => {
    const forget = (writer: DuckDBConnection) =>
      transactions.write(writer, () =>
        forgetObjectChanges(writer, { receivedBeforeMs: rememberedFromMs, rowsMax: stepRows }),
      );
    while ((await turn(0, () => write(forget))) > 0);
  };
  return {
    deleteExpired: async (asked) => {
      const rememberedFromMs = parts.rememberedFromMs();
      // Dropped is dropped for good, and so is what is noted: a clock that is set on 400 days would cost 400 days.
      const before = moveBack(asked, parts.aheadMs());
      const wasStopped = isStopped;
      await forgetChanges(rememberedFromMs);
      if (isStopped && !wasStopped) return 0;
      // A store that is closed refuses it.
      const { keptFrom, hasRaw } = await keepUp(() => note(before, rememberedFromMs));
      let rows = 0;
      for (const table of ROLLUP_TABLES) {
        // What was noted may be later than what is asked for. Nobody reads the times before it any more.
        const keptFromMs = keptFrom[table];
        if (before[table] !== undefined && keptFromMs !== undefined) rows += await fold(table, keptFromMs);
      }
      if (before.usage_raw !== undefined && hasRaw) rows += await deleteRaw(oldRaw(before.usage_raw, rememberedFromMs));
      return rows;
    },
    stop: () => {
      isStopped = true;
    },
  };
}

/** The same times, earlier by so much. */
function moveBack(before: KeptFrom, byMs: number): KeptFrom {
  return Object.fromEntries(Object.entries(before).map(([table, beforeMs]) => [table, beforeMs - byMs]));
}

/**
 * Notes what is dropped, and drops what is known of sources by the hour: a row an hour is nothing that takes time. Answers
 * whether there are raw rows to drop.
 */
async function noteExpired(connection: DuckDBConnection, before: KeptFrom, rememberedFromMs: number): Promise<boolean> {
  for (const table of ROLLUP_TABLES) {
    const beforeMs = before[table];
    // In any case: facts that are older and come later then go where the others are.
    if (beforeMs !== undefined) await noteKeptFrom(connection, table, toDropTime(table, beforeMs));
  }
  if (before.usage_total_per_hour !== undefined) {
    const hoursBeforeMs = toDropTime("usage_total_per_hour", before.usage_total_per_hour);
    // Rows of tallies are part of the counts in all as well, which are kept for good.
    await mergeTallies(connection);
    await connection.run(`DELETE FROM source_hour WHERE hour_ms < ${hoursBeforeMs}`);
  }
  if (before.usage_raw === undefined) return false;
  const found = await connection.runAndReadAll(
    `SELECT 1 FROM usage_raw WHERE ${oldRaw(before.usage_raw, rememberedFromMs)} LIMIT 1`,
  );
  // Nothing goes: what is there stays exact to the millisecond.
  if (found.getRows().length === 0) return false;
  await noteKeptFrom(connection, "usage_raw", toDropTime("usage_raw", before.usage_raw));
  return true;
}

/**
 * Whole days, so that every finer table begins where a day does; of days whole months, so that the months that take their
 * place end where they begin. Days that were kept from the 10th on would have the first nine in no sum but that of their
 * month: every range from before it to a day in it would be refused. Sums over everything have no months of their own and go
 * along: months of spaces stand in for them, and they for days of assets where these are many (largest-by-rows.ts).
 */
function toDropTime(table: UsageTable, beforeMs: number): number {
  const { grain } = USAGE_TABLES[table];
  return floorToGrain(beforeMs, grain === "day" || grain === "month" ? "month" : "day");
}

/**
 * Raw rows that arrived later stay until their identity may be forgotten. An event that was replaced at another time goes as a
 * whole: of its fact, what takes it away and what stands in its place no two alone say whether it counts. Only a
 * replacement gives an event a second time: others may have millions of rows, and only replacements that lie across are looked
 * through, and rows of no event.
 */
function oldRaw(beforeMs: number, rememberedFromMs: number): string {
  const [fromMs, event] = [toDropTime("usage_raw", beforeMs), `${identitySql()}, received_ms`];
  const across = `SELECT number FROM correction WHERE first_ms < ${fromMs} AND last_ms >= ${fromMs} AND action = 'replace'`;
  const kept = `SELECT ${event} FROM usage_raw WHERE correction <> 0 AND time_ms >= ${fromMs}
    AND (source = ${NO_SOURCE} OR abs(correction) IN (${across}))`;
  return `time_ms < ${fromMs} AND received_ms < ${rememberedFromMs} AND (${event}) NOT IN (${kept})`;
}

type Oldest = { readonly table: RollupTable; readonly beforeMs: number; readonly stepRows: number };

/** The rows of a roll-up from before a time, cut by their things; none where each key has its one row. */
async function cutOldest(connection: DuckDBConnection, oldest: Oldest): Promise<CompactionSlice[]> {
  const { table, beforeMs, stepRows } = oldest;
  const { column, unitMs } = timeColumn(table);
  const where = `${column} < ${beforeMs / unitMs}`;
  const found = await connection.runAndReadAll(
    `SELECT count(*), count(*) FILTER (${column} <> 0) FROM ${table} WHERE ${where}`,
  );
  const [rows, unfolded] = (found.getRows()[0] ?? []).map(Number) as [number, number];
  return unfolded === 0
    ? []
    : cutIntoSlices(connection, { table, where, rows, level: 0, cutBy: [thingColumn(table)] }, stepRows);
}

/** Puts the rows of a slice into one row per key, at 1970-01-01; answers how many rows went. */
async function foldSlice(connection: DuckDBConnection, slice: CompactionSlice): Promise<number> {
  const found = await connection.runAndReadAll(`SELECT count(*) FROM ${slice.table} WHERE ${slice.where}`);
  const left = await mergeInto(connection, { ...slice, time: "0" });
  await dropMerged(connection);
  return Number(found.getRows()[0]?.[0]) - left;
}

/** Conditions on raw rows that cut `old` ones into steps by whole hours, ascending. */
async function cutRaw(connection: DuckDBConnection, old: string, stepRows: number): Promise<string[]> {
  const found = await connection.runAndReadAll(
    `SELECT time_ms // ${HOUR_MS} AS hour, count(*) FROM usage_raw WHERE ${old} GROUP BY hour ORDER BY hour`,
  );
  const cuts: { fromMs: number; untilMs: number; rows: number }[] = [];
  for (const [fromMs, rows] of found
    .getRows()
    .map(([hour, count]) => [Number(hour) * HOUR_MS, Number(count)] as const)) {
    const last = cuts.at(-1);
    if (last === undefined || last.rows + rows > stepRows) cuts.push({ fromMs, untilMs: fromMs + HOUR_MS, rows });
    else cuts[cuts.length - 1] = { fromMs: last.fromMs, untilMs: fromMs + HOUR_MS, rows: last.rows + rows };
  }
  return cuts.map(({ fromMs, untilMs }) => `time_ms >= ${fromMs} AND time_ms < ${untilMs}`);
}

/** Deletes raw rows that every roll-up holds; answers how many. What was committed since they were rolled up stays. */
async function deleteRolledUp(connection: DuckDBConnection, where: string): Promise<number> {
  const lastCommit = await readRolledUpByAll(connection);
  const deleted = await connection.runAndReadAll(
    `DELETE FROM usage_raw WHERE ${where} AND commit_number <= ${lastCommit}`,
  );
  return Number(deleted.getRows()[0]?.[0]);
}
