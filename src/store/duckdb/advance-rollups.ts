/**
 * Adds facts to the roll-ups, many commits at a time. A commit writes its facts once; a roll-up is its table plus the
 * facts of the commits that the table does not hold yet, and every reader adds up both. So a commit costs one insert in
 * place of one per roll-up, and rows of a roll-up are sums of many commits.
 *
 * Up to which commit a table goes is a row of store_state, changed in the transaction that adds the sums: a process that
 * is killed at any point leaves facts that are in the table or in the rest, never in both, never in neither.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { ROLLUP_TABLES, type RollupTable } from "../usage-store.ts";
import { readKeptFrom } from "./kept-from.ts";
import { insertRollupSql, SUM_COLUMNS } from "./rollup-sql.ts";

/** Facts that one step adds to one table, roughly: about 100 ms. One larger commit is still added in one step. */
const STEP_ROWS_MAX = 250_000;

/** Sums of more could pass 2^62 in one row; such facts are added up in parts of 511 rows, whose sums cannot. */
const SUM_WITHOUT_PARTS_MAX = 2n ** 61n;

const stateName = (table: RollupTable): string => `rolled_up/${table}`;

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

/** The condition on facts that a table does not hold yet. */
export function notRolledUp(commitNumber: number): string {
  return `commit_number > ${commitNumber}`;
}

/**
 * Adds the next facts to the table that is furthest behind, inside the caller's transaction. False: every table holds
 * every fact.
 */
export async function advanceRollups(connection: DuckDBConnection): Promise<boolean> {
  const rolledUp = await readRolledUp(connection);
  const [table, from] = [...rolledUp].reduce((behind, other) => (other[1] < behind[1] ? other : behind));
  const until = await findStepEnd(connection, from);
  if (until === null) return false;
  const facts = `(SELECT *, rowid FROM usage_raw WHERE ${notRolledUp(from)} AND commit_number <= ${until}) AS raw`;
  const part = (await mayWrap(connection, facts)) ? "rowid // 511" : "0";
  const { [table]: keptFromMs } = await readKeptFrom(connection);
  await connection.run(insertRollupSql(table, facts, part, keptFromMs));
  await connection.run(
    `INSERT INTO store_state VALUES ('${stateName(table)}', ${until})
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  );
  return true;
}

/** Adds all facts to all tables inside the caller's transaction. */
export async function advanceAllRollups(connection: DuckDBConnection): Promise<void> {
  while (await advanceRollups(connection));
}

/** The last commit of the next step, or null when there is nothing after `from`. */
async function findStepEnd(connection: DuckDBConnection, from: number): Promise<number | null> {
  const answer = await connection.runAndReadAll(
    `SELECT commit_number, count(*) FROM usage_raw WHERE ${notRolledUp(from)}
     GROUP BY commit_number ORDER BY commit_number`,
  );
  let [until, rows]: [number | null, number] = [null, 0];
  for (const [commitNumber, count] of answer.getRows()) {
    rows += Number(count);
    if (until !== null && rows > STEP_ROWS_MAX) break;
    until = Number(commitNumber);
  }
  return until;
}

async function mayWrap(connection: DuckDBConnection, facts: string): Promise<boolean> {
  const sums = SUM_COLUMNS.map((column) => `coalesce(sum(abs(${column})), 0) > ${SUM_WITHOUT_PARTS_MAX}`).join(" OR ");
  const answer = await connection.runAndReadAll(`SELECT ${sums} FROM ${facts}`);
  return answer.getRows()[0]?.[0] === true;
}
