/**
 * The request, status and bytes of a line whose fields are found -> what was asked and answered, or a rejection.
 */
import type { CacheResult } from "../../model/source-settings.ts";
import { MEASURE_MAX } from "../../model/usage-event.ts";
import type { Rejection } from "../rejection.ts";
import { isHost, withoutPort } from "./host-name.ts";
import type { StoreOperation } from "./log-format.ts";
import type { LineParts } from "./parse-line.ts";
import { unescapeField } from "./unescape-field.ts";

/** One request as a log tells it. `status` is 100 to 999, or null where there was none. */
export type LineRequest = {
  readonly method: string;
  /** Percent-decoded once, without query and fragment. An object's key is as the store writes it. */
  readonly path: string;
  readonly status: number | null;
  readonly bytesOut: number;
  /** 0 where the log does not say. */
  readonly bytesIn: number;
  /** Lower case, without port; null where neither the log nor the target names one. */
  readonly host: string | null;
  readonly cache: CacheResult | null;
  /** Whom the server knew the client as, for rules that ask for it. */
  readonly user: string | null;
  /** The object store's bucket, or null. */
  readonly bucket: string | null;
  readonly store: StoreOperation | null;
  /** As in FoundFields. */
  readonly isInternal?: true;
};

const METHOD_BYTES_MAX = 32;

const SPACE = 0x20;
const HASH = 0x23;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const BACKSLASH = 0x5c;

/** nginx writes 009 for requests of HTTP/0.9, whose answers have no status line: src/http/ngx_http_log_module.c, read 2026-11-20. */
const STATUS_HTTP_09 = 9;

/** nginx closed the connection without an answer (444), or the client went away before there was one (499). */
const UNANSWERED: ReadonlySet<number> = new Set([444, 499]);

/** True when nothing was answered: no status or one that says so, and no byte sent. */
export function wasUnanswered(status: number | null, bytesOut: number): boolean {
  return bytesOut === 0 && (status === null || UNANSWERED.has(status));
}

/** Decodes the path that stands in these bytes. */
export type DecodePath = (bytes: Buffer, start: number, end: number) => string;

/** Reads a request. The reasons come in a fixed order: bytes, method and path, whether anything was answered. */
export function parseRequest(line: Buffer, parts: LineParts, decode: DecodePath): LineRequest | Rejection {
  const bytesOut = parseBytesOut(line, parts);
  if (bytesOut === null) {
    return { reason: "bad-number", detail: `The bytes must be \`-\` or an integer from 0 to ${MEASURE_MAX}.` };
  }
  const asked = readAsked(line, parts, decode);
  if ("reason" in asked) return asked;
  const status = parseStatus(line, parts.statusStart);
  if (wasUnanswered(status, bytesOut)) {
    return { reason: "no-response", detail: "Nothing was answered: no status, and no byte was sent." };
  }
  return {
    method: asked.method,
    path: asked.path,
    status,
    bytesOut,
    bytesIn: 0,
    host: parts.shape.first === "host" ? readFirst(line) : asked.host,
    cache: null,
    user: null,
    bucket: null,
    store: null,
  };
}

type Asked = { readonly method: string; readonly path: string; readonly host: string | null };

/** Reads the request field where it stands; its bytes are copied only where some of them are escaped. */
function readAsked(line: Buffer, { requestStart, requestEnd }: LineParts, decode: DecodePath): Asked | Rejection {
  const escaped = line.indexOf(BACKSLASH, requestStart);
  if (escaped === -1 || escaped >= requestEnd) return readField(line, requestStart, requestEnd, decode);
  // \xHH comes off first: a name with a literal \x, which is written %5Cx, would break the other way round.
  const request = unescapeField(line.subarray(requestStart, requestEnd));
  return readField(request, 0, request.length, decode);
}

/** Reads `GET /a b.jpg?x HTTP/1.1`, which stands in `bytes` from `from` to `to`. */
function readField(bytes: Buffer, from: number, to: number, decode: DecodePath): Asked | Rejection {
  const methodEnd = endOfMethod(bytes, from, to);
  if (methodEnd === -1) return { reason: "no-request", detail: "The request field has no method." };
  const start = methodEnd + 1;
  const end = endOfTarget(bytes, methodEnd, to);
  const isPath = bytes[start] === SLASH;
  const pathStart = isPath || start >= end ? start : startOfPath(bytes, start, end);
  let pathEnd = pathStart;
  while (pathEnd < end && bytes[pathEnd] !== QUESTION_MARK && bytes[pathEnd] !== HASH) pathEnd += 1;
  if (start >= end || (pathEnd === pathStart && pathStart === start)) {
    return { reason: "no-request", detail: "The request field has no path." };
  }
  return {
    method: readMethod(bytes, from, methodEnd),
    // `http://example.com` and `http://example.com?x` ask for the root.
    path: pathEnd === pathStart ? "/" : decode(bytes, pathStart, pathEnd),
    host: pathStart === start ? null : readHost(bytes, start, pathStart),
  };
}

