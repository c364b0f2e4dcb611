/**
 * AssetColumns: all assets of one space in memory, for lists of them: which match, in which order. An asset that changed
 * is a new row; its old one is in no list any more. Does not read the catalogue.
 */
import type { AssetFilter, AssetSort } from "../../model/asset.ts";
import type { Page } from "../catalog.ts";
import { type AssetRows, type AssetValues, appendAsset, buildAssetRows, bytesOfRows } from "./asset-rows.ts";
import { append, buildColumn } from "./growing-column.ts";
import type { RowConditions } from "./match-rows.ts";
import { buildRememberedMatches, type RememberedMatches } from "./remembered-matches.ts";
import {
  buildRowBits,
  countRows,
  countRowsAt,
  hasRow,
  keepRowsOf,
  listRows,
  type RowBits,
  type RowBitsRoom,
  removeRow,
  resizeRowBits,
} from "./row-bits.ts";
import { buildRowOrder, type RowOrder } from "./row-order.ts";
import { TEXT_ROWS_MAX } from "./text-column.ts";

/** A filter whose names of tags are ids of tags. */
export type ColumnFilter = Pick<AssetFilter, "trash" | "privateAtMs"> & RowConditions;

/** The numbers of the assets of one page, in their order, and how many match in all. */
export type FoundPage = { readonly seqs: readonly number[]; readonly total: number };

/** The assets of one space, trash included. */
export interface AssetColumns {
  /** Bytes of memory. */
  readonly bytes: number;
  /** Rows, those that are in no list any more included; at most ROWS_MAX. */
  readonly rows: number;
  /** Adds assets that are not there yet, ascending by number from call to call; passes over those that are. */
  add(assets: readonly AssetValues[]): void;
  /** Takes in what changed: of the assets with the numbers `seqs` those that the space has now. */
  replace(seqs: readonly number[], assets: readonly AssetValues[]): void;
  /** Puts all rows into an order, which the first list in that order does otherwise: 1 s for a million. */
  sort(by: AssetSort["by"]): void;
  /** Bytes of these that come with `learnPart`. */
  readonly partsBytes: number;
  /** Takes a pass over one text to know one more part that many rows have, so that searching for it needs none. False: it knows all. */
  learnPart(): boolean;
  /** Forgets these parts, for good. */
  forgetParts(): void;
  /** A page of what matches; no assets past the end. */
  find(filter: ColumnFilter, sort: AssetSort, page: Page): FoundPage;
}

/** Rows of a space that columns take, at most. */
export const ROWS_MAX = TEXT_ROWS_MAX;

/**
 * Share of the rows up to which those that were found are sorted by themselves: 0.2 µs for each comparison, where going
 * through the order of all takes 3 ns a row.
 */
const SORTED_SHARE_MAX = 1 / 1_000;

/** Bytes of an entry of a map from number to number, about. */
const MAP_ENTRY_BYTES = 50;

/** Builds the columns of a space without assets, with room for `expected` ones: growing leaves much to be collected. */
export function buildAssetColumns(expected = 0): AssetColumns {
  const rows = buildAssetRows(expected);
  const orders = buildOrders(rows);
  const index = buildSeqIndex(rows);
  const matches = buildRememberedMatches(rows);
  const listed = buildRowBits(expected);
  const texts = Object.values(rows.texts);
  return {
    get bytes() {
      return Object.values(orders).reduce(
        (sum, { bytes }) => sum + bytes,
        bytesOfRows(rows) + index.bytes + matches.bytes + listed.values.byteLength,
      );
    },
    get rows() {
      return rows.length;
    },
    add(assets) {
      for (const asset of assets) {
        if (index.find(asset[0]) !== null) continue;
        index.enter(rows.length);
        appendAsset(rows, asset);
      }
    },
    replace(seqs, assets) {
      for (const seq of seqs) {
        const row = index.find(seq);
        if (row === null) continue;
        removeRow(rows.live.values, row);
        removeRow(rows.trashed.values, row);
      }
      for (const asset of assets) {
        index.replace(asset[0], rows.length);
        appendAsset(rows, asset);
      }
    },
    sort(by) {
      orders[by].sorted(rows.length);
    },
    get partsBytes() {
      return texts.reduce((sum, { partsBytes }) => sum + partsBytes, 0);
    },
    learnPart: () => texts.some((text) => text.learnPart()),
    forgetParts() {
      for (const text of texts) text.forgetParts();
    },
    find(filter, { by, direction }, { page, perPage }) {
      const found = findRows(rows, matches, filter, listed);
      const total = countRows(found);
      const start = (page - 1) * perPage;
      if (start >= total) return { seqs: [], total };
      const end = Math.min(start + perPage, total);
      // The other direction is this one read backwards, ties included.
      const places = direction === "asc" ? { start, end } : { start: total - end, end: total - start };
      const onPage = pickPlaces(rows, found, orders[by], { ...places, total });
      const seqs = onPage.map((row) => rows.seqs.values[row] as number);
      return { seqs: direction === "asc" ? seqs : seqs.reverse(), total };
    },
  };
}

