/**
 * The version of a space's assets: two reads of the same one have the same lists in between; and what led to it.
 */
import type { CatalogQueries } from "./catalog-database.ts";

type SpaceOf = { readonly organization: number; readonly space: number };

/** Stands for the assets of a tag that got another name, in place of the number of an asset. */
const ANY_TAGGED = 0;

/**
 * How often the lists of a space may have changed. Every process's changes count, each together with what it changes;
 * who reads a list in the same snapshot knows that list by this number. 0 for an unknown space.
 */
export async function readAssetVersion(queries: CatalogQueries, { organization, space }: SpaceOf): Promise<number> {
  const row = await queries
    .selectFrom("asset_versions")
    .select("version")
    .where("organization", "=", organization)
    .where("space", "=", space)
    .executeTakeFirst();
  return row?.version ?? 0;
}

/**
 * The numbers of the rows of the assets, each once, that the steps after `from` were about, up to and including `to`,
 * which is the version of the caller's snapshot. Null when they are too many or too long ago to be known, all of them: a
 * database keeps the last ones only.
 */
export async function readListChanges(
  queries: CatalogQueries,
  { organization, space }: SpaceOf,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly number[] | null> {
  const rows = await queries
    .selectFrom("asset_changes")
    .select("seq")
    .where("organization", "=", organization)
    .where("space", "=", space)
    .where("version", ">", from)
    .execute();
  // Each step has one row. A missing one is a change that nobody can tell.
  if (rows.length !== to - from) return null;
  const seqs = new Set(rows.map((row) => row.seq));
  seqs.delete(ANY_TAGGED);
  return [...seqs];
}
