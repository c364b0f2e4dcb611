/**
 * Sets fields of assets that are there: columns, tags, and the counts of the folders that they leave and enter.
 */
import type { Updateable } from "kysely";
import { addToAssetCount } from "./asset-counts.ts";
import type { AssetFields } from "./asset-file-catalog.ts";
import type { CatalogQueries } from "./catalog-database.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";
import { readInSpace } from "./existence.ts";

/** An asset by its whole identity. */
export type AssetIdentity = { readonly organization: number; readonly id: number };

/**
 * Sets the fields that are there (metaData key by key, null removes one), in a transaction of the caller's, who has made sure that folder and tags are of the
 * asset's space. Does not touch `updatedAtMs`. An unknown asset is left alone.
 */
export async function setAssetFields(
  queries: CatalogQueries,
  { organization, id }: AssetIdentity,
  fields: AssetFields,
): Promise<void> {
  const before = await queries
    .selectFrom("assets")
    .select(["space", "folder", "deleted_at_ms", "meta_data"])
    .where("organization", "=", organization)
    .where("id", "=", id)
    .executeTakeFirst();
  if (before === undefined) return;
  const columns = toColumns(fields, JSON.parse(before.meta_data));
  if (Object.keys(columns).length > 0) {
    await queries
      .updateTable("assets")
      .set(columns)
      .where("organization", "=", organization)
      .where("id", "=", id)
      .execute();
  }
  const { space, folder } = before;
  if (fields.folder !== undefined && fields.folder !== folder) {
    const place = { organization, space, trash: before.deleted_at_ms !== null };
    await addToAssetCount(queries, { ...place, folder }, -1);
    await addToAssetCount(queries, { ...place, folder: fields.folder }, 1);
  }
  if (fields.tagIds !== undefined) await setTags(queries, { organization, id }, fields.tagIds);
}

function toColumns(
  fields: AssetFields,
  metaDataBefore: Readonly<Record<string, unknown>>,
): Updateable<CatalogTables["assets"]> {
  const columns = {
    folder: fields.folder,
    alt: fields.alt,
    title: fields.title,
    copyright: fields.copyright,
    source: fields.source,
    focus: fields.focus,
    ext_id: fields.extId,
    is_private: fields.isPrivate === undefined ? undefined : fields.isPrivate ? 1 : 0,
    publish_at_ms: fields.publishAtMs,
    expire_at_ms: fields.expireAtMs,
    meta_data: fields.metaData === undefined ? undefined : JSON.stringify(mergeKeys(metaDataBefore, fields.metaData)),
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

/**
 * Metadata with the keys that a request sets; a key that is null is removed. Through a Map: a key may be `__proto__`, which
 * an assignment would not store.
 */
export function mergeKeys(
  before: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const merged = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

async function setTags(queries: CatalogQueries, asset: AssetIdentity, tags: readonly number[]): Promise<void> {
  const { organization, id } = asset;
  await queries.deleteFrom("asset_tags").where("organization", "=", organization).where("asset", "=", id).execute();
  await addTags(queries, asset, tags);
}

/** Gives an asset tags that it does not have yet, each once; any number of them. In a transaction of the caller's. */
export async function addTags(
  queries: CatalogQueries,
  { organization, id }: AssetIdentity,
  tags: readonly number[],
): Promise<void> {
  for (const chunk of chunksOf([...new Set(tags)], IN_LIST_MAX)) {
    await queries
      .insertInto("asset_tags")
      .values(chunk.map((tag) => ({ organization, tag, asset: id })))
      .execute();
  }
}

/** The same fields without a folder and tags that are not in the space any more. */
export async function keepExistingPlaces(
  queries: CatalogQueries,
  place: { readonly organization: number; readonly space: number },
  fields: AssetFields,
): Promise<AssetFields> {
  const { folder, tagIds } = fields;
  return {
    ...fields,
    ...(typeof folder === "number" && (await readInSpace(queries, "folders", place, [folder])).length === 0
      ? { folder: null }
      : {}),
    ...(tagIds === undefined ? {} : { tagIds: await readInSpace(queries, "tags", place, tagIds) }),
  };
}
