/**
 * The version of a space's assets: two reads of the same one have the same lists in between.
 */
import type { CatalogQueries } from "./catalog-database.ts";

/**
 * How often the lists of a space may have changed. Every process's changes count, each together with what it changes;
 * who reads a list in the same snapshot knows that list by this number. 0 for an unknown space.
 */
export async function readAssetVersion(
  queries: CatalogQueries,
  { organization, space }: { readonly organization: number; readonly space: number },
): Promise<number> {
  const row = await queries
    .selectFrom("asset_versions")
    .select("version")
    .where("organization", "=", organization)
    .where("space", "=", space)
    .executeTakeFirst();
  return row?.version ?? 0;
}
