/**
 * The request target: from what a client sends to the path and query that are routed. Pure text, no URL object:
 * `new URL("//bucket/stats", base)` would take `bucket` for a host name.
 */

/** A target that names scheme and host before the path, as clients of a proxy send it (RFC 9112 section 3.2.2). */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/**
 * The target that is routed: runs of `/` in the path are one, a slash at the end of the path is dropped. The query is
 * kept as sent. Done inside, never by a redirect: after a 301 clients repeat a POST as a GET without its body.
 * `/v1//spaces/606/assets/?a=b//` becomes `/v1/spaces/606/assets?a=b//`.
 */
export function toRoutedTarget(target: string): string {
  const { path, search } = splitTarget(target.replace(ABSOLUTE_FORM, ""));
  const joined = path.replaceAll(/\/{2,}/g, "/");
  const trimmed = joined.length > 1 && joined.endsWith("/") ? joined.slice(0, -1) : joined;
  return (trimmed.startsWith("/") ? trimmed : `/${trimmed}`) + search;
}

/** The two parts of a target; `search` begins with `?` or is empty. */
export function splitTarget(target: string): { readonly path: string; readonly search: string } {
  const mark = target.indexOf("?");
  return mark < 0 ? { path: target, search: "" } : { path: target.slice(0, mark), search: target.slice(mark) };
}

/**
 * The query as one object, for checks by schema: a repeated name becomes a list. Form encoding, so `+` is a space and
 * a broken escape stays as it stands. Without a prototype: a parameter may be called `__proto__`.
 */
export function toQueryObject(queryText: string): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(queryText)) {
    const before = values[name];
    if (before === undefined) values[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else values[name] = [before, value];
  }
  return values;
}

/**
 * Query parameters whose values are or may be secrets: tokens, signatures of signed addresses, keys, passwords. Hides too
 * many rather than too few: `design` has a `sig`.
 */
const SECRET_NAME = /token|sig|hmac|jwt|secret|pass|credential|key|policy|auth|cookie|session/i;

/** How often a part of a target is decoded: an address in an address in an address. */
const ENCODINGS_MAX = 3;

const HIDDEN = "[hidden]";

/**
 * Characters of a target that are logged, at most. One of half a megabyte is a request; as a line of the log it would fill the
 * disk, and to look for secrets in it can take a second.
 */
const LOGGED_CHARACTERS_MAX = 8_192;

/**
 * The target for a log line: the values of parameters that may be secrets are left out, everything else is as sent. Also of
 * addresses that stand in it percent-encoded: a signed address as a parameter would let whoever reads the log get the file.
 * Such a part is encoded anew, so that its escapes may differ from what was sent. Of a long target only the beginning is there.
 */
export function hideSecrets(target: string): string {
  if (target.length <= LOGGED_CHARACTERS_MAX) return hideInside(target, ENCODINGS_MAX);
  return `${hideInside(target.slice(0, LOGGED_CHARACTERS_MAX), ENCODINGS_MAX)}…`;
}

function hideInside(text: string, encodingsMax: number): string {
  let shown = "";
  let isInSecret = false;
  // Brackets keep the separators in the list.
  for (const part of text.split(/([/?&#;])/)) {
    // A secret goes on up to the next parameter: a signature as base64 has slashes, a password what it likes.
    if (part === "&" || part === "#") isInSecret = false;
    if (isInSecret) continue;
    // `token=abc`, a segment of a path, or `filename=` with a whole address encoded behind it.
    const nameEnd = part.indexOf("=");
    const name = part.slice(0, Math.max(0, nameEnd));
    // Decoded before it is compared: `%74oken=…` is read as `token` by every route.
    isInSecret = SECRET_NAME.test(decodeLeniently(name));
    const value = isInSecret ? HIDDEN : hideInEncoded(part.slice(nameEnd + 1), encodingsMax);
    shown += nameEnd === -1 ? value : `${hideInEncoded(name, encodingsMax)}=${value}`;
  }
  return shown;
}

function hideInEncoded(text: string, encodingsMax: number): string {
  const decoded = decodeLeniently(text);
  if (decoded === text) return text;
  // Nobody encodes so often, unless to get something past this: hides too much rather than too little.
  if (encodingsMax === 0) return HIDDEN;
  const hidden = hideInside(decoded, encodingsMax - 1);
  return hidden === decoded ? text : encodeURIComponent(hidden).replaceAll(encodeURIComponent(HIDDEN), HIDDEN);
}

/** Without its escapes; broken ones stay as they are. */
function decodeLeniently(text: string): string {
  if (!text.includes("%")) return text;
  // A plus sign stays one, also in what is encoded anew.
  return new URLSearchParams(`text=${text.replaceAll("+", "%2B")}`).get("text") ?? "";
}
