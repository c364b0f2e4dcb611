/**
 * What was asked for -> what of it people may see: no query, no fragment, no name and password of an address, and nothing that
 * is no request at all. Whoever writes a log by a format of their own may have put a header with a secret in its place.
 */

/** Stands where something was left out. */
export const REMOVED = "(removed)";

/** `GET /a`, `OPTIONS *`, `GET https://example.com/a`, `CONNECT example.com:443`. */
const METHOD = /^[A-Z][A-Z0-9_-]{0,31}$/;
const TARGET = /^(?:[/*]|[a-z][a-z0-9+.-]*:\/\/|[a-z0-9.-]+:\d{1,5}$)/;

/** A query or a fragment begins here, also where the log writes `?` and `#` as an escaped byte. */
const QUERY = /[?#]|\\x(?:3f|23)|%(?:25)*(?:3f|23)/i;

/** Scheme, if there is one, and the authority up to the path: `https://name:password@example.com:443`. */
const AUTHORITY = /^((?:[a-z][a-z0-9+.-]*:)?\/\/)([^/]*)/i;

/** Name and password end here, also where the log writes the `@` as an escaped byte. */
const USER_INFO = /^.*(?:@|\\x40)/is;

const HOST = /^(?:[a-z0-9._-]*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** A method that may be shown; for anything else, that something was left out. */
export function showMethod(method: string): string {
  return METHOD.test(method) ? method : REMOVED;
}

/** A target of a request: `/a?(removed)` for `/a?token=…`. What is neither a path nor an address is not shown. */
export function showTarget(target: string): string {
  return TARGET.test(target) ? showName(target) : REMOVED;
}

/** The name of an object, or a path, which may begin with anything. */
export function showName(name: string): string {
  const query = name.search(QUERY);
  const shown = (query === -1 ? name : name.slice(0, query)).replace(AUTHORITY, showAuthority);
  return query === -1 ? shown : `${shown}${name[query] === "#" ? "#" : "?"}${REMOVED}`;
}

/** What is no host behind a name and password may be the beginning of them, where the text is cut. */
function showAuthority(_: string, scheme: string, authority: string): string {
  const host = authority.replace(USER_INFO, "");
  return scheme + (HOST.test(host) ? host : REMOVED);
}

// Up to a quote that is not escaped: what stands behind that is another field.
const BEFORE_QUOTE = /^(?:\\[\s\S]|[^\\"])*/;

const PROTOCOL_AT_END = / HTTP\/[0-9.]{1,3}$/;
const PROTOCOL = / HTTP\/[0-9.]{1,3}(?= |$)/;

/**
 * A request field such as `GET /a b.jpg HTTP/1.1`. A text that is not `whole` goes on behind the field, or is cut somewhere: of
 * it nothing is shown behind the quote that ends the field, or else behind the protocol, or else behind the first space.
 */
export function showRequest(text: string, { isWhole }: { readonly isWhole: boolean }): string {
  const field = BEFORE_QUOTE.exec(text)?.[0] ?? "";
  const isClosed = isWhole || field.length < text.length;
  const space = field.indexOf(" ");
  const [method, rest] = [field.slice(0, space), field.slice(space + 1)];
  const protocol = (isClosed ? PROTOCOL_AT_END : PROTOCOL).exec(rest);
  const end = protocol?.index ?? (isClosed ? rest.length : (/ |$/.exec(rest)?.index ?? rest.length));
  const target = rest.slice(0, end);
  if (space === -1 || !METHOD.test(method) || !TARGET.test(target)) return REMOVED;
  // A host that is not over yet may be a name before a password.
  const isCutHost = !isClosed && protocol === null && AUTHORITY.exec(target)?.[0] === target;
  const shown = `${method} ${isCutHost ? REMOVED : showTarget(target)}`;
  if (shown.endsWith(REMOVED)) return shown;
  const asked = shown + (protocol?.[0] ?? "");
  return field.length < text.length || end + (protocol?.[0].length ?? 0) < rest.length ? asked + REMOVED : asked;
}
