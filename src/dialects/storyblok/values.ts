/**
 * Query strings → values in every form that Storyblok's pages and packages send. What a value means, and which error
 * a bad one is, stays with the routes; times are in dates.ts.
 */

/** The value of a parameter that may come once; the last one counts when it is repeated. Null when it is absent. */
export function readLast(query: URLSearchParams, name: string): string | null {
  return query.getAll(name).at(-1) ?? null;
}

/** An id as it stands in a path: an integer from 1 to 2^53-1 without sign or leading zero. Null for anything else. */
export function parseId(text: string): number | null {
  return /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
}

/** An integer, negative ones included; null for text that is none. Values outside ±(2^53-1) come out inexact. */
export function parseInteger(text: string | null): number | null {
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : null;
}

/** `1`, `0`, `true` and `false`; null for an absent or empty value and for any other text. */
export function parseBoolean(text: string | null): boolean | null {
  if (text === "1" || text === "true") return true;
  if (text === "0" || text === "false") return false;
  return null;
}

/**
 * A text to search for, without one pair of surrounding double quotes: the vendor's page writes `?search="filename"`.
 * Null when nothing is left, because every text contains the empty one.
 * @see https://www.storyblok.com/docs/api/management/assets/retrieve-multiple-assets "Query Examples", read 2026-11-20
 */
export function parseSearchText(text: string | null): string | null {
  const unquoted = text === null ? "" : (/^"(.*)"$/s.exec(text)?.[1] ?? text);
  return unquoted === "" ? null : unquoted;
}

/**
 * The items of a list in the order sent: `k=1,2` and `k=1&k=2` (management-api-client), `k[]=1&k[]=2` (js-client).
 * Items are trimmed and empty ones dropped, so that `a,` asks for `a` alone. Empty when the parameter is absent.
 */
export function readList(query: URLSearchParams, name: string): readonly string[] {
  return [...query.getAll(name), ...query.getAll(`${name}[]`)]
    .flatMap((value) => value.split(","))
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
