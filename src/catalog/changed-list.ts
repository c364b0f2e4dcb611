/**
 * A whole list and what has changed since → the list as it is. Costs a look at the changed assets and one pass through
 * the list in memory, a few milliseconds for a million, where reading it anew takes up to half a second.
 */
import { readAssetVersion, readListChanges } from "./asset-versions.ts";
import type { CatalogDatabase, CatalogQueries } from "./catalog-database.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";
import { selectMatching } from "./match-assets.ts";
import { findPlaces, type PlacedSeq, type SortKey } from "./places-in-list.ts";
import { SORT_COLUMNS } from "./sort-columns.ts";
import type { WantedList, WholeList } from "./whole-list.ts";

/** Where changes are looked up: `queries` is a transaction. */
export type ChangeReading = { readonly queries: CatalogQueries; readonly findText: CatalogDatabase["findText"] };

type Changed = {
  readonly keys: ReadonlyMap<number, SortKey>;
  /** When the first of them becomes public, where that is asked for. */
  readonly publishedAtMs: number;
};

/**
 * The list as it is in this snapshot, `list` itself if nothing of it changed; null when it has to be read anew. `list`
 * must be one of `wanted` that is right at the moment that `wanted` asks about. It is never changed itself.
 */
export async function bringUpToDate(
  reading: ChangeReading,
  wanted: WantedList,
  list: WholeList,
): Promise<WholeList | null> {
  const { queries } = reading;
  const version = await readAssetVersion(queries, wanted);
  if (version === list.version) return list;
  const changes = await readListChanges(queries, wanted, { from: list.version, to: version });
  if (changes === null || (changes.tagsRenamed && wanted.filter.tagNames !== undefined)) return null;
  const { keys, publishedAtMs } = await readMatching(reading, wanted, changes.seqs);
  const kept = withoutSeqs(list.seqs, changes.seqs);
  const places = await findPlaces(queries, { list: kept, column: SORT_COLUMNS[wanted.sort.by] }, keys);
  if (places === null) return null;
  return {
    version,
    seqs: insertSeqs(kept, places),
    // Before the moment that is asked about, a changed asset may have been private that is public at that moment.
    fromMs: wanted.filter.privateAtMs ?? list.fromMs,
    untilMs: Math.min(list.untilMs, publishedAtMs),
  };
}

/** Those of the changed assets that belong into the list, with what their place depends on. */
async function readMatching(
  { queries, findText }: ChangeReading,
  wanted: WantedList,
  seqs: readonly number[],
): Promise<Changed> {
  const column = SORT_COLUMNS[wanted.sort.by];
  const keys = new Map<number, SortKey>();
  let publishedAtMs = Number.POSITIVE_INFINITY;
  for (const among of chunksOf(seqs, IN_LIST_MAX)) {
    const matching = await selectMatching(queries, findText, wanted, { among });
    for (const row of await matching.select(["seq", "id", "publish_at_ms", column]).execute()) {
      keys.set(row.seq, { value: row[column] as number | string, id: row.id });
      if (wanted.filter.privateAtMs !== undefined) {
        publishedAtMs = Math.min(publishedAtMs, row.publish_at_ms ?? Number.POSITIVE_INFINITY);
      }
    }
  }
  return { keys, publishedAtMs };
}

/** The list without these; the list itself when it has none of them. */
function withoutSeqs(list: WholeList["seqs"], seqs: readonly number[]): WholeList["seqs"] {
  const seqMax = Math.max(0, ...seqs);
  // A byte for each number: a look-up in a Set for each of a million takes five times as long.
  const isGone = new Uint8Array(seqMax + 1);
  for (const seq of seqs) isGone[seq] = 1;
  let first = 0;
  while (first < list.length && !isGoneAt(isGone, list[first] as number)) first++;
  if (first === list.length) return list;
  const kept = list.slice();
  let length = first;
  for (let index = first; index < list.length; index++) {
    const seq = list[index] as number;
    if (!isGoneAt(isGone, seq)) kept[length++] = seq;
  }
  return kept.subarray(0, length);
}

function isGoneAt(isGone: Uint8Array, seq: number): boolean {
  return seq < isGone.length && isGone[seq] === 1;
}

/** The list with these at their places, which ascend. */
function insertSeqs(list: WholeList["seqs"], places: readonly PlacedSeq[]): WholeList["seqs"] {
  // A view of a longer list would keep all of it in memory.
  if (places.length === 0) return list.byteLength === list.buffer.byteLength ? list : list.slice();
  const merged = new Float64Array(list.length + places.length);
  let from = 0;
  for (const [index, { seq, place }] of places.entries()) {
    merged.set(list.subarray(from, place), from + index);
    merged[place + index] = seq;
    from = place;
  }
  merged.set(list.subarray(from), from + places.length);
  return merged;
}
