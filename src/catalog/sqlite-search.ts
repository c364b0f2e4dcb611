/**
 * Text search in the SQLite catalogue: trigrams for three characters and more, LIKE below and for frequent texts.
 * Case: the trigram index folds the cases of all scripts one character to one character (Ä = ä; not ß = ss; İ is not i),
 * and this folds short texts likewise. Accents count: e is not é.
 */
import { type Expression, type SqlBool, sql } from "kysely";
import type { CatalogQueries, SearchedColumn, TextSearch } from "./catalog-database.ts";

/** A trigram index has no entry for less than three characters and would find nothing. */
const TRIGRAM_CHARS = 3;

/** Hits that the trigram index is always good for, some 3 ms. It knows no spaces: the hits are those of all of them. */
const HITS_MAX = 1_000;

/**
 * Share of the space's assets above which looking at each of them costs less than sorting out the hits, at some 2.5 µs
 * each. File names stand in an index (0.2 µs each); the others are in the table (0.3 µs each where a space is most of
 * it, 4 µs each where it is a small part). Counting the hits up to here costs as much as they do.
 */
const HIT_SHARE_MAX = { short_filename: 0.03, alt: 0.2, title: 0.2, copyright: 0.2 } as const;

/** Patterns that one LIKE search may need; 8 are three letters beyond ASCII. */
const PATTERNS_MAX = 8;

/**
 * The condition that a column of assets contains a text. A rare text is looked up in the trigram index, a frequent one is
 * compared with each asset's: `jpg` in a million pictures took 1.7 s from the index and takes 0.1 s this way.
 */
export async function findText(queries: CatalogQueries, search: TextSearch): Promise<Expression<SqlBool>> {
  const { column, text, assets } = search;
  // FTS5 reads its query up to the first NUL, and no text of the catalogue has one.
  if (text.includes("\0")) return sql<SqlBool>`1 = 0`;
  const wellFormed = text.toWellFormed();
  const patterns = buildCaseVariants(wellFormed);
  if ([...wellFormed].length < TRIGRAM_CHARS) return likeAny(column, patterns);
  const phrase = buildPhrase(column, wellFormed);
  if (patterns.length <= PATTERNS_MAX) {
    const hitsMax = Math.max(HITS_MAX, Math.floor(assets * HIT_SHARE_MAX[column]));
    if (await hasMoreHits(queries, phrase, hitsMax)) return likeAny(column, patterns);
  }
  return sql<SqlBool>`assets.seq in (select rowid from asset_search where asset_search match ${phrase})`;
}

/** Whether the phrase has more than `hitsMax` hits; reads one more than that at most. */
async function hasMoreHits(queries: CatalogQueries, phrase: string, hitsMax: number): Promise<boolean> {
  const { rows } = await sql<{ rowid: number }>`
    select rowid from asset_search where asset_search match ${phrase} limit 1 offset ${hitsMax}
  `.execute(queries);
  return rows.length > 0;
}

/** As a phrase in double quotes nothing but the quote itself has a meaning for FTS5. */
function buildPhrase(column: SearchedColumn, text: string): string {
  return `{${column}} : "${text.replaceAll('"', '""')}"`;
}

/** SQLite's LIKE ignores the case of A to Z only, so that other letters are asked for in both cases. */
function likeAny(column: SearchedColumn, texts: readonly string[]): Expression<SqlBool> {
  const conditions = texts.map(
    (text) => sql<SqlBool>`${sql.ref(`assets.${column}`)} like ${`%${escapeLike(text)}%`} escape '\\'`,
  );
  return sql<SqlBool>`(${sql.join(conditions, sql` or `)})`;
}

/** Every combination of cases of the text's letters beyond ASCII: 2^n for n of them, at most one more than PATTERNS_MAX. */
export function buildCaseVariants(text: string): readonly string[] {
  let variants: readonly string[] = [""];
  for (const character of text) {
    const cases = isAscii(character) ? [character] : buildCases(character);
    // Of a long text the variants are of no use, and there would be millions.
    variants = variants.flatMap((variant) => cases.map((one) => variant + one)).slice(0, PATTERNS_MAX + 1);
  }
  return variants;
}

/**
 * Letters with more than two forms that count as one, as in the trigram index: final sigma, iota below, signs that are letters, letters
 * of two characters with a capital first.
 */
const FURTHER_FORMS =
  "\u0345\u00b5\u212b\u2126\u1e9e\u03c2\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f4\u03f5\u1e9b\u01c5\u01c8\u01cb\u01f2";

/** All forms of a character, itself included, each once; without those that have another number of characters (ß, SS). */
export function buildCases(character: string): readonly string[] {
  const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
  const forms = [character, lower, upper, upper.toLowerCase(), lower.toUpperCase(), ...FURTHER_FORMS];
  // The flags make it Unicode's simple folding, one character to one; ASCII letters are folded by LIKE itself.
  const alike = new RegExp(`^${RegExp.escape(character)}$`, "iu");
  return [...new Set(forms)].filter((one) => [...one].length === 1 && alike.test(one));
}

function isAscii(character: string): boolean {
  return (character.codePointAt(0) ?? 0) < 0x80;
}

/** Takes the meaning from LIKE's wildcards; the pattern needs `escape '\'`. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
