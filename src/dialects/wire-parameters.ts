/**
 * Query string → values as several vendors read them: words that count as not sent, id lists, repeated names.
 * What a value means, and the text of its error, stays with the vendor.
 */

/** Clients print a missing filter as one of these: JavaScript's string templates and URLSearchParams do so unasked. */
const NOT_SENT_WORDS: ReadonlySet<string> = new Set(["", "undefined", "null"]);

/** True for a value that says nothing: absent, empty, or the literal word `undefined` or `null`. */
export function isNotSent(value: string | null | undefined): value is "" | "undefined" | "null" | null | undefined {
  return value === null || value === undefined || NOT_SENT_WORDS.has(value);
}

/** The first value of a parameter; undefined when that one counts as not sent. Later values are not looked at. */
export function readFirst(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name);
  return isNotSent(value) ? undefined : value;
}

/** The first of `names` that comes more than once, whatever its values are; undefined when none does. */
export function findRepeated(query: URLSearchParams, names: readonly string[]): string | undefined {
  return names.find((name) => query.getAll(name).length > 1);
}

/**
 * The items of a comma-separated list, in the order sent, each once. A parameter that comes several times, and several
 * names for one list, are joined. Items are trimmed; items that count as not sent are dropped. Undefined when nothing
 * is left: then the filter was not asked for at all.
 */
export function readList(query: URLSearchParams, ...names: readonly string[]): readonly string[] | undefined {
  const items = names
    .flatMap((name) => query.getAll(name))
    .flatMap((value) => value.split(","))
    .map((item) => item.trim())
    .filter((item) => !isNotSent(item));
  return items.length === 0 ? undefined : [...new Set(items)];
}
