/**
 * Lists of assets: filter, order, one page, exact total.
 */
import { type Expression, type SelectQueryBuilder, type SqlBool, sql } from "kysely";
import type { Asset, AssetFilter, AssetSort } from "../model/asset.ts";
import { readAssetCount } from "./asset-counts.ts";
import { readAssetsById } from "./asset-row.ts";
import type { Catalog, Page } from "./catalog.ts";
import type { CatalogContext, CatalogDatabase, CatalogQueries, SearchedColumn } from "./catalog-database.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import { checkPage } from "./check-input.ts";

type Matching = SelectQueryBuilder<CatalogTables, "assets", object>;
type Listed = { readonly organization: number; readonly space: number; readonly filter: AssetFilter };

const SORT_COLUMNS = {
  createdAtMs: "created_at_ms",
  updatedAtMs: "updated_at_ms",
  // In the order of the characters' codes, capitals first: any language's own order needs an index per language.
  shortFilename: "short_filename",
} as const;

/** The method that lists assets. `catalog/invalid` for a page that is not a pair of integers from 1. */
export function buildAssetLists({ database }: CatalogContext): Pick<Catalog, "listAssets"> {
  return {
    async listAssets(organization, space, filter, sort, page) {
      checkPage(page);
      // One state for all reads, so that the total and the page belong together.
      return database.readSnapshot(async (queries) => {
        const matching = await buildMatching(database, queries, { organization, space, filter });
        const total = await readTotal(queries, { organization, space, filter }, matching);
        const ids = await readPageIds(matching, sort, page, total);
        const byId = new Map((await readAssetsById(queries, organization, ids)).map((asset) => [asset.id, asset]));
        return { assets: ids.map((id) => byId.get(id) as Asset), total };
      });
    },
  };
}

async function readTotal(queries: CatalogQueries, listed: Listed, matching: Matching): Promise<number> {
  const { trash, folder, ...others } = listed.filter;
  if (Object.values(others).every((condition) => condition === undefined)) {
    return readAssetCount(queries, { ...listed, trash }, folder);
  }
  const row = await matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirst();
  return Number(row?.total ?? 0);
}

/**
 * The ids of a page. Ids first, rows later: ids come out of an index, and only the page's rows are looked up. Rows
 * before the page are stepped over one by one, from the end of the list that is nearer.
 */
async function readPageIds(matching: Matching, sort: AssetSort, page: Page, total: number): Promise<readonly number[]> {
  const offset = (page.page - 1) * page.perPage;
  // A page far past the end has an offset that no integer of a database holds; it is empty anyway.
  if (offset >= total) return [];
  const limit = Math.min(page.perPage, total - offset);
  const fromEnd = total - offset - limit;
  const backwards = fromEnd < offset;
  const direction = backwards === (sort.direction === "asc") ? "desc" : "asc";
  const rows = await matching
    .select("id")
    .orderBy(SORT_COLUMNS[sort.by], direction)
    .orderBy("id", direction)
    .limit(limit)
    .offset(backwards ? fromEnd : offset)
    .execute();
  const ids = rows.map((row) => row.id);
  return backwards ? ids.reverse() : ids;
}

/**
 * The assets that match. Fixed conditions are written as literals: a partial index is only used where its own
 * condition stands in the statement, and a parameter's value is not known when the index is chosen.
 */
async function buildMatching(database: CatalogDatabase, queries: CatalogQueries, listed: Listed): Promise<Matching> {
  const { organization, space, filter } = listed;
  const matching = queries
    .selectFrom("assets")
    .where("organization", "=", organization)
    .where("space", "=", space)
    .where("deleted_at_ms", filter.trash ? "is not" : "is", null)
    .$if(filter.trash, (query) => query.where("purged_at_ms", "is", null))
    .$if(filter.privateAtMs !== undefined, (query) =>
      query
        .where("is_private", "=", sql.lit(1))
        .where((eb) =>
          eb.or([eb("publish_at_ms", "is", null), eb("publish_at_ms", ">", filter.privateAtMs as number)]),
        ),
    )
    .$if(filter.folder === null, (query) => query.where("folder", "is", null))
    .$if(typeof filter.folder === "number", (query) => query.where("folder", "=", filter.folder as number))
    .$if(filter.extId !== undefined, (query) => query.where("ext_id", "=", filter.extId as string));
  const conditions = await findTexts(database, queries, listed);
  return withTags(
    withTimes(
      matching.where((eb) => eb.and(conditions)),
      filter,
    ),
    listed,
  );
}

async function findTexts(
  database: CatalogDatabase,
  queries: CatalogQueries,
  { organization, space, filter }: Listed,
): Promise<readonly Expression<SqlBool>[]> {
  const wanted: readonly (readonly [SearchedColumn, string | undefined])[] = [
    ["short_filename", filter.filenameContains],
    ["alt", filter.altContains],
    ["title", filter.titleContains],
    ["copyright", filter.copyrightContains],
  ];
  const conditions: Expression<SqlBool>[] = [];
  for (const [column, text] of wanted) {
    if (text === undefined) continue;
    // An empty text is part of every text that is set: null contains nothing.
    if (text === "") conditions.push(sql<SqlBool>`${sql.ref(column)} is not null`);
    else {
      const assets = await readAssetCount(queries, { organization, space, trash: filter.trash }, undefined);
      conditions.push(await database.findText(queries, { column, text, assets }));
    }
  }
  return conditions;
}

function withTimes(matching: Matching, filter: AssetFilter): Matching {
  const bounds = [
    ["created_at_ms", ">=", filter.createdFromMs],
    ["created_at_ms", "<=", filter.createdToMs],
    ["updated_at_ms", ">=", filter.updatedFromMs],
    ["updated_at_ms", "<=", filter.updatedToMs],
    ["expire_at_ms", ">=", filter.expireFromMs],
    ["expire_at_ms", "<=", filter.expireToMs],
  ] as const;
  return bounds.reduce(
    (query, [column, operator, ms]) => (ms === undefined ? query : query.where(column, operator, ms)),
    matching,
  );
}

function withTags(matching: Matching, { organization, space, filter }: Listed): Matching {
  const names = filter.tagNames;
  if (names === undefined) return matching;
  // No name at all: no asset has one of them.
  if (names.length === 0) return matching.where(sql<boolean>`1 = 0`);
  return matching.where("id", "in", (eb) =>
    eb
      .selectFrom("asset_tags")
      .select("asset_tags.asset")
      .where("asset_tags.organization", "=", organization)
      .where("asset_tags.tag", "in", (tags) =>
        tags
          .selectFrom("tags")
          .select("tags.id")
          .where("tags.organization", "=", organization)
          .where("tags.space", "=", space)
          .where("tags.name", "in", names),
      ),
  );
}
