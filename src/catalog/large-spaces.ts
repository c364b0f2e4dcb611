/**
 * Spaces of so many assets that lists of them are made ready before anybody asks.
 */
import type { CatalogQueries } from "./catalog-database.ts";

/** Assets of a large space: a first list of fewer takes some 20 ms by SQL. */
const ASSETS_MIN = 50_000;

/** A large space; `assets`: how many it has. */
export type LargeSpace = { readonly organization: number; readonly space: number; readonly assets: number };

/** The large spaces, the largest first. Reads counts, not assets. */
export function readLargeSpaces(queries: CatalogQueries): Promise<readonly LargeSpace[]> {
  return queries
    .selectFrom("asset_counts")
    .select((eb) => ["organization", "space", eb.fn.sum<number>("assets").as("assets")])
    .groupBy(["organization", "space"])
    .having((eb) => eb.fn.sum("assets"), ">=", ASSETS_MIN)
    .orderBy("assets", "desc")
    .orderBy("organization")
    .orderBy("space")
    .execute();
}