/** The first column, such as `cdn.example.com:443`; null for what is no host: a client's address, say, is kept nowhere. */
function readFirst(line: Buffer): string | null {
  const first = line.toString("latin1", 0, line.indexOf(SPACE));
  return isHost(first) ? withoutPort(first) : null;
}

/** Whom the server knew the client as: the third column, which may hold spaces; null for `-`. */
export function readUser(line: Buffer, { shape, timeStart }: LineParts): string | null {
  const before = unescapeField(line.subarray(0, timeStart - 1)).toString();
  const user = before
    .split(" ")
    .slice(shape.first === "host" ? 3 : 2)
    .join(" ");
  return knownUser(user);
}

/** The user as servers write one: null for nobody, which is `-` or the empty text. */
export function knownUser(user: string | null): string | null {
  return user === "" || user === "-" ? null : user;
}

/** The bytes of a line: 0 for `-`, null for what is no number and for what is above MEASURE_MAX. */
export function parseBytesOut(line: Buffer, { bytesStart: start, bytesEnd: end }: LineParts): number | null {
  if (end - start === 1 && line[start] === 0x2d) return 0;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (line[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
    // Checked at every digit: many digits later the value would be Infinity and the sum of the day with it.
    if (value > MEASURE_MAX) return null;
  }
  return value;
}

function parseStatus(line: Buffer, start: number): number | null {
  if (line[start] === 0x2d) return null;
  const digit = (i: number) => (line[start + i] as number) - 0x30;
  const status = digit(0) * 100 + digit(1) * 10 + digit(2);
  if (status === STATUS_HTTP_09) return 200;
  return status >= 100 ? status : null;
}

/** The end of the method `[A-Z][A-Z0-9_-]{0,31}` from `from` on, or -1. */
function endOfMethod(bytes: Buffer, from: number, to: number): number {
  let at = from;
  for (; at < to && bytes[at] !== SPACE; at++) {
    const byte = bytes[at] as number;
    const isLetter = byte >= 0x41 && byte <= 0x5a;
    const isOther = (byte >= 0x30 && byte <= 0x39) || byte === 0x5f || byte === 0x2d;
    if (at - from >= METHOD_BYTES_MAX || !(isLetter || (isOther && at > from))) return -1;
  }
  return at === from ? -1 : at;
}

/** The method as text. Most are GET, and a text that is there already is made in no time. */
function readMethod(bytes: Buffer, from: number, to: number): string {
  const isGet = to - from === 3 && bytes[from] === 0x47 && bytes[from + 1] === 0x45 && bytes[from + 2] === 0x54;
  return isGet ? "GET" : bytes.toString("latin1", from, to);
}

/** Where the target ends: before the protocol, where there is one. Targets may hold spaces. */
function endOfTarget(bytes: Buffer, methodEnd: number, to: number): number {
  let space = to - 1;
  while (space >= methodEnd && bytes[space] !== SPACE) space -= 1;
  return space >= methodEnd && isProtocol(bytes, space + 1) ? space : to;
}

/** True when `HTTP/` stands at `at`. */
function isProtocol(request: Buffer, at: number): boolean {
  return (
    request[at] === 0x48 &&
    request[at + 1] === 0x54 &&
    request[at + 2] === 0x54 &&
    request[at + 3] === 0x50 &&
    request[at + 4] === 0x2f
  );
}

const ABSOLUTE_TARGET = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/** Where the path of a target begins that does not begin with a slash: behind scheme and host, if it has them. */
function startOfPath(request: Buffer, start: number, end: number): number {
  return start + (ABSOLUTE_TARGET.exec(request.toString("latin1", start, end))?.[0].length ?? 0);
}

/** The host of `https://user@example.com:443`, which stands between the two places. */
function readHost(request: Buffer, start: number, end: number): string | null {
  return withoutPort(request.toString("latin1", start, end).replace(/^[^/]*\/\/(?:.*@)?/s, ""));
}
