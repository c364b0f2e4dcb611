/**
 * Changes of assets that are there: what is said of one, and several at once moved, tagged, put into the trash, taken
 * out of it or deleted for good. Each call is one transaction.
 */

import type { AssetCatalog } from "./asset-catalog.ts";
import { addToAssetCount, moveAssetCounts } from "./asset-counts.ts";
import { setAssetFields } from "./asset-fields.ts";
import type { AssetFields } from "./asset-file-catalog.ts";
import { releaseFiles } from "./asset-files.ts";
import { readAssetsById } from "./asset-row.ts";
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import { checkCount, checkId, checkMetaData, checkText } from "./check-input.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";
import { requireInSpace, requireSpace } from "./existence.ts";

type ChangeMethods = Pick<
  AssetCatalog,
  "updateAsset" | "deleteAssets" | "restoreAssets" | "moveAssets" | "setAssetTags" | "purgeTrash"
>;

/** Where an asset is; purged ones are nowhere. */
export type PlacedAsset = {
  readonly id: number;
  readonly space: number | null;
  readonly folder: number | null;
  readonly deleted_at_ms: number | null;
};

type SpaceOf = { readonly organization: number; readonly space: number };

/** The methods that change assets. */
export function buildAssetChanges({ database, clock }: CatalogContext): ChangeMethods {
  return {
    async updateAsset(organization, id, changes) {
      checkFields(changes);
      return database.write(async (queries) => {
        const [before] = await readAssetsById(queries, organization, [id]);
        if (before === undefined || before.purgedAtMs !== null) return null;
        await requirePlaces(queries, before, changes);
        await setAssetFields(queries, before, changes);
        await touchAssets(queries, organization, [id], clock.now());
        const [after] = await readAssetsById(queries, organization, [id]);
        // Looked at when it is merged: many small changes may make a large one. Rejecting takes the change back.
        checkMetaData(after!.metaData);
        return after!;
      });
    },
    async deleteAssets(organization, space, ids) {
      return database.write(async (queries) => {
        const assets = await readPlaced(queries, { organization, space }, ids);
        await setTrash(queries, organization, assets, clock.now());
        return idsOf(assets);
      });
    },
    async restoreAssets(organization, space, ids) {
      return database.write(async (queries) => {
        const assets = await readPlaced(queries, { organization, space }, ids);
        await setTrash(queries, organization, assets, null);
        return idsOf(assets);
      });
    },
    async moveAssets(organization, space, ids, folder) {
      return database.write(async (queries) => {
        if (folder !== null) await requireInSpace(queries, "folders", { organization, space }, [folder]);
        const assets = await readPlaced(queries, { organization, space }, ids);
        await moveToFolder(queries, organization, assets, folder);
        await touchAssets(queries, organization, idsOf(assets), clock.now());
        return idsOf(assets);
      });
    },
    async setAssetTags(organization, space, tagsByAsset) {
      return database.write(async (queries) => {
        const place = { organization, space };
        await requireInSpace(queries, "tags", place, [...tagsByAsset.values()].flat());
        const assets = await readPlaced(queries, place, [...tagsByAsset.keys()]);
        for (const { id } of assets) {
          await setAssetFields(queries, { organization, id }, { tagIds: tagsByAsset.get(id) ?? [] });
        }
        await touchAssets(queries, organization, idsOf(assets), clock.now());
        return idsOf(assets);
      });
    },
    async purgeTrash(organization, space, assetsMax) {
      checkId(assetsMax, "number of assets to delete");
      return database.write(async (queries) => {
        await requireSpace(queries, organization, space);
        const assets = await readOldestTrash(queries, { organization, space }, assetsMax);
        return { assets: assets.length, fileBytes: await purge(queries, { organization, space }, assets, clock.now()) };
      });
    },
  };
}

function checkFields(changes: AssetFields): void {
  checkCount(changes.publishAtMs ?? null, "asset's time of publication in UTC milliseconds");
  checkCount(changes.expireAtMs ?? null, "asset's time of expiry in UTC milliseconds");
  for (const field of ["alt", "title", "copyright", "source", "focus", "extId"] as const) {
    checkText(changes[field] ?? null, `asset's ${field}`);
  }
}

async function requirePlaces(
  queries: CatalogQueries,
  { organization, space }: { readonly organization: number; readonly space: number | null },
  changes: AssetFields,
): Promise<void> {
  const place = { organization, space };
  if (typeof changes.folder === "number") await requireInSpace(queries, "folders", place, [changes.folder]);
  await requireInSpace(queries, "tags", place, changes.tagIds ?? []);
}

