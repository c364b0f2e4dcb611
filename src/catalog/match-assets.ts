/**
 * Which assets of a space match a filter: the query that a list begins with, without its order.
 */
import { type Expression, type SelectQueryBuilder, type SqlBool, sql } from "kysely";
import type { AssetFilter } from "../model/asset.ts";
import { readAssetCount } from "./asset-counts.ts";
import type { CatalogDatabase, CatalogQueries, SearchedColumn } from "./catalog-database.ts";
import type { CatalogTables } from "./catalog-tables.ts";

/** The assets of a space that match a filter. */
export type WantedAssets = { readonly organization: number; readonly space: number; readonly filter: AssetFilter };

/** The query for matching assets; what is selected, and in which order, is still open. */
export type Matching = SelectQueryBuilder<CatalogTables, "assets", object>;

type FindText = CatalogDatabase["findText"];

/** Whether a filter asks for more than what is, or is not, in the trash. */
export function isFiltered({ trash: _, ...others }: AssetFilter): boolean {
  return Object.values(others).some((condition) => condition !== undefined);
}

/**
 * The assets that match. Fixed conditions are written as literals: a partial index is only used where its own
 * condition stands in the statement, and a parameter's value is not known when the index is chosen.
 * With `scanned`, no index is used to get at the space: right for one that has much of the whole table.
 */
export async function selectMatching(
  queries: CatalogQueries,
  findText: FindText,
  { organization, space, filter }: WantedAssets,
  { scanned = false }: { readonly scanned?: boolean } = {},
): Promise<Matching> {
  const matching = queries
    .selectFrom("assets")
    // An expression of a column is not looked up in an index; a plus sign is one that changes nothing.
    .where(scanned ? sql<number>`+organization` : "organization", "=", organization)
    .where(scanned ? sql<number>`+space` : "space", "=", space)
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
  const conditions = await findTexts(queries, findText, { organization, space, filter });
  const ofTime = withTimes(
    matching.where((eb) => eb.and(conditions)),
    filter,
  );
  return withTags(queries, ofTime, { organization, space, filter });
}

async function findTexts(
  queries: CatalogQueries,
  findText: FindText,
  { organization, space, filter }: WantedAssets,
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
      const place = { organization, space, trash: filter.trash };
      const assets = await readAssetCount(queries, place, undefined);
      conditions.push(await findText(queries, { column, text, assets }));
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

/** Looks at the assets of each tag, all of them at once. */
function withTags(
  queries: CatalogQueries,
  matching: Matching,
  { organization, space, filter }: WantedAssets,
): Matching {
  const names = filter.tagNames;
  if (names === undefined) return matching;
  return matching.where("id", "in", (eb) =>
    eb
      .selectFrom("asset_tags")
      .select("asset_tags.asset")
      .where("asset_tags.organization", "=", organization)
      .where("asset_tags.tag", "in", selectTagIds(queries, { organization, space }, names)),
  );
}

/**
 * The ids of all tags of a space with one of these names. One parameter for all of them: with one for each, SQLite refuses a
 * filter of 32,767 names.
 */
export function selectTagIds(
  queries: CatalogQueries,
  { organization, space }: Pick<WantedAssets, "organization" | "space">,
  names: readonly string[],
) {
  return queries
    .selectFrom("tags")
    .select("tags.id")
    .where("tags.organization", "=", organization)
    .where("tags.space", "=", space)
    .where("tags.name", "in", sql<string>`(select value from json_each(${JSON.stringify(names)}))`);
}
