/**
 * Text search in the SQLite catalogue: trigrams for three characters and more, LIKE below.
 * Case: the trigram index folds the cases of all scripts one character to one character (Ä = ä; not ß = ss; İ is not i),
 * and this folds short texts likewise. Accents count: e is not é.
 */
import { type Expression, type SqlBool, sql } from "kysely";
import type { SearchedColumn } from "./catalog-database.ts";

/** A trigram index has no entry for less than three characters and would find nothing. */
const TRIGRAM_CHARS = 3;

/** The condition that a column of assets contains `text`, which has at least one character. */
export function containsText(column: SearchedColumn, text: string): Expression<SqlBool> {
  // FTS5 reads its query up to the first NUL, and no text of the catalogue has one.
  if (text.includes("\0")) return sql<SqlBool>`1 = 0`;
  const wellFormed = text.toWellFormed();
  return [...wellFormed].length < TRIGRAM_CHARS ? likeAny(column, wellFormed) : matches(column, wellFormed);
}

/** As a phrase in double quotes nothing but the quote itself has a meaning for FTS5. */
function matches(column: SearchedColumn, text: string): Expression<SqlBool> {
  const phrase = `{${column}} : "${text.replaceAll('"', '""')}"`;
  return sql<SqlBool>`assets.seq in (select rowid from asset_search where asset_search match ${phrase})`;
}

/** SQLite's LIKE ignores the case of A to Z only, so that other letters are asked for in both cases. */
function likeAny(column: SearchedColumn, text: string): Expression<SqlBool> {
  const conditions = buildCaseVariants(text).map(
    (variant) => sql<SqlBool>`${sql.ref(`assets.${column}`)} like ${`%${escapeLike(variant)}%`} escape '\\'`,
  );
  return sql<SqlBool>`(${sql.join(conditions, sql` or `)})`;
}

/** The text with every combination of cases of its letters beyond ASCII: 2^n for n of them, so for short texts only. */
export function buildCaseVariants(text: string): readonly string[] {
  return [...text].reduce<readonly string[]>(
    (variants, character) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them.
      const cases = /^[\x00-\x7f]$/.test(character) ? [character] : buildCases(character);
      return variants.flatMap((variant) => cases.map((one) => variant + one));
    },
    [""],
  );
}

/** Both cases of a character, each once; without those that have another number of characters (ß, SS). */
function buildCases(character: string): readonly string[] {
  const cases = [character, character.toLowerCase(), character.toUpperCase()];
  return [...new Set(cases)].filter((one) => [...one].length === 1);
}

/** Takes the meaning from LIKE's wildcards; the pattern needs `escape '\'`. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
