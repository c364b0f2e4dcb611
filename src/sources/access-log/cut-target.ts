/**
 * The target of a request -> its path, still encoded, and the host that it names, if it does.
 */

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
