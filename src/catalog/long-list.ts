/**
 * A page of a list that needs a look at many assets, with its exact total: out of the columns of its space, else by SQL.
 */
import type { CompiledQuery } from "kysely";
import type { Asset, AssetSort } from "../model/asset.ts";
import { readAssetsBySeq } from "./asset-row.ts";
import type { Page } from "./catalog.ts";
import type { CatalogDatabase, CatalogQueries } from "./catalog-database.ts";
import type { ColumnsOfSpaces } from "./columns/columns-of-spaces.ts";
import { isFiltered, selectMatching, selectTagIds, type WantedAssets } from "./match-assets.ts";
import { SORT_COLUMNS, type SortColumn } from "./sort-columns.ts";

/** Which assets, in which order. */
export type WantedList = WantedAssets & { readonly sort: AssetSort };

/** A page of a list, and how many assets the whole of it has. */
export type Listed = { readonly assets: readonly Asset[]; readonly total: number };

/** What reading a long list by SQL needs of an engine. */
export type LongListEngine = {
  readonly findText: CatalogDatabase["findText"];
  /** What a query of the one column `seq` answers, in its order; a million rows in a tenth of a second. */
  readSeqs(query: CompiledQuery): Float64Array<ArrayBuffer>;
  /** The same assets, ascending by a column, then id; each is looked up. */
  sortSeqs(seqs: Float64Array, column: SortColumn): Float64Array<ArrayBuffer>;
};

/** Where a long list is read: `queries` is a transaction. */
export type ListReading = {
  readonly queries: CatalogQueries;
  readonly engine: LongListEngine;
  readonly columns: ColumnsOfSpaces;
};

/**
 * Share of a space's assets up to which the found ones are sorted by looking each of them up, some 8 µs each. Above, it
 * is quicker to read the order of all and take those that were found: 0.2 µs each.
 */
const SORTED_SHARE_MAX = 1 / 40;

/** Share of all rows of assets above which a space's rows are found quicker in the table's own order than by an index. */
const SCANNED_SHARE_MIN = 1 / 4;

/** Reads a page and the total, of one state. */
export async function readLongList(from: ListReading, wanted: WantedList, page: Page): Promise<Listed> {
  const { queries, columns } = from;
  const inSpace = await readSpaceSize(queries, wanted);
  const ofSpace = await columns.find(queries, wanted, inSpace);
  if (ofSpace === null) {
    const seqs = await readWholeList(from, wanted, inSpace);
    return { assets: await readAssetsBySeq(queries, slicePage(seqs, wanted.sort, page)), total: seqs.length };
  }
  const { tagNames, ...conditions } = wanted.filter;
  const tagIds = tagNames === undefined ? undefined : await readTagIds(queries, wanted, tagNames);
  const { seqs, total } = ofSpace.find({ ...conditions, tagIds }, wanted.sort, page);
  return { assets: await readAssetsBySeq(queries, seqs), total };
}

/** The ids of all tags of these names, ascending. */
async function readTagIds(
  queries: CatalogQueries,
  wanted: WantedAssets,
  names: readonly string[],
): Promise<readonly number[]> {
  const rows = await selectTagIds(queries, wanted, names).orderBy("tags.id").execute();
  return rows.map(({ id }) => id);
}

/**
 * The numbers of all assets that match, ascending in the order. What matches is found first, without an order: with one,
 * SQLite goes through the index of that order and looks each asset up in the table, 3 to 6 s for a million; without, most
 * conditions are served by an index alone.
 */
async function readWholeList(from: ListReading, wanted: WantedList, inSpace: number): Promise<Float64Array> {
  if (!isFiltered(wanted.filter)) return readOrder(from, wanted);
  const { queries, engine } = from;
  const seqMax = await readSeqMax(queries);
  const matching = await selectMatching(queries, engine.findText, wanted, {
    scanned: inSpace > seqMax * SCANNED_SHARE_MIN,
  });
  const found = engine.readSeqs(matching.select("seq").compile());
  if (found.length <= inSpace * SORTED_SHARE_MAX) return engine.sortSeqs(found, SORT_COLUMNS[wanted.sort.by]);
  return pickInOrder(await readOrder(from, wanted), found, seqMax);
}

/** The order of all assets of the space that are in the trash, or of all that are not. */
async function readOrder({ queries, engine }: ListReading, wanted: WantedList): Promise<Float64Array> {
  const whole = { ...wanted, filter: { trash: wanted.filter.trash } };
  const all = await selectMatching(queries, engine.findText, whole);
  return engine.readSeqs(all.select("seq").orderBy(SORT_COLUMNS[wanted.sort.by]).orderBy("id").compile());
}

/** Those of `order` that are among `found`. Numbers are from 1 to `seqMax`; a byte for each of a million takes 1 MB. */
function pickInOrder(order: Float64Array, found: Float64Array, seqMax: number): Float64Array {
  const isFound = new Uint8Array(seqMax + 1);
  for (const seq of found) isFound[seq] = 1;
  const picked = new Float64Array(found.length);
  let length = 0;
  for (const seq of order) if (isFound[seq] === 1) picked[length++] = seq;
  return picked;
}

/** The numbers of a page of a whole list, in the wanted direction; none past the end. */
function slicePage(seqs: Float64Array, { direction }: AssetSort, { page, perPage }: Page): readonly number[] {
  const start = (page - 1) * perPage;
  if (start >= seqs.length) return [];
  const end = Math.min(start + perPage, seqs.length);
  if (direction === "asc") return [...seqs.subarray(start, end)];
  return [...seqs.subarray(seqs.length - end, seqs.length - start)].reverse();
}

async function readSeqMax(queries: CatalogQueries): Promise<number> {
  const { seq } = await queries
    .selectFrom("assets")
    .select((eb) => eb.fn.max<number | null>("seq").as("seq"))
    .executeTakeFirstOrThrow();
  return seq ?? 0;
}

/** How many assets a space has, trash included. */
async function readSpaceSize(queries: CatalogQueries, { organization, space }: WantedAssets): Promise<number> {
  const { assets } = await queries
    .selectFrom("asset_counts")
    .select((eb) => eb.fn.sum<number | null>("assets").as("assets"))
    .where("organization", "=", organization)
    .where("space", "=", space)
    .executeTakeFirstOrThrow();
  return Number(assets ?? 0);
}
