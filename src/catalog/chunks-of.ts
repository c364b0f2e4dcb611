/**
 * Cuts long lists, so that a statement stays below the number of parameters that an engine accepts (SQLite: 32,766).
 */

/** Values in one `in (…)` list. */
export const IN_LIST_MAX = 1000;

/** The list in pieces of at most `length`, in order; no piece for an empty list. */
export function chunksOf<T>(list: readonly T[], length: number): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = [];
  for (let start = 0; start < list.length; start += length) chunks.push(list.slice(start, start + length));
  return chunks;
}
