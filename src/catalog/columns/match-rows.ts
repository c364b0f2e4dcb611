/**
 * Which rows of a space's columns match a filter, whether they are still in a list or not: one pass over a column for each
 * condition. A row is never changed, so that it matches for good.
 */
import type { AssetFilter } from "../../model/asset.ts";
import { type AssetRows, ROOT } from "./asset-rows.ts";
import { foldText } from "./fold-text.ts";
import { keepRowsOf, type RowBits } from "./row-bits.ts";

/** Conditions that a row meets or not, for good: neither the trash, which it may come into, nor what a moment decides. */
export type RowConditions = Omit<AssetFilter, "trash" | "privateAtMs" | "tagNames"> & {
  /** Tags of which the asset has at least one; the names of tags can change. */
  readonly tagIds?: readonly number[] | undefined;
};

/**
 * Says in `bits`, from word `fromWord` on, which rows meet all conditions. Bits behind the last row say nothing.
 */
export function matchRows(rows: AssetRows, conditions: RowConditions, bits: RowBits, fromWord: number): void {
  bits.fill(0xffffffff, fromWord);
  const { folder, extId, tagIds } = conditions;
  if (folder !== undefined) rows.folders.keepBetween(bits, folder ?? ROOT, folder ?? ROOT, fromWord);
  keepTimes(rows, conditions, bits, fromWord);
  if (extId !== undefined) keepRowsOf(bits, rows.extIds.find(extId, fromWord, true), fromWord);
  if (tagIds !== undefined) keepRowsOf(bits, rows.tags.find(tagIds, bits.length, fromWord), fromWord);
  keepTexts(rows, conditions, bits, fromWord);
}

function keepTimes(rows: AssetRows, conditions: RowConditions, bits: RowBits, fromWord: number): void {
  for (const [column, fromMs, toMs] of [
    [rows.created, conditions.createdFromMs, conditions.createdToMs],
    [rows.updated, conditions.updatedFromMs, conditions.updatedToMs],
    [rows.expires, conditions.expireFromMs, conditions.expireToMs],
  ] as const) {
    if (fromMs === undefined && toMs === undefined) continue;
    column.keepBetween(bits, fromMs ?? Number.NEGATIVE_INFINITY, toMs ?? Number.POSITIVE_INFINITY, fromWord);
  }
}

function keepTexts(rows: AssetRows, conditions: RowConditions, bits: RowBits, fromWord: number): void {
  for (const column of ["filenameContains", "altContains", "titleContains", "copyrightContains"] as const) {
    const part = conditions[column];
    if (part === undefined) continue;
    // No text of the catalogue has a NUL.
    if (part.includes("\0")) bits.fill(0, fromWord);
    else keepRowsOf(bits, rows.texts[column].find(foldText(part.toWellFormed(), rows.folded), fromWord), fromWord);
  }
}
