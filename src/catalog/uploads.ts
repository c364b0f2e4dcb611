/**
 * Uploads: announced, completed, forgotten.
 */

import { keepExistingPlaces, setAssetFields } from "./asset-fields.ts";
import type { AssetFields, AssetFileCatalog, NewUpload, Upload } from "./asset-file-catalog.ts";
import { readAssetsById } from "./asset-row.ts";
import { insertAsset } from "./assets.ts";
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import type { CatalogRow } from "./catalog-tables.ts";
import { checkPath } from "./check-input.ts";
import { contentTypeOf } from "./content-type.ts";
import { conflict, notFound, requireInSpace, requireOrganization, requireSpace } from "./existence.ts";
import { chooseId } from "./free-ids.ts";

type UploadMethods = Pick<
  AssetFileCatalog,
  "createUpload" | "readUpload" | "awaitsUpload" | "completeUpload" | "deleteUploads"
>;

type FileOfUpload = Parameters<AssetFileCatalog["completeUpload"]>[1];

/** The methods for uploads. */
export function buildUploads({ database, clock, ids }: CatalogContext): UploadMethods {
  return {
    async createUpload(input) {
      checkPath(input.path);
      return database.write(async (queries) => {
        await requirePlaces(queries, input);
        const target = input.replaces === null ? await chooseTarget(queries, input) : await readTarget(queries, input);
        const id = ids.uuid();
        const { organization, space } = input;
        const row = {
          id,
          organization,
          space,
          ...target,
          fields: JSON.stringify(input.fields),
          signed_at_ms: clock.now(),
        };
        return toUpload(await queries.insertInto("uploads").values(row).returningAll().executeTakeFirstOrThrow());
      });
    },
    async readUpload(id) {
      const row = await database.read((queries) => readRow(queries, id));
      return row === undefined ? null : toUpload(row);
    },
    async awaitsUpload(organization, space, asset) {
      const row = await database.read((queries) =>
        queries
          .selectFrom("uploads")
          .select("id")
          .where("organization", "=", organization)
          .where("asset", "=", asset)
          .where("space", "=", space)
          .where("replaces", "=", 0)
          .where("completed_at_ms", "is", null)
          .executeTakeFirst(),
      );
      return row !== undefined;
    },
    async completeUpload(id, file) {
      return database.write(async (queries) => {
        const row = await readRow(queries, id);
        if (row === undefined) throw notFound("upload", id);
        const upload = toUpload(row);
        const nowMs = clock.now();
        await (upload.replaces || upload.completedAtMs !== null
          ? changeAsset(queries, upload, file.bytes, nowMs)
          : addAsset(queries, upload, file.bytes, nowMs));
        const bytesBefore = await setFile(queries, upload, file, nowMs);
        await queries.updateTable("uploads").set({ completed_at_ms: nowMs }).where("id", "=", id).execute();
        const [asset] = await readAssetsById(queries, upload.organization, [upload.asset]);
        return { asset: asset!, bytesBefore };
      });
    },
    async deleteUploads(signedBeforeMs) {
      return database.write(async (queries) => {
        const gone = await queries
          .deleteFrom("uploads")
          .where("signed_at_ms", "<", signedBeforeMs)
          .returning("id")
          .execute();
        return gone.length;
      });
    },
  };
}

async function requirePlaces(queries: CatalogQueries, { organization, space, fields }: NewUpload): Promise<void> {
  await requireOrganization(queries, organization);
  await requireSpace(queries, organization, space);
  const place = { organization, space };
  if (typeof fields.folder === "number") await requireInSpace(queries, "folders", place, [fields.folder]);
  await requireInSpace(queries, "tags", place, fields.tagIds ?? []);
}

type Target = Pick<CatalogRow<"uploads">, "asset" | "path" | "content_type" | "replaces">;

/** The place of a new asset. A path of the whole server's is looked for: an address names no organization. */
async function chooseTarget(queries: CatalogQueries, { organization, path }: NewUpload): Promise<Target> {
  for (const table of ["asset_files", "uploads"] as const) {
    // Both tables have the column; Kysely cannot type a union of tables.
    const taken = await queries
      .selectFrom(table as "uploads")
      .select("path")
      .where("path", "=", path)
      .executeTakeFirst();
    if (taken !== undefined) throw conflict(`file at the path "${path}"`);
  }
  const asset = await chooseId(queries, "assets", organization);
  return { asset, path, content_type: contentTypeOf(path), replaces: 0 };
}

async function readTarget(queries: CatalogQueries, { organization, space, replaces }: NewUpload): Promise<Target> {
  const row = await queries
    .selectFrom("assets")
    .select(["id", "path", "content_type"])
    .where("organization", "=", organization)
    .where("id", "=", replaces)
    .where("space", "=", space)
    .where("deleted_at_ms", "is", null)
    .executeTakeFirst();
  if (row === undefined) throw notFound("asset", String(replaces));
  return { asset: row.id, path: row.path, content_type: row.content_type, replaces: 1 };
}

async function addAsset(queries: CatalogQueries, upload: Upload, bytes: number, nowMs: number): Promise<void> {
  const { organization, space, asset: id, path, contentType } = upload;
  const fields = await keepExistingPlaces(queries, upload, upload.fields);
  await insertAsset(queries, { ...fields, organization, space, id, path, contentType, contentBytes: bytes }, nowMs);
}

async function changeAsset(queries: CatalogQueries, upload: Upload, bytes: number, nowMs: number): Promise<void> {
  const { organization, asset: id } = upload;
  const changed = await queries
    .updateTable("assets")
    .set({ content_bytes: bytes, updated_at_ms: nowMs })
    .where("organization", "=", organization)
    .where("id", "=", id)
    .where("deleted_at_ms", "is", null)
    .returning("id")
    .executeTakeFirst();
  if (changed === undefined) throw notFound("asset", id);
  if (upload.completedAtMs !== null) return;
  await setAssetFields(queries, { organization, id }, await keepExistingPlaces(queries, upload, upload.fields));
}

/** Gives the asset its file; the one that it had is unused from now on. Answers how long that one was. */
async function setFile(
  queries: CatalogQueries,
  { organization, asset, path }: Upload,
  { key, bytes, sha256 }: FileOfUpload,
  nowMs: number,
): Promise<number | null> {
  const before = await queries
    .deleteFrom("asset_files")
    .where("organization", "=", organization)
    .where("asset", "=", asset)
    .returning(["file_key", "bytes"])
    .executeTakeFirst();
  if (before !== undefined) {
    await queries
      .insertInto("unused_files")
      .values({ file_key: before.file_key, wanted: 0, since_ms: nowMs })
      .execute();
  }
  await queries
    .insertInto("asset_files")
    .values({ organization, asset, path, file_key: key, sha256, bytes, stored_at_ms: nowMs })
    .execute();
  await queries.deleteFrom("unused_files").where("file_key", "=", key).execute();
  return before?.bytes ?? null;
}

async function readRow(queries: CatalogQueries, id: string): Promise<CatalogRow<"uploads"> | undefined> {
  return queries.selectFrom("uploads").selectAll().where("id", "=", id).executeTakeFirst();
}

function toUpload(row: CatalogRow<"uploads">): Upload {
  return {
    id: row.id,
    organization: row.organization,
    space: row.space,
    asset: row.asset,
    path: row.path,
    contentType: row.content_type,
    replaces: row.replaces === 1,
    fields: JSON.parse(row.fields) as AssetFields,
    signedAtMs: row.signed_at_ms,
    completedAtMs: row.completed_at_ms,
  };
}
