/**
 * Rows of assets → Asset, with their tags. Reads by id; which ids to read is decided elsewhere.
 */
import type { Asset, AssetTag } from "../model/asset.ts";
import type { CatalogQueries } from "./catalog-database.ts";
import type { CatalogRow } from "./catalog-tables.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";

/** The assets among `ids` that exist, trash and purged ones included, by id ascending; each once, however often it is named. */
export async function readAssetsById(
  queries: CatalogQueries,
  organization: number,
  ids: readonly number[],
): Promise<readonly Asset[]> {
  const ascending = [...new Set(ids)].sort((a, b) => a - b);
  const assets: Asset[] = [];
  for (const chunk of chunksOf(ascending, IN_LIST_MAX)) {
    const rows = await queries
      .selectFrom("assets")
      .selectAll()
      .where("organization", "=", organization)
      .where("id", "in", chunk)
      .orderBy("id")
      .execute();
    const tags = await readTags(
      queries,
      organization,
      rows.map((row) => row.id),
    );
    for (const row of rows) assets.push(toAsset(row, tags.get(row.id) ?? []));
  }
  return assets;
}

/** The assets with these numbers of rows, in the same order; all of them must be there. */
export async function readAssetsBySeq(queries: CatalogQueries, seqs: readonly number[]): Promise<readonly Asset[]> {
  const bySeq = new Map<number, Asset>();
  for (const chunk of chunksOf(seqs, IN_LIST_MAX)) {
    const rows = await queries.selectFrom("assets").selectAll().where("seq", "in", chunk).execute();
    for (const [organization, ofOne] of Map.groupBy(rows, (row) => row.organization)) {
      const ids = ofOne.map((row) => row.id);
      const tags = await readTags(queries, organization, ids);
      for (const row of ofOne) bySeq.set(row.seq, toAsset(row, tags.get(row.id) ?? []));
    }
  }
  return seqs.map((seq) => bySeq.get(seq) as Asset);
}

/** The tags of each of these assets that has any, by name, then id. At most IN_LIST_MAX ids. */
async function readTags(
  queries: CatalogQueries,
  organization: number,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly AssetTag[]>> {
  const byAsset = new Map<number, AssetTag[]>();
  if (ids.length === 0) return byAsset;
  const rows = await queries
    .selectFrom("asset_tags")
    .innerJoin("tags", (join) =>
      join.onRef("tags.organization", "=", "asset_tags.organization").onRef("tags.id", "=", "asset_tags.tag"),
    )
    .select(["asset_tags.asset", "tags.id", "tags.name"])
    .where("asset_tags.organization", "=", organization)
    .where("asset_tags.asset", "in", ids)
    .orderBy("tags.name")
    .orderBy("tags.id")
    .execute();
  for (const { asset, id, name } of rows) {
    const tags = byAsset.get(asset) ?? [];
    tags.push({ id, name });
    byAsset.set(asset, tags);
  }
  return byAsset;
}

function toAsset(row: CatalogRow<"assets">, tags: readonly AssetTag[]): Asset {
  return {
    organization: row.organization,
    id: row.id,
    space: row.space,
    path: row.path,
    shortFilename: row.short_filename,
    contentType: row.content_type,
    contentBytes: row.content_bytes,
    folder: row.folder,
    alt: row.alt,
    title: row.title,
    copyright: row.copyright,
    source: row.source,
    focus: row.focus,
    extId: row.ext_id,
    isPrivate: row.is_private === 1,
    publishAtMs: row.publish_at_ms,
    expireAtMs: row.expire_at_ms,
    metaData: JSON.parse(row.meta_data) as Record<string, unknown>,
    tags,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    deletedAtMs: row.deleted_at_ms,
    purgedAtMs: row.purged_at_ms,
  };
}
