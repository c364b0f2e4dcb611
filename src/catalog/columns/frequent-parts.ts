/**
 * Which parts of texts are in so many of them that a search cannot pass over most texts. Looks at a sample of the texts.
 */

/** Share of the sample that has a part from which on it is frequent. A search for a rarer one takes as long as for one that none has. */
const SHARE_MIN = 1 / 16;

/** Every frequent part of up to so many letters is chosen: together they narrow down where a longer one can be. */
const SHORT_LETTERS = 2;

/** Of a longer phrase that texts have in common. */
const LETTERS_MAX = 32;

/** Parts that are chosen; each is kept as a set of rows: 16 MB for a million rows. */
const PARTS_MAX = 128;

/** How many texts have a part, by part. */
type Counts = ReadonlyMap<string, number>;

/**
 * The most frequent parts, at most PARTS_MAX: short ones, and of longer ones those that no text of the sample has without
 * the same letter before or behind being there for all: of a phrase that texts have in common the whole phrase.
 */
export function chooseFrequentParts(texts: readonly string[]): readonly string[] {
  const countMin = Math.max(2, texts.length * SHARE_MIN);
  const chosen: (readonly [string, number])[] = [];
  let shorter: Counts = new Map();
  for (let letters = 1; letters <= LETTERS_MAX; letters++) {
    const counts = countParts(texts, letters, countMin, shorter);
    chosen.push(...listChosen(shorter, counts, letters - 1));
    if (counts.size === 0) break;
    shorter = counts;
  }
  return chosen
    .toSorted(([a, countA], [b, countB]) => countB - countA || b.length - a.length)
    .slice(0, PARTS_MAX)
    .map(([part]) => part);
}

/** The frequent parts of so many letters. A part of which a shorter one is rare is rare itself. */
function countParts(texts: readonly string[], letters: number, countMin: number, shorter: Counts): Counts {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const parts = new Set<string>();
    for (let start = 0; start + letters <= text.length; start++) {
      const part = text.slice(start, start + letters);
      if (letters === 1 || (shorter.has(part.slice(1)) && shorter.has(part.slice(0, -1)))) parts.add(part);
    }
    for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  return new Map([...counts].filter(([, count]) => count >= countMin));
}

/** Of the parts of so many letters those that are chosen, given the ones that are longer by one. */
function listChosen(parts: Counts, longer: Counts, letters: number): readonly (readonly [string, number])[] {
  const always = new Set<string>();
  for (const [part, count] of longer) {
    for (const one of [part.slice(1), part.slice(0, -1)]) if (parts.get(one) === count) always.add(one);
  }
  // Half of a character that is two units can be in no text by itself.
  return [...parts].filter(([part]) => part.isWellFormed() && (letters <= SHORT_LETTERS || !always.has(part)));
}
