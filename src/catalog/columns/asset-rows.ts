/**
 * AssetRows: what is known of each asset of a space, column by column. Adds rows at the end and never changes one; which
 * rows are still in a list is said by two sets of rows.
 */
import { type FoldedCharacters, foldText } from "./fold-text.ts";
import { append, buildColumn } from "./growing-column.ts";
import { buildNameKeys } from "./name-keys.ts";
import { buildNumberColumn } from "./number-column.ts";
import { addRow, buildRowBits } from "./row-bits.ts";
import { buildTagColumn } from "./tag-column.ts";
import { buildTextColumn } from "./text-column.ts";

/** An asset as rows take it: columns of the table of assets, then the ids of its tags, as `1,27`, or null. */
export type AssetValues = readonly [
  seq: number,
  id: number,
  folder: number | null,
  isPrivate: number,
  publishAtMs: number | null,
  expireAtMs: number | null,
  createdAtMs: number,
  updatedAtMs: number,
  deletedAtMs: number | null,
  purgedAtMs: number | null,
  shortFilename: string,
  alt: string | null,
  title: string | null,
  copyright: string | null,
  extId: string | null,
  tagIds: string | null,
];

/** The columns; each has `length` rows. */
export type AssetRows = ReturnType<typeof buildAssetRows>;

/** Stands for the root of the space in the column of folders, whose ids are from 1. */
export const ROOT = 0;

/** Builds columns without rows, with room for `expected` ones. */
export function buildAssetRows(expected: number) {
  const ids = () => buildColumn((length) => new Float64Array(length), expected);
  const numbers = () => buildNumberColumn(expected);
  return {
    length: 0,
    seqs: ids(),
    ids: ids(),
    folders: numbers(),
    created: numbers(),
    updated: numbers(),
    /** NaN: never. */
    expires: numbers(),
    /** When it becomes public: -Infinity for what is not private, Infinity for what stays so. */
    privateUntil: numbers(),
    names: buildNameKeys(),
    texts: {
      filenameContains: buildTextColumn(),
      altContains: buildTextColumn(),
      titleContains: buildTextColumn(),
      copyrightContains: buildTextColumn(),
    },
    extIds: buildTextColumn(),
    tags: buildTagColumn(),
    /** Rows that are in lists of what is not in the trash, and in those of the trash. Purged assets are in neither. */
    live: buildRowBits(expected),
    trashed: buildRowBits(expected),
    /** Characters that were folded, for the next texts. */
    folded: new Map() satisfies FoldedCharacters as FoldedCharacters,
  };
}

/** Adds an asset as the next row. */
export function appendAsset(rows: AssetRows, asset: AssetValues): void {
  const [seq, id, folder, isPrivate, publishAtMs, expireAtMs, createdAtMs, updatedAtMs, deletedAtMs, purgedAtMs] =
    asset;
  append(rows.seqs, seq);
  append(rows.ids, id);
  rows.folders.append(folder ?? ROOT);
  rows.created.append(createdAtMs);
  rows.updated.append(updatedAtMs);
  rows.expires.append(expireAtMs ?? Number.NaN);
  rows.privateUntil.append(isPrivate === 1 ? (publishAtMs ?? Number.POSITIVE_INFINITY) : Number.NEGATIVE_INFINITY);
  appendTexts(rows, asset);
  if (asset[15] !== null) rows.tags.append(rows.length, asset[15].split(",").map(Number));
  if (rows.length % 32 === 0) for (const set of [rows.live, rows.trashed]) append(set, 0);
  if (deletedAtMs === null) addRow(rows.live.values, rows.length);
  else if (purgedAtMs === null) addRow(rows.trashed.values, rows.length);
  rows.length += 1;
}

function appendTexts(rows: AssetRows, asset: AssetValues): void {
  const [shortFilename, alt, title, copyright, extId] = [asset[10], asset[11], asset[12], asset[13], asset[14]];
  const fold = (text: string | null) => (text === null ? null : foldText(text, rows.folded));
  rows.names.append(shortFilename);
  rows.texts.filenameContains.append(fold(shortFilename));
  rows.texts.altContains.append(fold(alt));
  rows.texts.titleContains.append(fold(title));
  rows.texts.copyrightContains.append(fold(copyright));
  // As it is: an external id is compared and not searched.
  rows.extIds.append(extId);
}

/** Bytes of memory of all columns. */
export function bytesOfRows(rows: AssetRows): number {
  const { seqs, ids, live, trashed, names, extIds, tags } = rows;
  const arrays = [seqs, ids, live, trashed].reduce((bytes, { values }) => bytes + values.byteLength, 0);
  const numbers = [rows.folders, rows.created, rows.updated, rows.expires, rows.privateUntil];
  return [...numbers, names, extIds, tags, ...Object.values(rows.texts)].reduce(
    (sum, { bytes }) => sum + bytes,
    arrays,
  );
}
