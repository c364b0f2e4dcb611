/**
 * A whole list: all assets that match, in their order. Read once, any page of it is a slice.
 */
import { type CompiledQuery, sql } from "kysely";
import type { Asset, AssetSort } from "../model/asset.ts";
import { readAssetsBySeq } from "./asset-row.ts";
import { readAssetVersion } from "./asset-versions.ts";
import type { Page } from "./catalog.ts";
import type { CatalogDatabase, CatalogQueries } from "./catalog-database.ts";
import { bringUpToDate } from "./changed-list.ts";
import { isFiltered, selectMatching, type WantedAssets } from "./match-assets.ts";
import type { RememberedLists } from "./remembered-lists.ts";
import { SORT_COLUMNS, type SortColumn } from "./sort-columns.ts";

/** Which assets, in which order. */
export type WantedList = WantedAssets & { readonly sort: AssetSort };

/**
 * The `seq` of all assets that match, ascending in the wanted order whichever direction is wanted: the other one is
 * this one read backwards. Right as long as the version of the space's assets is `version` and, for a filter by what is
 * private at a moment, from `fromMs` (inclusive) to `untilMs` (exclusive), when the next of its assets becomes public.
 */
export type WholeList = {
  readonly version: number;
  readonly seqs: Float64Array<ArrayBuffer>;
  readonly fromMs: number;
  readonly untilMs: number;
};

/** A whole list and the assets of one of its pages, of the same state of the catalogue. */
export type WholeListWithPage = { readonly list: WholeList; readonly assets: readonly Asset[] };

/** What reading a whole list needs of an engine. */
export type WholeListEngine = {
  readonly findText: CatalogDatabase["findText"];
  /** What a query of the one column `seq` answers, in its order; a million rows in a tenth of a second. */
  readSeqs(query: CompiledQuery): Float64Array<ArrayBuffer>;
  /** The same assets, ascending by a column, then id; each is looked up. */
  sortSeqs(seqs: Float64Array, column: SortColumn): Float64Array<ArrayBuffer>;
};

/**
 * Where a whole list is read: `queries` is a transaction, `orders` keeps the orders of whole spaces, and what matched
 * lately, for the next list.
 */
export type ListReading = {
  readonly queries: CatalogQueries;
  readonly engine: WholeListEngine;
  readonly orders: RememberedLists;
};

/** The moments at which a list is right that does not depend on the time. */
const ALWAYS = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY } as const;

/**
 * Share of a space's assets up to which the found ones are sorted by looking each of them up, some 8 µs each. Above, it
 * is quicker to go through the order of all and take those that were found: 0.2 µs each where that order has to be read
 * first, 0.01 µs where it is known.
 */
const SORTED_SHARE_MAX = { orderUnknown: 1 / 40, orderKnown: 1 / 800 } as const;

/** Share of all rows of assets above which a space's rows are found quicker in the table's own order than by an index. */
const SCANNED_SHARE_MIN = 1 / 4;

/**
 * Reads a whole list and one page, all of one state.
 * What matches is found first, without an order: with one, SQLite goes through the index of that order and looks each
 * asset up in the table, 3 to 6 s for a million; without, most conditions are served by an index alone.
 */
export async function readWholeList(from: ListReading, wanted: WantedList, page: Page): Promise<WholeListWithPage> {
  const { queries } = from;
  const version = await readAssetVersion(queries, wanted);
  const validity = await readValidity(from, wanted);
  const seqs = isFiltered(wanted.filter)
    ? await readFiltered(from, wanted, version)
    : // A copy: the list is given away, the order stays.
      (await readWholeOrder(from, wanted, version)).slice();
  const assets = await readAssetsBySeq(queries, slicePage(seqs, wanted.sort, page));
  return { list: { version, seqs, ...validity }, assets };
}

/** The numbers of a page of a whole list, in the wanted direction; none past the end. */
export function slicePage(seqs: Float64Array, { direction }: AssetSort, { page, perPage }: Page): readonly number[] {
  const start = (page - 1) * perPage;
  if (start >= seqs.length) return [];
  const end = Math.min(start + perPage, seqs.length);
  if (direction === "asc") return [...seqs.subarray(start, end)];
  return [...seqs.subarray(seqs.length - end, seqs.length - start)].reverse();
}

