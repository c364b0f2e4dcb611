/**
 * The target of a request -> its path, still encoded, and the host that it names, if it does; a decoded path -> the path without
 * a query that was encoded with it.
 */
import { hasStaticExtension } from "./static-extensions.ts";

// https://example.com, then /a?b#c
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;

/** Cuts scheme, host, query and fragment off. `http://example.com?x` asks for the root. */
export function cutTarget(target: string): { readonly path: string; readonly host: string | null } {
  const absolute = target.startsWith("/") ? null : ABSOLUTE.exec(target);
  const rest = absolute === null ? target : target.slice(absolute[0].length);
  const end = rest.search(/[?#]/);
  const path = end === -1 ? rest : rest.slice(0, end);
  if (absolute === null) return { path, host: null };
  return { path: path === "" ? "/" : path, host: absolute[1]?.replace(/^.*@/, "") ?? null };
}

// %3F and %23, also where they were encoded once more: %253F
const ENCODED_MARK = /%(?:25)*(?:3f|23)/i;

const EQUALS_SIGN = /=|%(?:25)*3d/i;

const PARAMETER = /(?:&|%(?:25)*26)[^/&=]*(?:=|%(?:25)*3d)/i;

// A file's name ends at its extension: `/a.jpg?AKIA…`
const EXTENSION_AND_MORE = /(\.[a-z0-9]{1,5})(?:[?#]|%(?:25)*(?:3f|23))/gi;

/**
 * Cuts a query off that was encoded with its path, or stands in a path that is said to be decoded, as far as it can be told from
 * a name: it may hold a signature.
 */
export function cutDecodedQuery(path: string): string {
  const cut = cutBehindFile(path);
  const query = findDecodedQuery(cut);
  return query === -1 ? cut : cut.slice(0, query);
}

function cutBehindFile(path: string): string {
  for (const { index, 1: extension = "" } of path.matchAll(EXTENSION_AND_MORE)) {
    if (hasStaticExtension(extension)) return path.slice(0, index + extension.length);
  }
  return path;
}

/**
 * Where `?token=…`, `#access_token=…` or `?/account&token=…` begins, but not a character that is part of a name, as in `/why?.jpg` and
 * `/c#/1.jpg`; -1 for nowhere. By parts, as one pattern for all of it looks at a path of nothing but marks a thousand times.
 */
function findDecodedQuery(path: string): number {
  let at = 0;
  let first = -1;
  for (const part of path.split(/(?=[?#/])/)) {
    const mark = part.startsWith("?") || part.startsWith("#") ? 0 : part.search(ENCODED_MARK);
    if (mark !== -1 && EQUALS_SIGN.test(part.slice(mark))) return at + mark;
    if (mark !== -1 && first === -1) first = at + mark;
    at += part.length;
  }
  return first !== -1 && PARAMETER.test(path.slice(first)) ? first : -1;
}
