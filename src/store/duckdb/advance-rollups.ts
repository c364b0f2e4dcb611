/**
 * Adds facts to the roll-ups, many commits at a time. A commit writes its facts once; a roll-up is its table plus the
 * facts of the commits that the table does not hold yet, and every reader adds up both. So a commit costs one insert in
 * place of one per roll-up, and rows of a roll-up are sums of many commits.
 *
 * Up to which commit a table goes is a row of store_state, changed in the transaction that adds the sums: a process that
 * is killed at any point leaves facts that are in the table or in the rest, never in both, never in neither.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { ROLLUP_TABLES, type RollupTable, USAGE_TABLES } from "../usage-store.ts";
import { readKeptFrom } from "./kept-from.ts";
import { insertRollupSql, SUM_COLUMNS, selectSumsSql } from "./rollup-sql.ts";

/** Facts that one step adds to the tables of one family, roughly: about 100 ms. One larger commit is still added in one step. */
const STEP_ROWS_MAX = 500_000;

/** Sums of more could pass 2^62 in one row; such facts are added up in parts of 511 rows, whose sums cannot. */
const SUM_WITHOUT_PARTS_MAX = 2n ** 61n;

const STATE_NAMES = "rolled_up/";
const stateName = (table: RollupTable): string => `${STATE_NAMES}${table}`;

/** SQL of a number that tells how far the tables go: no step lowers one, so it is another one after every step. */
export const ROLLED_UP_SQL = `(SELECT coalesce(sum(value), 0)::DOUBLE FROM store_state WHERE starts_with(name, '${STATE_NAMES}'))`;

/** The number of ROLLED_UP_SQL for a state that is known. */
export function toRolledUpNumber(rolledUp: ReadonlyMap<RollupTable, number>): number {
  return [...rolledUp.values()].reduce((sum, commit) => sum + commit, 0);
}

/** The rows of store_state, by name. `begin` is SQL that comes first, in the same call to the engine. */
export async function readStoreState(connection: DuckDBConnection, begin = ""): Promise<ReadonlyMap<string, number>> {
  const answer = await connection.runAndReadAll(`${begin}SELECT name, value FROM store_state`);
  return new Map(answer.getRows().map(([name, value]) => [String(name), Number(value)]));
}

/** The number of the last commit that each table holds, from what store_state says; 0 before the first. */
export function toRolledUp(state: ReadonlyMap<string, number>): ReadonlyMap<RollupTable, number> {
  return new Map(ROLLUP_TABLES.map((table) => [table, state.get(stateName(table)) ?? 0]));
}

/**
 * The number of the last commit that each table holds. Read it in the transaction that reads the table, or sums of a step
 * in between would be counted twice.
 */
export async function readRolledUp(connection: DuckDBConnection): Promise<ReadonlyMap<RollupTable, number>> {
  return toRolledUp(await readStoreState(connection));
}

/** The last commit whose facts every roll-up holds. */
export async function readRolledUpByAll(connection: DuckDBConnection): Promise<number> {
  return Math.min(...(await readRolledUp(connection)).values());
}

/** The condition on facts that a table does not hold yet. */
export function notRolledUp(commitNumber: number): string {
  return `commit_number > ${commitNumber}`;
}

/**
 * Adds the next facts to the table that is furthest behind and to those of its family that are as far, inside the caller's
 * transaction: the facts are added up once, by the finest of these tables, and the coarser ones are made of its sums. False:
 * every table holds every fact of the commits up to `upTo`.
 */
export async function advanceRollups(
  connection: DuckDBConnection,
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<boolean> {
  const rolledUp = await readRolledUp(connection);
  const [first, from] = [...rolledUp].reduce((behind, other) => (other[1] < behind[1] ? other : behind));
  const family = ROLLUP_TABLES.filter((table) => USAGE_TABLES[table].family === USAGE_TABLES[first].family);
  const tables = family.filter((table) => rolledUp.get(table) === from);
  // No further than the others of the family are: from there on they go together.
  const [next = null] = family
    .map((table) => rolledUp.get(table) ?? 0)
    .filter((commit) => commit > from)
    .sort((a, b) => a - b);
  const until = await findStepEnd(connection, from, { next, upTo });
  if (until === null) return false;
  const facts = `(SELECT *, rowid FROM usage_raw WHERE ${notRolledUp(from)} AND commit_number <= ${until}) AS raw`;
  const part = (await mayWrap(connection, facts)) ? "rowid // 511" : "0";
  const finest = tables.at(-1) as RollupTable;
  await connection.run(`CREATE OR REPLACE TEMP TABLE step_sum AS ${selectSumsSql(finest, facts, part)}`);
  const keptFrom = await readKeptFrom(connection);
  for (const table of tables) {
    await connection.run(insertRollupSql(table, "temp.step_sum", "part", keptFrom[table]));
  }
  await connection.run(
    `INSERT INTO store_state VALUES ${tables.map((table) => `('${stateName(table)}', ${until})`).join(", ")}
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  );
  // Its rows would count against the memory of the store until the next step.
  await connection.run("DROP TABLE temp.step_sum");
  return true;
}

/**
 * The last commit of the next step, or null when there is nothing after `from`: at most `next`, how far the nearest others of the
 * family are, else at most `upTo`.
 */
async function findStepEnd(
  connection: DuckDBConnection,
  from: number,
  { next, upTo }: { readonly next: number | null; readonly upTo: number },
): Promise<number | null> {
  const answer = await connection.runAndReadAll(
    `SELECT commit_number, count(*) FROM usage_raw
     WHERE ${notRolledUp(from)} AND commit_number <= ${next ?? upTo}
     GROUP BY commit_number ORDER BY commit_number`,
  );
  let [until, rows]: [number | null, number] = [null, 0];
  for (const [commitNumber, count] of answer.getRows()) {
    rows += Number(count);
    if (until !== null && rows > STEP_ROWS_MAX) return until;
    until = Number(commitNumber);
  }
  // Facts whose raw rows are gone leave nothing to be added, and the tables are as far as their family. Never `upTo`: a commit of
  // that number may be under way.
  return next ?? until;
}

async function mayWrap(connection: DuckDBConnection, facts: string): Promise<boolean> {
  const sums = SUM_COLUMNS.map((column) => `coalesce(sum(abs(${column})), 0) > ${SUM_WITHOUT_PARTS_MAX}`).join(" OR ");
  const answer = await connection.runAndReadAll(`SELECT ${sums} FROM ${facts}`);
  return answer.getRows()[0]?.[0] === true;
}
