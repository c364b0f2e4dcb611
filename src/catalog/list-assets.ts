/**
 * Lists of assets: filter, order, one page, exact total. Those that need a look at few assets are read directly; the others
 * on another thread.
 */
import { readAssetCount } from "./asset-counts.ts";
import { readAssetsBySeq } from "./asset-row.ts";
import type { Catalog, Page } from "./catalog.ts";
import type { CatalogContext, CatalogQueries, ListLimits } from "./catalog-database.ts";
import { checkPage } from "./check-input.ts";
import type { Listed, WantedList } from "./long-list.ts";
import { isFiltered, type Matching, selectMatching } from "./match-assets.ts";
import { SORT_COLUMNS } from "./sort-columns.ts";

/** 5,000 assets take some 10 ms, however they are filtered and ordered. 512 MiB are columns of some 2.5 million assets. */
export const LIST_LIMITS: ListLimits = { directAssetsMax: 5_000, columnsBytesMax: 512 * 2 ** 20 };

/** Rows of an index that are stepped over to get to a page, at most: some 5 ms. */
const STEPS_MAX = 50_000;

/** The method that lists assets. `catalog/invalid` for a page that is not a pair of integers from 1. */
export function buildAssetLists(context: CatalogContext): Pick<Catalog, "listAssets"> {
  const { database } = context;
  return {
    async listAssets(organization, space, filter, sort, page) {
      checkPage(page);
      const wanted = { organization, space, filter, sort };
      // One state for all reads, so that the total and the page belong together.
      const listed = await database.readSnapshot(async (queries) =>
        (await isShort(queries, context.lists, wanted, page)) ? readDirectly(context, queries, wanted, page) : null,
      );
      return listed ?? database.readLongList(wanted, page);
    },
  };
}

/** Whether a page is found with a look at few assets. */
async function isShort(
  queries: CatalogQueries,
  { directAssetsMax }: ListLimits,
  wanted: WantedList,
  page: Page,
): Promise<boolean> {
  const { organization, space, filter } = wanted;
  const { trash, folder, ...others } = filter;
  const count = (inTrash: boolean, inFolder?: number | null) =>
    readAssetCount(queries, { organization, space, trash: inTrash }, inFolder);
  if (await hasRareExtId(queries, directAssetsMax, wanted)) return true;
  if (isFiltered({ trash, ...others })) return (await count(true)) + (await count(false)) <= directAssetsMax;
  // The root, and a folder's part of the trash, are picked out of all; of a folder an index has each order.
  if (folder === null || (folder !== undefined && trash)) return (await count(trash)) <= directAssetsMax;
  return stepsOf(page, await count(trash, folder)) <= STEPS_MAX;
}

/**
 * Whether the list is that of an external id which few assets have; an index finds these. Not with texts or tags: SQLite
 * collects everything that has those first.
 */
async function hasRareExtId(queries: CatalogQueries, assetsMax: number, wanted: WantedList): Promise<boolean> {
  const { organization, space, filter } = wanted;
  const { extId, filenameContains, altContains, titleContains, copyrightContains, tagNames } = filter;
  const others = [filenameContains, altContains, titleContains, copyrightContains, tagNames];
  if (extId === undefined || others.some((condition) => condition !== undefined)) return false;
  const next = await queries
    .selectFrom("assets")
    .select("seq")
    .where("organization", "=", organization)
    .where("space", "=", space)
    .where("ext_id", "=", extId)
    .limit(1)
    .offset(assetsMax)
    .executeTakeFirst();
  return next === undefined;
}

async function readDirectly(
  { database }: CatalogContext,
  queries: CatalogQueries,
  wanted: WantedList,
  page: Page,
): Promise<Listed> {
  const matching = await selectMatching(queries, database.findText, wanted);
  const total = await readTotal(queries, wanted, matching);
  return { assets: await readAssetsBySeq(queries, await readPage(matching, wanted, page, total)), total };
}

async function readTotal(queries: CatalogQueries, wanted: WantedList, matching: Matching): Promise<number> {
  const { organization, space, filter } = wanted;
  const { trash, folder, ...others } = filter;
  if (!isFiltered({ trash, ...others })) return readAssetCount(queries, { organization, space, trash }, folder);
  const row = await matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirst();
  return Number(row?.total ?? 0);
}

/**
 * The rows of a page. Numbers first, rows later: numbers come out of an index, and only the page's rows are looked up.
 * What is before the page is stepped over one by one, from the end of the list that is nearer.
 */
async function readPage(
  matching: Matching,
  { sort }: WantedList,
  page: Page,
  total: number,
): Promise<readonly number[]> {
  const offset = (page.page - 1) * page.perPage;
  // A page far past the end has an offset that no integer of a database holds; it is empty anyway.
  if (offset >= total) return [];
  const limit = Math.min(page.perPage, total - offset);
  const fromEnd = total - offset - limit;
  const backwards = fromEnd < offset;
  const direction = backwards === (sort.direction === "asc") ? "desc" : "asc";
  const rows = await matching
    .select("seq")
    .orderBy(SORT_COLUMNS[sort.by], direction)
    .orderBy("id", direction)
    .limit(limit)
    .offset(backwards ? fromEnd : offset)
    .execute();
  const seqs = rows.map((row) => row.seq);
  return backwards ? seqs.reverse() : seqs;
}

function stepsOf({ page, perPage }: Page, total: number): number {
  const offset = (page - 1) * perPage;
  return offset >= total ? 0 : Math.min(offset, total - offset);
}
