/**
 * Text → the same text without its letters' case, as the trigram index of SQLite folds it: one character to one, in every
 * script (Ä = ä, ς = Σ; not ß = ss). Accents count.
 */
import { buildCases } from "../sqlite-search.ts";

const BEYOND_ASCII = /[^\0-\x7f]/u;

/** Every character beyond ASCII that was folded, as what: a catalogue has some hundreds of them. */
export type FoldedCharacters = Map<string, string>;

/** Folds a text; two texts that differ only in case become the same. Characters that are met are kept in `known`. */
export function foldText(text: string, known: FoldedCharacters): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
  let folded = "";
  for (const character of text) {
    let one = known.get(character);
    if (one === undefined) {
      one = foldCharacter(character);
      known.set(character, one);
    }
    folded += one;
  }
  return folded;
}

/** Of all forms of a character the first one by its code, in ASCII the small letter. */
function foldCharacter(character: string): string {
  const [first = character] = buildCases(character).toSorted(
    (a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0),
  );
  return /[A-Z]/.test(first) ? first.toLowerCase() : first;
}
