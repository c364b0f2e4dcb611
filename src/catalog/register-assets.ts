/**
 * Usage names assets by path or by id: this finds them, and registers those that the catalogue does not have yet.
 * Known ones are found without a write lock; new ones of one call come in one transaction.
 */
import type { Insertable } from "kysely";
import { AppError } from "../platform/errors.ts";
import { addToAssetCount } from "./asset-counts.ts";
import type { AssetPath, Catalog } from "./catalog.ts";
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import { checkId } from "./check-input.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";
import { contentTypeOf, filenameOf } from "./content-type.ts";
import { requireOrganization, requireSpace } from "./existence.ts";
import { chooseIds } from "./free-ids.ts";

type NewRow = { readonly id: number; readonly space: number | null; readonly path: string; readonly name: string };

/** Rows of one insert statement: 8 parameters each, below SQLite's 32,766 and quick to compile. */
const INSERT_ROWS_MAX = 500;

/** The methods that usage is resolved with. */
export function buildRegistration(context: CatalogContext): Pick<Catalog, "resolveAssetPaths" | "resolveAssetIds"> {
  const { database } = context;
  return {
    async resolveAssetPaths(organization, given, register) {
      // Databases store UTF-8, which has no lone surrogates: without this a path would not be found again.
      const paths = given.map(({ space, path }) => ({ space, path: path.toWellFormed() }));
      const known = await database.read((queries) => readIdsByPath(queries, organization, paths));
      const missing = firstOfEach(paths, keyOf).filter((path) => !known.has(keyOf(path)));
      if (register && missing.length > 0) {
        const added = await database.write((queries) => registerPaths(context, queries, organization, missing));
        for (const [key, id] of added) known.set(key, id);
      }
      return paths.map((path) => known.get(keyOf(path)) ?? null);
    },
    async resolveAssetIds(organization, assets, register) {
      const ids = assets.map((asset) => asset.id);
      const known = await database.read((queries) => readSpacesById(queries, organization, ids));
      const missing = firstOfEach(assets, (asset) => asset.id).filter((asset) => !known.has(asset.id));
      if (!register || missing.length === 0) return known;
      for (const { id } of missing) checkId(id, "asset's id");
      await database.write((queries) => registerIds(context, queries, organization, missing));
      // Read again: another process may have registered one of them under another space in between.
      return database.read((queries) => readSpacesById(queries, organization, ids));
    },
  };
}

async function registerPaths(
  context: CatalogContext,
  queries: CatalogQueries,
  organization: number,
  paths: readonly AssetPath[],
): Promise<ReadonlyMap<string, number>> {
  if (paths.some(({ path }) => path === ""))
    throw new AppError("catalog/invalid", "An asset's path must not be empty.");
  // Another process may have registered some of them since they were looked up.
  const known = await readIdsByPath(queries, organization, paths);
  const missing = paths.filter((path) => !known.has(keyOf(path)));
  const ids = await chooseIds(queries, "assets", organization, missing.length);
  const rows = missing.map((path, index) => ({ ...path, id: ids[index] as number, name: filenameOf(path.path) }));
  await insertAssets(context, queries, organization, rows);
  for (const row of rows) known.set(keyOf(row), row.id);
  return known;
}

async function registerIds(
  context: CatalogContext,
  queries: CatalogQueries,
  organization: number,
  assets: readonly { readonly id: number; readonly space: number | null }[],
): Promise<void> {
  const known = await readSpacesById(
    queries,
    organization,
    assets.map((asset) => asset.id),
  );
  const rows = assets
    .filter(({ id }) => !known.has(id))
    .map((asset) => ({ ...asset, path: `/${asset.id}`, name: `${asset.id}` }));
  // A file may really be delivered under /17. Asset 17 gets another path then: refusing its usage would be worse.
  const taken = await readIdsByPath(queries, organization, rows);
  const free = rows.map((row) => (taken.has(keyOf(row)) ? { ...row, path: `${row.path}-${context.ids.uuid()}` } : row));
  await insertAssets(context, queries, organization, free);
}

/** Inserts rows whose ids and paths are free. */
async function insertAssets(
  { clock }: CatalogContext,
  queries: CatalogQueries,
  organization: number,
  rows: readonly NewRow[],
): Promise<void> {
  await requireOrganization(queries, organization);
  const perSpace = Map.groupBy(rows, (row) => row.space);
  for (const space of perSpace.keys()) await requireSpace(queries, organization, space);
  const now = clock.now();
  const toValues = ({ id, space, path, name }: NewRow): Insertable<CatalogTables["assets"]> => ({
    organization,
    id,
    space,
    path,
    short_filename: name,
    content_type: contentTypeOf(path),
    created_at_ms: now,
    updated_at_ms: now,
  });
  for (const chunk of chunksOf(rows, INSERT_ROWS_MAX)) {
    await queries.insertInto("assets").values(chunk.map(toValues)).execute();
  }
  for (const [space, added] of perSpace) {
    await addToAssetCount(queries, { organization, space, folder: null, trash: false }, added.length);
  }
}

async function readIdsByPath(
  queries: CatalogQueries,
  organization: number,
  paths: readonly AssetPath[],
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const [space, ofSpace] of Map.groupBy(paths, (path) => path.space)) {
    const distinct = [...new Set(ofSpace.map(({ path }) => path))];
    for (const chunk of chunksOf(distinct, IN_LIST_MAX)) {
      const rows = await queries
        .selectFrom("assets")
        .select(["id", "path"])
        .where("organization", "=", organization)
        .where("space_key", "=", space ?? 0)
        .where("path", "in", chunk)
        .execute();
      for (const { id, path } of rows) ids.set(keyOf({ space, path }), id);
    }
  }
  return ids;
}

async function readSpacesById(
  queries: CatalogQueries,
  organization: number,
  ids: readonly number[],
): Promise<ReadonlyMap<number, { readonly space: number | null }>> {
  const spaces = new Map<number, { readonly space: number | null }>();
  for (const chunk of chunksOf([...new Set(ids)], IN_LIST_MAX)) {
    const rows = await queries
      .selectFrom("assets")
      .select(["id", "space"])
      .where("organization", "=", organization)
      .where("id", "in", chunk)
      .execute();
    for (const { id, space } of rows) spaces.set(id, { space });
  }
  return spaces;
}

/** A path's identity within its organization. Digits and a colon cannot be mistaken for a part of the path. */
function keyOf({ space, path }: AssetPath): string {
  return `${space ?? 0}:${path}`;
}

function firstOfEach<T>(list: readonly T[], key: (entry: T) => unknown): readonly T[] {
  const first = new Map<unknown, T>();
  for (const entry of list) if (!first.has(key(entry))) first.set(key(entry), entry);
  return [...first.values()];
}
