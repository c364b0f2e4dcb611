/**
 * Lists of assets: filter, order, one page, exact total.
 */
import { type SelectQueryBuilder, sql } from "kysely";
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
      // One state for all three reads, so that the total and the page belong together.
      return database.readSnapshot(async (queries) => {
        const listed = { organization, space, filter };
        const total = await readTotal(database, queries, listed);
        // A page far past the end has an offset that no integer of a database holds; it is empty anyway.
        if ((page.page - 1) * page.perPage >= total) return { assets: [], total };
        const ids = await readPageIds(buildMatching(database, queries, listed), sort, page);
        const byId = new Map((await readAssetsById(queries, organization, ids)).map((asset) => [asset.id, asset]));
        return { assets: ids.map((id) => byId.get(id) as Asset), total };
      });
    },
  };
}

async function readTotal(database: CatalogDatabase, queries: CatalogQueries, listed: Listed): Promise<number> {
  const { organization, space, filter } = listed;
  const { trash, folder, ...others } = filter;
  if (Object.values(others).every((condition) => condition === undefined || condition === false)) {
    return readAssetCount(queries, { organization, space, trash }, folder);
  }
  const row = await buildMatching(database, queries, listed)
    .select((eb) => eb.fn.countAll<number>().as("total"))
    .executeTakeFirst();
  return Number(row?.total ?? 0);
}

/** Ids first, rows later: ids come out of an index, and only the page's rows are looked up. */
async function readPageIds(matching: Matching, sort: AssetSort, page: Page): Promise<readonly number[]> {
  const rows = await matching
    .select("id")
    .orderBy(SORT_COLUMNS[sort.by], sort.direction)
    .orderBy("id", sort.direction)
    .limit(page.perPage)
    .offset((page.page - 1) * page.perPage)
    .execute();
  return rows.map((row) => row.id);
}

/**
 * The assets that match. Fixed conditions are written as literals: a partial index is only used where its own
 * condition stands in the statement, and a parameter's value is not known when the index is chosen.
 */
function buildMatching(database: CatalogDatabase, queries: CatalogQueries, listed: Listed): Matching {
  const { organization, space, filter } = listed;
  const matching = queries
    .selectFrom("assets")
    .where("organization", "=", organization)
    .where("space", "=", space)
    .where("deleted_at_ms", filter.trash ? "is not" : "is", null)
    .$if(filter.privateOnly === true, (query) => query.where("is_private", "=", sql.lit(1)))
    .$if(filter.folder === null, (query) => query.where("folder", "is", null))
    .$if(typeof filter.folder === "number", (query) => query.where("folder", "=", filter.folder as number))
    .$if(filter.extId !== undefined, (query) => query.where("ext_id", "=", filter.extId as string));
  return withTags(withTimes(withTexts(matching, database, filter), filter), listed);
}

function withTexts(matching: Matching, database: CatalogDatabase, filter: AssetFilter): Matching {
  const wanted: readonly (readonly [SearchedColumn, string | undefined])[] = [
    ["short_filename", filter.filenameContains],
    ["alt", filter.altContains],
    ["title", filter.titleContains],
    ["copyright", filter.copyrightContains],
  ];
  // An empty text is part of every text that is set: null contains nothing.
  return wanted.reduce((query, [column, text]) => {
    if (text === undefined) return query;
    return text === "" ? query.where(column, "is not", null) : query.where(database.containsText(column, text));
  }, matching);
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
