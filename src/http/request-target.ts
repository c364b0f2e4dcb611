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

/** The target for a log line: the values of parameters that may be secrets are left out, everything else is as sent. */
export function hideSecrets(target: string): string {
  const { path, search } = splitTarget(target);
  if (search === "") return path;
  const pairs = search
    .slice(1)
    .split("&")
    .map((pair) => {
      // Decoded before it is compared: `%74oken=…` is read as `token` by every route.
      const [name] = new URLSearchParams(pair).keys();
      return name !== undefined && SECRET_NAME.test(name) ? `${pair.split("=", 1)[0]}=[hidden]` : pair;
    });
  return `${path}?${pairs.join("&")}`;
}
