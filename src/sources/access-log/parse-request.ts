/**
 * The request, status and bytes of a line whose fields are found -> what was asked and answered, or a rejection.
 */
import type { CacheResult } from "../../model/source-settings.ts";
import { MEASURE_MAX } from "../../model/usage-event.ts";
import type { Rejection } from "../rejection.ts";
import { decodePath } from "./decode-path.ts";
import { withoutPort } from "./host-name.ts";
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
};

const METHOD_BYTES_MAX = 32;

/** nginx writes 009 for requests of HTTP/0.9, whose answers have no status line: src/http/ngx_http_log_module.c, read 2026-11-20. */
const STATUS_HTTP_09 = 9;

/** nginx closed the connection without an answer (444), or the client went away before there was one (499). */
const UNANSWERED: ReadonlySet<number> = new Set([444, 499]);

/** True when nothing was answered: no status or one that says so, and no byte sent. */
export function wasUnanswered(status: number | null, bytesOut: number): boolean {
  return bytesOut === 0 && (status === null || UNANSWERED.has(status));
}

/** Reads a request. The reasons come in a fixed order: bytes, method and path, whether anything was answered. */
export function parseRequest(line: Buffer, parts: LineParts): LineRequest | Rejection {
  const bytesOut = parseBytes(line, parts.bytesStart, parts.bytesEnd);
  if (bytesOut === null) {
    return { reason: "bad-number", detail: `The bytes must be \`-\` or an integer from 0 to ${MEASURE_MAX}.` };
  }
  // \xHH comes off first: a name with a literal \x, which is written %5Cx, would break the other way round.
  const request = unescapeField(line.subarray(parts.requestStart, parts.requestEnd));
  const methodEnd = endOfMethod(request);
  if (methodEnd === -1) return { reason: "no-request", detail: "The request field has no method." };
  const target = findTarget(request, methodEnd);
  if (target === null) return { reason: "no-request", detail: "The request field has no path." };

  const status = parseStatus(line, parts.statusStart);
  if (wasUnanswered(status, bytesOut)) {
    return { reason: "no-response", detail: "Nothing was answered: no status, and no byte was sent." };
  }
  return {
    method: request.toString("latin1", 0, methodEnd),
    path: decodePath(target.path),
    status,
    bytesOut,
    bytesIn: 0,
    host: parts.shape.first === "host" ? withoutPort(readFirst(line)) : target.host,
    cache: null,
    user: null,
    bucket: null,
    store: null,
  };
}

/** The first column, such as `cdn.example.com:443`. */
function readFirst(line: Buffer): string {
  return line.toString("latin1", 0, line.indexOf(0x20));
}

/** Whom the server knew the client as: the third column, which may hold spaces; null for `-`. */
export function readUser(line: Buffer, { shape, timeStart }: LineParts): string | null {
  const before = unescapeField(line.subarray(0, timeStart - 1)).toString();
  const user = before
    .split(" ")
    .slice(shape.first === "host" ? 3 : 2)
    .join(" ");
  return user === "" || user === "-" ? null : user;
}

/** Digits, 0 for `-`, null for anything else and for what is above MEASURE_MAX. */
function parseBytes(line: Buffer, start: number, end: number): number | null {
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

/** The end of the method `[A-Z][A-Z0-9_-]{0,31}` at the start of the request, or -1. */
function endOfMethod(request: Buffer): number {
  let at = 0;
  for (; at < request.length && request[at] !== 0x20; at++) {
    const byte = request[at] as number;
    const isLetter = byte >= 0x41 && byte <= 0x5a;
    const isOther = (byte >= 0x30 && byte <= 0x39) || byte === 0x5f || byte === 0x2d;
    if (at >= METHOD_BYTES_MAX || !(isLetter || (isOther && at > 0))) return -1;
  }
  return at === 0 ? -1 : at;
}

/** What lies between the method and the protocol, spaces included, without scheme, host, query and fragment. */
function findTarget(request: Buffer, methodEnd: number): { path: Buffer; host: string | null } | null {
  const start = methodEnd + 1;
  let end = request.length;
  const lastSpace = request.lastIndexOf(0x20);
  if (lastSpace >= methodEnd && isProtocol(request, lastSpace + 1)) end = lastSpace;
  if (start >= end) return null;
  const isPath = request[start] === 0x2f;
  const pathStart = isPath ? start : startOfPath(request, start, end);
  const host = isPath || pathStart === start ? null : readHost(request, start, pathStart);
  let at = pathStart;
  while (at < end && request[at] !== 0x3f && request[at] !== 0x23) at += 1;
  // `http://example.com` and `http://example.com?x` ask for the root.
  if (at === pathStart) return pathStart > start ? { path: Buffer.from("/"), host } : null;
  return { path: request.subarray(pathStart, at), host };
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
  return withoutPort(request.toString("latin1", start, end).replace(/^[^/]*\/\/(?:[^@]*@)?/, ""));
}
