/**
 * How many assets each folder of each space has, kept beside the assets in the same transactions: the exact total of a
 * list without further filters is one look-up. Counting a space of a million assets takes 40 ms and more, every time.
 */
import type { CatalogQueries } from "./catalog-database.ts";

/** A folder of a space, `null` for its root; in the trash or not. Assets without a space are not counted: no list has them. */
export type CountedPlace = {
  readonly organization: number;
  readonly space: number | null;
  readonly folder: number | null;
  readonly trash: boolean;
};

/** Folder ids begin at 1, so that 0 can stand for the root: a primary key cannot hold a null. */
const ROOT = 0;

/** Adds `assets` (negative to take away) to the count of a place. */
export async function addToAssetCount(queries: CatalogQueries, place: CountedPlace, assets: number): Promise<void> {
  const { organization, space, folder, trash } = place;
  if (space === null || assets === 0) return;
  const kept = { organization, space, folder: folder ?? ROOT, trash: trash ? 1 : 0 };
  const counted = await queries
    .updateTable("asset_counts")
    .set((eb) => ({ assets: eb("assets", "+", assets) }))
    .where("organization", "=", organization)
    .where("space", "=", space)
    .where("trash", "=", kept.trash)
    .where("folder", "=", kept.folder)
    .returning("assets")
    .executeTakeFirst();
  // Not `on conflict`: taking away would be refused as a row of less than 0 assets before the conflict is seen.
  if (counted === undefined)
    await queries
      .insertInto("asset_counts")
      .values({ ...kept, assets })
      .execute();
}

/** Where an asset is counted before and after a change. */
export type CountedMove = {
  readonly from: Omit<CountedPlace, "organization">;
  readonly to: Omit<CountedPlace, "organization">;
};

/** Counts assets elsewhere: one step per place and not per asset. */
export async function moveAssetCounts(
  queries: CatalogQueries,
  organization: number,
  moves: readonly CountedMove[],
): Promise<void> {
  const steps = new Map<string, { place: CountedPlace; assets: number }>();
  const add = (place: Omit<CountedPlace, "organization">, assets: number) => {
    const key = `${place.space} ${place.folder} ${place.trash}`;
    const step = steps.get(key) ?? { place: { ...place, organization }, assets: 0 };
    steps.set(key, { place: step.place, assets: step.assets + assets });
  };
  for (const { from, to } of moves) {
    add(from, -1);
    add(to, 1);
  }
  for (const { place, assets } of steps.values()) await addToAssetCount(queries, place, assets);
}

/** The number of assets in a space; with `folder` (null for the root) only those of that folder. */
export async function readAssetCount(
  queries: CatalogQueries,
  place: { readonly organization: number; readonly space: number; readonly trash: boolean },
  folder: number | null | undefined,
): Promise<number> {
  let counted = queries
    .selectFrom("asset_counts")
    .select((eb) => eb.fn.sum<number | null>("assets").as("assets"))
    .where("organization", "=", place.organization)
    .where("space", "=", place.space)
    .where("trash", "=", place.trash ? 1 : 0);
  if (folder !== undefined) counted = counted.where("folder", "=", folder ?? ROOT);
  const row = await counted.executeTakeFirst();
  return Number(row?.assets ?? 0);
}