function buildOrders({ ids, created, updated, names }: AssetRows): Readonly<Record<AssetSort["by"], RowOrder>> {
  const compareIn = (column: typeof ids) => (a: number, b: number) =>
    (column.values[a] as number) - (column.values[b] as number);
  const compareIds = compareIn(ids);
  const [compareCreated, compareUpdated] = [compareIn(created.numbers), compareIn(updated.numbers)];
  return {
    createdAtMs: buildRowOrder((a, b) => compareCreated(a, b) || compareIds(a, b)),
    updatedAtMs: buildRowOrder((a, b) => compareUpdated(a, b) || compareIds(a, b)),
    shortFilename: buildRowOrder((a, b) => names.compare(a, b) || compareIds(a, b)),
  };
}

/**
 * The latest row of each asset. Those of the first reading ascend by number, so that a search finds them; only what changed
 * since is in a map, which takes 50 bytes an asset.
 */
function buildSeqIndex({ seqs }: AssetRows) {
  const ascending = buildColumn((length) => new Int32Array(length));
  const replaced = new Map<number, number>();
  const seqAt = (place: number): number => seqs.values[ascending.values[place] as number] as number;
  return {
    get bytes() {
      return ascending.values.byteLength + replaced.size * MAP_ENTRY_BYTES;
    },
    /** The next row, whose asset has a higher number than all that were entered. */
    enter(row: number): void {
      append(ascending, row);
    },
    replace(seq: number, row: number): void {
      replaced.set(seq, row);
    },
    find(seq: number): number | null {
      const row = replaced.get(seq);
      if (row !== undefined) return row;
      let low = 0;
      let high = ascending.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (seqAt(middle) < seq) low = middle + 1;
        else high = middle;
      }
      return low < ascending.length && seqAt(low) === seq ? (ascending.values[low] as number) : null;
    },
  };
}

/** The rows that a filter lists, in `room`. */
function findRows(rows: AssetRows, matches: RememberedMatches, filter: ColumnFilter, room: RowBitsRoom): RowBits {
  const { trash, privateAtMs, ...conditions } = filter;
  const { values, length } = trash ? rows.trashed : rows.live;
  const found = resizeRowBits(room, length);
  found.set(values.subarray(0, length));
  if (Object.values(conditions).some((condition) => condition !== undefined)) {
    keepRowsOf(found, matches.find(conditions), 0);
  }
  if (privateAtMs !== undefined) {
    // Public from the very moment on: later ones only. Times are whole milliseconds.
    rows.privateUntil.keepBetween(found, Math.floor(privateAtMs) + 1, Number.POSITIVE_INFINITY, 0);
  }
  return found;
}

type Places = { readonly start: number; readonly end: number; readonly total: number };

/** Rows of an order that are counted at a time. */
const BLOCK_ROWS = 256;

/** Of the rows that were found those from place `start` to before place `end`, ascending in the order. */
function pickPlaces(rows: AssetRows, found: RowBits, order: RowOrder, places: Places): readonly number[] {
  const { start, end, total } = places;
  if (total <= rows.length * SORTED_SHARE_MAX) return [...listRows(found).sort(order.compare).subarray(start, end)];
  const sorted = order.sorted(rows.length).subarray(0, rows.length);
  // From the end that is nearer.
  return start <= total - end ? pickForwards(found, sorted, places) : pickBackwards(found, sorted, places);
}

function pickForwards(found: RowBits, sorted: Int32Array, { start, end }: Places): readonly number[] {
  let index = 0;
  // How many were found before `index`.
  let place = 0;
  for (; ; index += BLOCK_ROWS) {
    const count = countRowsAt(found, sorted, index, Math.min(index + BLOCK_ROWS, sorted.length));
    if (place + count > start) break;
    place += count;
  }
  const picked: number[] = [];
  for (; place < end; index++) {
    const row = sorted[index] as number;
    if (hasRow(found, row) && place++ >= start) picked.push(row);
  }
  return picked;
}

function pickBackwards(found: RowBits, sorted: Int32Array, { start, end, total }: Places): readonly number[] {
  let index = sorted.length;
  let place = total;
  for (; ; index -= BLOCK_ROWS) {
    const count = countRowsAt(found, sorted, Math.max(0, index - BLOCK_ROWS), index);
    if (place - count < end) break;
    place -= count;
  }
  const picked: number[] = [];
  while (place > start) {
    const row = sorted[--index] as number;
    if (hasRow(found, row) && place-- <= end) picked.push(row);
  }
  return picked.reverse();
}