async function readFiltered(
  from: ListReading,
  wanted: WantedList,
  version: number,
): Promise<Float64Array<ArrayBuffer>> {
  const { queries, engine, orders } = from;
  const size = await readSizes(queries, wanted);
  const found = await readMatching(from, wanted, version, size.inSpace > size.seqMax * SCANNED_SHARE_MIN);
  const shareMax =
    orders.find(orderKeyOf(wanted), 0) === null ? SORTED_SHARE_MAX.orderUnknown : SORTED_SHARE_MAX.orderKnown;
  if (found.length <= size.inSpace * shareMax) return engine.sortSeqs(found, SORT_COLUMNS[wanted.sort.by]);
  return pickInOrder(await readWholeOrder(from, wanted, version), found, size.seqMax);
}

/** What matches, without an order. Remembered while nothing changes, for the same filter in another order. */
async function readMatching(
  { queries, engine, orders }: ListReading,
  wanted: WantedList,
  version: number,
  scanned: boolean,
): Promise<Float64Array<ArrayBuffer>> {
  const key = JSON.stringify([wanted.organization, wanted.space, wanted.filter]);
  const known = orders.find(key, 0);
  if (known?.version === version) return known.seqs;
  const matching = await selectMatching(queries, engine.findText, wanted, { scanned });
  const seqs = engine.readSeqs(matching.select("seq").compile());
  orders.keep(key, { version, seqs, ...ALWAYS });
  return seqs;
}

/** The order of all assets of the space that are in the trash, or of all that are not. */
async function readWholeOrder(
  { queries, engine, orders }: ListReading,
  wanted: WantedList,
  version: number,
): Promise<Float64Array<ArrayBuffer>> {
  const key = orderKeyOf(wanted);
  const whole = { ...wanted, filter: { trash: wanted.filter.trash } };
  const known = orders.find(key, 0);
  const changed = known === null ? null : await bringUpToDate({ queries, findText: engine.findText }, whole, known);
  const list = changed ?? { version, seqs: await readOrder(queries, engine, whole), ...ALWAYS };
  if (list !== known) orders.keep(key, list);
  return list.seqs;
}

async function readOrder(
  queries: CatalogQueries,
  engine: WholeListEngine,
  wanted: WantedList,
): Promise<Float64Array<ArrayBuffer>> {
  const all = await selectMatching(queries, engine.findText, wanted);
  return engine.readSeqs(all.select("seq").orderBy(SORT_COLUMNS[wanted.sort.by]).orderBy("id").compile());
}

function orderKeyOf({ organization, space, filter, sort }: WantedList): string {
  return JSON.stringify([organization, space, filter.trash, sort.by]);
}

/** Those of `order` that are among `found`. Numbers are from 1 to `seqMax`; a byte for each of a million takes 1 MB. */
function pickInOrder(order: Float64Array, found: Float64Array, seqMax: number): Float64Array<ArrayBuffer> {
  const isFound = new Uint8Array(seqMax + 1);
  for (const seq of found) isFound[seq] = 1;
  const picked = new Float64Array(found.length);
  let length = 0;
  for (const seq of order) if (isFound[seq] === 1) picked[length++] = seq;
  return picked;
}

async function readSizes(
  queries: CatalogQueries,
  { organization, space }: WantedAssets,
): Promise<{ readonly seqMax: number; readonly inSpace: number }> {
  const { seq } = await queries
    .selectFrom("assets")
    .select((eb) => eb.fn.max<number | null>("seq").as("seq"))
    .executeTakeFirstOrThrow();
  const { inSpace } = await queries
    .selectFrom("asset_counts")
    .select((eb) => eb.fn.sum<number | null>("assets").as("inSpace"))
    .where("organization", "=", organization)
    .where("space", "=", space)
    .executeTakeFirstOrThrow();
  return { seqMax: seq ?? 0, inSpace: Number(inSpace ?? 0) };
}

/** Which moments have the same list as the one that is asked about, as far as it knows; all when none is. */
async function readValidity(
  { queries, engine: { findText } }: ListReading,
  { organization, space, filter: { trash, privateAtMs } }: WantedList,
): Promise<{ readonly fromMs: number; readonly untilMs: number }> {
  if (privateAtMs === undefined) return ALWAYS;
  // Of all private assets, whatever else is asked for: an index answers this alone, and a list may end too early.
  const matching = await selectMatching(queries, findText, { organization, space, filter: { trash, privateAtMs } });
  const row = await matching.select(sql<number | null>`min(publish_at_ms)`.as("next")).executeTakeFirst();
  return { fromMs: privateAtMs, untilMs: row?.next ?? Number.POSITIVE_INFINITY };
}
