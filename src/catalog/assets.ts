/**
 * Single assets of the catalogue: create, read, move to the trash.
 */
import type { Insertable } from "kysely";
import type { Asset } from "../model/asset.ts";
import { addToAssetCount } from "./asset-counts.ts";
import { addTags, mergeKeys } from "./asset-fields.ts";
import { readAssetsById } from "./asset-row.ts";
import type { Catalog, NewAsset } from "./catalog.ts";
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import { checkCount, checkId, checkName, checkPath } from "./check-input.ts";
import { contentTypeOf, filenameOf } from "./content-type.ts";
import { conflict, requireInSpace, requireOrganization, requireSpace } from "./existence.ts";
import { chooseId } from "./free-ids.ts";

type AssetMethods = Pick<Catalog, "createAsset" | "readAsset" | "readAssets" | "deleteAsset">;

/** The methods for single assets. */
export function buildAssets({ database, clock }: CatalogContext): AssetMethods {
  return {
    async createAsset(input) {
      checkAsset(input);
      return database.write(async (queries) => {
        const id = await insertAsset(queries, input, clock.now());
        return (await readAssetsById(queries, input.organization, [id]))[0]!;
      });
    },
    async readAsset(organization, id) {
      return database.read((queries) => readUnpurged(queries, organization, id));
    },
    async readAssets(organization, ids) {
      return database.read((queries) => readAssetsById(queries, organization, ids));
    },
    async deleteAsset(organization, id) {
      return database.write(async (queries) => {
        const moved = await queries
          .updateTable("assets")
          .set({ deleted_at_ms: clock.now() })
          .where("organization", "=", organization)
          .where("id", "=", id)
          .where("deleted_at_ms", "is", null)
          .returning(["space", "folder"])
          .executeTakeFirst();
        if (moved !== undefined) {
          await addToAssetCount(queries, { organization, ...moved, trash: false }, -1);
          await addToAssetCount(queries, { organization, ...moved, trash: true }, 1);
        }
        return readUnpurged(queries, organization, id);
      });
    },
  };
}

async function readUnpurged(queries: CatalogQueries, organization: number, id: number): Promise<Asset | null> {
  const [asset] = await readAssetsById(queries, organization, [id]);
  return asset === undefined || asset.purgedAtMs !== null ? null : asset;
}

/** Inserts a new asset with its tags and counts it; answers its id. Part of a transaction of the caller's. */
export async function insertAsset(queries: CatalogQueries, input: NewAsset, nowMs: number): Promise<number> {
  await requirePlace(queries, input);
  const { organization } = input;
  const id = input.id ?? (await chooseId(queries, "assets", organization));
  const values = toAssetValues(input, id, nowMs);
  const row = await queries
    .insertInto("assets")
    .values(values)
    .onConflict((oc) => oc.doNothing())
    .returning("id")
    .executeTakeFirst();
  if (row === undefined) throw conflict(`asset with the id ${id} or, in this space, the path "${input.path}"`);
  await addTags(queries, { organization, id }, input.tagIds ?? []);
  const { space = null, folder = null } = input;
  await addToAssetCount(queries, { organization, space, folder, trash: values.deleted_at_ms !== null }, 1);
  return id;
}

function checkAsset(input: NewAsset): void {
  if (input.id !== undefined) checkId(input.id, "asset's id");
  checkPath(input.path);
  if (input.shortFilename !== undefined) checkName(input.shortFilename, "asset's file name");
  if (input.contentType !== undefined) checkName(input.contentType, "asset's content type");
  checkCount(input.contentBytes ?? null, "asset's length in bytes");
  checkCount(input.publishAtMs ?? null, "asset's time of publication in UTC milliseconds");
  checkCount(input.expireAtMs ?? null, "asset's time of expiry in UTC milliseconds");
  checkCount(input.createdAtMs ?? null, "asset's time of creation in UTC milliseconds");
  checkCount(input.updatedAtMs ?? null, "asset's time of change in UTC milliseconds");
  checkCount(input.deletedAtMs ?? null, "asset's time of deletion in UTC milliseconds");
}

async function requirePlace(queries: CatalogQueries, input: NewAsset): Promise<void> {
  const { organization, space = null, folder = null } = input;
  await requireOrganization(queries, organization);
  await requireSpace(queries, organization, space);
  if (folder !== null) await requireInSpace(queries, "folders", { organization, space }, [folder]);
  await requireInSpace(queries, "tags", { organization, space }, input.tagIds ?? []);
}

function toAssetValues(input: NewAsset, id: number, nowMs: number): Insertable<CatalogTables["assets"]> {
  const createdAtMs = input.createdAtMs ?? nowMs;
  return {
    organization: input.organization,
    id,
    space: input.space ?? null,
    path: input.path,
    short_filename: input.shortFilename ?? filenameOf(input.path),
    content_type: input.contentType ?? contentTypeOf(input.path),
    content_bytes: input.contentBytes ?? null,
    folder: input.folder ?? null,
    alt: input.alt ?? null,
    title: input.title ?? null,
    copyright: input.copyright ?? null,
    source: input.source ?? null,
    focus: input.focus ?? null,
    ext_id: input.extId ?? null,
    is_private: (input.isPrivate ?? false) ? 1 : 0,
    publish_at_ms: input.publishAtMs ?? null,
    expire_at_ms: input.expireAtMs ?? null,
    meta_data: JSON.stringify(mergeKeys({}, input.metaData ?? {})),
    created_at_ms: createdAtMs,
    updated_at_ms: input.updatedAtMs ?? createdAtMs,
    deleted_at_ms: input.deletedAtMs ?? null,
  };
}
