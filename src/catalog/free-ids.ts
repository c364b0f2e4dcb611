/**
 * Chooses ids for new things. Must run inside the write transaction that uses them, else two processes choose the same.
 */
import { sql } from "kysely";
import { AppError } from "../platform/errors.ts";
import type { CatalogQueries } from "./catalog-database.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import type { NumberedTable } from "./existence.ts";

/**
 * The first id that the catalogue itself gives an asset. Platforms number theirs from 1: an asset that usage has
 * registered by path should not sit on the id of an upload that is still to come.
 */
const ASSET_ID_FIRST = 1_000_001;

/** `count` ids that are free in the organization, ascending: those after the largest one, or from 1 (assets 1,000,001). */
export async function chooseIds(
  queries: CatalogQueries,
  table: NumberedTable,
  organization: number,
  count: number,
): Promise<readonly number[]> {
  const first = table === "assets" ? ASSET_ID_FIRST : 1;
  const row = await queries
    .selectFrom(table as keyof Pick<CatalogTables, "spaces">)
    .select((eb) => eb.fn.max("id").as("largest"))
    .where("organization", "=", organization)
    .executeTakeFirst();
  const promised = table === "assets" ? await readLargestPromise(queries, organization) : 0;
  const from = Math.max(first, (row?.largest ?? 0) + 1, promised + 1);
  // Not `from + count - 1`: 2^53 + 1 is 2^53, and the id 2^53 would be given away.
  if (from <= Number.MAX_SAFE_INTEGER - count + 1) return Array.from({ length: count }, (_, index) => from + index);
  return chooseFromGaps(queries, { table, organization, first, count });
}

/** The largest id that an upload has been promised whose bytes may still come; 0 without one. */
async function readLargestPromise(queries: CatalogQueries, organization: number): Promise<number> {
  const row = await queries
    .selectFrom("uploads")
    .select((eb) => eb.fn.max("asset").as("largest"))
    .where("organization", "=", organization)
    .executeTakeFirst();
  return row?.largest ?? 0;
}

/** One id, as chooseIds chooses it. */
export async function chooseId(queries: CatalogQueries, table: NumberedTable, organization: number): Promise<number> {
  const [id] = await chooseIds(queries, table, organization, 1);
  return id as number;
}

/**
 * Free ids below the largest. One event that names asset 2^53-1 would otherwise end all registering. Reads every id of
 * the organization, which takes a second for a million: only used when nothing is left at the top.
 */
async function chooseFromGaps(
  queries: CatalogQueries,
  wanted: { readonly table: string; readonly organization: number; readonly first: number; readonly count: number },
): Promise<readonly number[]> {
  const { table, organization, first, count } = wanted;
  // One row per gap between two ids, ascending by its start; `first - 1` stands for an id below all of them.
  const gaps = await sql<{ gap_start: number; gap_end: number }>`
    select id + 1 as gap_start, next_id - 1 as gap_end
    from (
      select id, lead(id) over (order by id) as next_id
      from (
        select id from ${sql.table(table)} where organization = ${organization} and id >= ${first}
        union
        select asset from uploads where organization = ${organization} and ${table} = 'assets' and asset >= ${first}
        union
        select ${sql.lit(first - 1)}
      ) as taken
    ) as neighbours
    where next_id > id + 1
    order by id
    limit ${count}
  `.execute(queries);
  const ids: number[] = [];
  for (const gap of gaps.rows) {
    for (let id = gap.gap_start; id <= gap.gap_end && ids.length < count; id++) ids.push(id);
  }
  if (ids.length < count) throw new AppError("catalog/conflict", `No free ids are left in ${table}.`);
  return ids;
}
