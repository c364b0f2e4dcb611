/**
 * Where assets belong in a list that is known by the numbers of its rows only: the keys of the order are looked up.
 */
import type { CatalogQueries } from "./catalog-database.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";
import type { SortColumn } from "./sort-columns.ts";

/** What the place of an asset in an order depends on: the value of the column, then the id. */
export type SortKey = { readonly value: number | string; readonly id: number };

/** An asset and its place: how many of the list are before it. */
export type PlacedSeq = { readonly seq: number; readonly place: number };

/** A search that is under way: the place is from `low` to `high`, both included. */
type Search = { readonly seq: number; readonly key: SortKey; low: number; high: number };

/**
 * Assets that are looked for in the middle of a list, at most: as many as one transaction of an import brings. So many
 * take some 20 ms in a list of a million, and everything else waits for them; see bench/RESULTS.md.
 */
const SEARCHED_MAX = 1_000;

/**
 * The places of assets in `list` (ascending by the column, then id; none of them is in it), in their own order. Null when
 * too many belong elsewhere than at its end.
 */
export async function findPlaces(
  queries: CatalogQueries,
  { list, column }: { readonly list: Float64Array; readonly column: SortColumn },
  assets: ReadonlyMap<number, SortKey>,
): Promise<readonly PlacedSeq[] | null> {
  const searches: Search[] = [...assets].map(([seq, key]) => ({ seq, key, low: 0, high: list.length }));
  const keys = new Map<number, SortKey>();
  // The end first: that is where assets belong that are new, in the orders by time.
  await probe(queries, { list, column, keys }, searches, ({ high }) => high - 1);
  if (searches.filter(isOpen).length > SEARCHED_MAX) return null;
  while (searches.some(isOpen)) {
    await probe(queries, { list, column, keys }, searches.filter(isOpen), ({ low, high }) => (low + high) >> 1);
  }
  return searches.sort((a, b) => compareKeys(a.key, b.key)).map(({ seq, low }) => ({ seq, place: low }));
}

function isOpen({ low, high }: Search): boolean {
  return low < high;
}

/** Compares each asset with one of the list. All at once: one statement for a step of all searches. */
async function probe(
  queries: CatalogQueries,
  known: { readonly list: Float64Array; readonly column: SortColumn; readonly keys: Map<number, SortKey> },
  searches: readonly Search[],
  choose: (search: Search) => number,
): Promise<void> {
  const probed = searches.filter(isOpen).map((search) => ({ search, at: choose(search) }));
  const wanted = new Set(probed.map(({ at }) => known.list[at] as number));
  await readKeys(
    queries,
    known,
    [...wanted].filter((seq) => !known.keys.has(seq)),
  );
  for (const { search, at } of probed) {
    const key = known.keys.get(known.list[at] as number) as SortKey;
    if (compareKeys(key, search.key) < 0) search.low = at + 1;
    else search.high = at;
  }
}

async function readKeys(
  queries: CatalogQueries,
  { column, keys }: { readonly column: SortColumn; readonly keys: Map<number, SortKey> },
  seqs: readonly number[],
): Promise<void> {
  for (const chunk of chunksOf(seqs, IN_LIST_MAX)) {
    const rows = await queries.selectFrom("assets").select(["seq", "id", column]).where("seq", "in", chunk).execute();
    for (const row of rows) keys.set(row.seq, { value: row[column] as number | string, id: row.id });
  }
}

function compareKeys(a: SortKey, b: SortKey): number {
  return compareValues(a.value, b.value) || a.id - b.id;
}

/** Numbers by size, texts as the database does: byte by byte. By UTF-16 units an emoji would come before U+FF5E. */
function compareValues(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
