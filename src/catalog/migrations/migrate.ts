/**
 * Brings a catalogue to the newest shape: runs the steps that its database has not seen, each in one transaction.
 * Kysely's own migrator is not used: it runs SQLite's steps outside of a transaction, so that a crash leaves half of one.
 */
import { CompiledQuery, sql } from "kysely";
import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { CatalogDatabase, CatalogQueries } from "../catalog-database.ts";
import type { Migration } from "./migration.ts";

/**
 * Runs the missing steps and answers their names. Nothing happens when there is none; two processes that do this at
 * the same moment run each step once. `catalog/unavailable` when the database has steps that this list has not: a
 * newer version of the program wrote it, and an older one would damage what it does not know.
 */
export async function migrate(
  database: Pick<CatalogDatabase, "write">,
  clock: Clock,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const newest = migrations.at(-1)?.number ?? 0;
  await database.write(async (queries) => {
    await sql`create table if not exists migrations (
      number        integer primary key,
      name          text not null,
      applied_at_ms integer not null
    ) strict`.execute(queries);
    const applied = await readNewestStep(queries);
    if (applied > newest) throw tooNew(applied, newest);
  });
  const ran: string[] = [];
  for (const migration of migrations) {
    if (await database.write((queries) => runStep(queries, clock, migration))) ran.push(migration.name);
  }
  return ran;
}

/** Runs one step unless it has run; true if it did. Looked up in the step's own transaction: another process may race. */
async function runStep(queries: CatalogQueries, clock: Clock, migration: Migration): Promise<boolean> {
  if ((await readNewestStep(queries)) >= migration.number) return false;
  for (const statement of migration.statements) await queries.executeQuery(CompiledQuery.raw(statement));
  await sql`insert into migrations (number, name, applied_at_ms)
    values (${migration.number}, ${migration.name}, ${clock.now()})`.execute(queries);
  return true;
}

async function readNewestStep(queries: CatalogQueries): Promise<number> {
  const { rows } = await sql<{ newest: number | null }>`select max(number) as newest from migrations`.execute(queries);
  return rows[0]?.newest ?? 0;
}

function tooNew(applied: number, known: number): AppError {
  return new AppError(
    "catalog/unavailable",
    `The catalogue was written by a newer version of assetmeter: it is at step ${applied}, this version knows ${known}. ` +
      "Start the newer version, or restore the copy of the catalogue that was made before it.",
  );
}