/** The assets among `ids` that are in this space and not purged, by id, ascending. */
async function readPlaced(
  queries: CatalogQueries,
  { organization, space }: SpaceOf,
  ids: readonly number[],
): Promise<readonly PlacedAsset[]> {
  const placed: PlacedAsset[] = [];
  for (const chunk of chunksOf([...new Set(ids)], IN_LIST_MAX)) {
    const rows = await queries
      .selectFrom("assets")
      .select(["id", "space", "folder", "deleted_at_ms"])
      .where("organization", "=", organization)
      .where("id", "in", chunk)
      .where("space", "=", space)
      .where("purged_at_ms", "is", null)
      .execute();
    placed.push(...rows);
  }
  return placed.sort((a, b) => a.id - b.id);
}

/** Puts assets into the trash at a time, or takes them out of it (null). Those that are there already stay as they are. */
async function setTrash(
  queries: CatalogQueries,
  organization: number,
  assets: readonly PlacedAsset[],
  deletedAtMs: number | null,
): Promise<void> {
  const trash = deletedAtMs !== null;
  const moving = assets.filter((asset) => (asset.deleted_at_ms !== null) !== trash);
  for (const chunk of chunksOf(idsOf(moving), IN_LIST_MAX)) {
    await queries
      .updateTable("assets")
      .set({ deleted_at_ms: deletedAtMs })
      .where("organization", "=", organization)
      .where("id", "in", chunk)
      .execute();
  }
  const moves = moving.map(({ space, folder }) => ({
    from: { space, folder, trash: !trash },
    to: { space, folder, trash },
  }));
  await moveAssetCounts(queries, organization, moves);
}

/** Puts assets into a folder (null: the root), in a transaction of the caller's, and counts them there. */
export async function moveToFolder(
  queries: CatalogQueries,
  organization: number,
  assets: readonly PlacedAsset[],
  folder: number | null,
): Promise<void> {
  for (const chunk of chunksOf(idsOf(assets), IN_LIST_MAX)) {
    await queries
      .updateTable("assets")
      .set({ folder })
      .where("organization", "=", organization)
      .where("id", "in", chunk)
      .execute();
  }
  const counted = assets.map(({ space, folder: before, deleted_at_ms }) => {
    const trash = deleted_at_ms !== null;
    return { from: { space, folder: before, trash }, to: { space, folder, trash } };
  });
  await moveAssetCounts(queries, organization, counted);
}

async function touchAssets(
  queries: CatalogQueries,
  organization: number,
  ids: readonly number[],
  nowMs: number,
): Promise<void> {
  for (const chunk of chunksOf(ids, IN_LIST_MAX)) {
    await queries
      .updateTable("assets")
      .set({ updated_at_ms: nowMs })
      .where("organization", "=", organization)
      .where("id", "in", chunk)
      .execute();
  }
}

async function readOldestTrash(
  queries: CatalogQueries,
  { organization, space }: SpaceOf,
  assetsMax: number,
): Promise<readonly PlacedAsset[]> {
  return queries
    .selectFrom("assets")
    .select(["id", "space", "folder", "deleted_at_ms"])
    .where("organization", "=", organization)
    .where("space", "=", space)
    .where("deleted_at_ms", "is not", null)
    .where("purged_at_ms", "is", null)
    .orderBy("created_at_ms")
    .orderBy("id")
    .limit(assetsMax)
    .execute();
}

/** Ends assets: no list, no reading, no file, no tags. Their folder goes too, so that it can be deleted. */
async function purge(
  queries: CatalogQueries,
  { organization, space }: SpaceOf,
  assets: readonly PlacedAsset[],
  nowMs: number,
): Promise<readonly number[]> {
  // Into the root first, then out of its count: a purged row is counted nowhere.
  await moveToFolder(queries, organization, assets, null);
  await addToAssetCount(queries, { organization, space, folder: null, trash: true }, -assets.length);
  for (const chunk of chunksOf(idsOf(assets), IN_LIST_MAX)) {
    await queries
      .updateTable("assets")
      .set({ purged_at_ms: nowMs })
      .where("organization", "=", organization)
      .where("id", "in", chunk)
      .execute();
    await queries
      .deleteFrom("asset_tags")
      .where("organization", "=", organization)
      .where("asset", "in", chunk)
      .execute();
  }
  return releaseFiles(queries, organization, idsOf(assets), nowMs);
}

function idsOf(assets: readonly PlacedAsset[]): readonly number[] {
  return assets.map((asset) => asset.id);
}
