/**
 * TextPattern: what the patterns of mapping rules are. Matching takes time in proportion to pattern and text, whatever
 * either holds: these are no regular expressions, so no rule can hold the intake up.
 */

/** A pattern that was read. */
export interface TextPattern {
  /** The names that it catches, in order. */
  readonly names: readonly string[];
  /** What the names have caught, or null when the whole text does not match. */
  match(text: string): Readonly<Record<string, string>> | null;
}

/** A piece of a pattern: a literal text, or a run of characters. */
type Piece =
  | { readonly literal: string }
  | { readonly name: string | null; readonly min: 0 | 1; readonly crosses: boolean };

/** Pieces of one pattern, at most. */
const PIECES_MAX = 32;

/** The longest pattern. */
const PATTERN_LENGTH_MAX = 1_024;

// `**`, `*`, `{name}`, `{name...}`
const WILDCARD = /\*\*|\*|\{([a-z][a-z0-9_]{0,31})(\.\.\.)?\}/g;

const NO_NAMES: Readonly<Record<string, string>> = {};

/**
 * Reads a pattern. `*` stands for any characters but the separator, `**` for any, `{name}` for one or more but the
 * separator, `{name...}` for one or more of any; everything else stands for itself. Earlier ones take as little as they
 * can. Answers a sentence for what is no pattern.
 */
export function parseTextPattern(pattern: string, separator: "/" | "."): TextPattern | string {
  if (pattern === "" || pattern.length > PATTERN_LENGTH_MAX) {
    return `A pattern has 1 to ${PATTERN_LENGTH_MAX} characters.`;
  }
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of pattern.matchAll(WILDCARD)) {
    if (found.index > from) pieces.push({ literal: pattern.slice(from, found.index) });
    const name = found[1] ?? null;
    pieces.push({ name, min: name === null ? 0 : 1, crosses: found[0] === "**" || found[2] !== undefined });
    from = found.index + found[0].length;
  }
  if (from < pattern.length) pieces.push({ literal: pattern.slice(from) });
  const bad = pieces.find((piece) => "literal" in piece && /[{}*]/.test(piece.literal));
  if (bad !== undefined)
    return `The pattern ${pattern} has a brace or star that is none of *, **, {name} and {name...}.`;
  if (pieces.length > PIECES_MAX) return `A pattern has at most ${PIECES_MAX} pieces.`;
  const names = pieces.flatMap((piece) => ("name" in piece && piece.name !== null ? [piece.name] : []));
  if (new Set(names).size < names.length) return `The pattern ${pattern} has a name twice.`;
  const only = pieces.length === 1 ? pieces[0] : undefined;
  if (only !== undefined && "literal" in only) {
    return { names, match: (text: string) => (text === only.literal ? NO_NAMES : null) };
  }
  return { names, match: (text: string) => matchPieces(pieces, text, separator) };
}

function matchPieces(
  pieces: readonly Piece[],
  text: string,
  separator: string,
): Readonly<Record<string, string>> | null {
  const first = pieces[0];
  // Nearly all lines fail at a rule's first piece; they cost no memory.
  if (first !== undefined && "literal" in first && !text.startsWith(first.literal)) return null;
  const reached: Uint8Array[] = [new Uint8Array(text.length + 1)];
  (reached[0] as Uint8Array)[0] = 1;
  for (const piece of pieces) reached.push(advance(piece, reached.at(-1) as Uint8Array, text, separator));
  if (reached.at(-1)?.[text.length] !== 1) return null;
  return collect(pieces, reached, text, separator);
}

/** Where a piece can end when it begins at one of the places `from`. */
function advance(piece: Piece, from: Uint8Array, text: string, separator: string): Uint8Array {
  const to = new Uint8Array(text.length + 1);
  if ("literal" in piece) {
    for (let at = 0; at <= text.length; at++) {
      if (from[at] === 1 && text.startsWith(piece.literal, at)) to[at + piece.literal.length] = 1;
    }
    return to;
  }
  let isInside = false;
  for (let at = 0; at <= text.length; at++) {
    if (isInside && !piece.crosses && text[at - 1] === separator) isInside = false;
    if (isInside || (piece.min === 0 && from[at] === 1)) to[at] = 1;
    if (from[at] === 1) isInside = true;
  }
  return to;
}

/** Walks back from the end; each run begins as early as it can, so that what stands before it takes as little. */
function collect(
  pieces: readonly Piece[],
  reached: readonly Uint8Array[],
  text: string,
  separator: string,
): Readonly<Record<string, string>> {
  const names: Record<string, string> = Object.create(null);
  let end = text.length;
  for (let index = pieces.length - 1; index >= 0; index--) {
    const piece = pieces[index] as Piece;
    const starts = reached[index] as Uint8Array;
    let start = end;
    if ("literal" in piece) start = end - piece.literal.length;
    else {
      for (let at = end - piece.min; at >= 0; at--) {
        if (!piece.crosses && text[at] === separator && at < end) break;
        if (starts[at] === 1) start = at;
      }
      if (piece.name !== null) names[piece.name] = text.slice(start, end);
    }
    end = start;
  }
  return names;
}
