/**
 * The request, status and bytes of a line whose fields are found -> what was asked and answered, or a rejection.
 */
import { MEASURE_MAX } from "../../model/usage-event.ts";
import type { Rejection } from "../rejection.ts";
import { decodePath } from "./decode-path.ts";
import type { LineParts } from "./parse-line.ts";
import { unescapeField } from "./unescape-field.ts";

/** One request as a log tells it. `status` is 100 to 999, or null where there was none. */
export type LineRequest = {
  readonly method: string;
  /** Percent-decoded once, without query and fragment, at most PATH_BYTES_MAX bytes. */
  readonly path: string;
  readonly status: number | null;
  readonly bytesOut: number;
};

/** The longest path in bytes of UTF-8. */
const PATH_BYTES_MAX = 4_096;

const METHOD_BYTES_MAX = 32;

/** nginx writes 009 for requests of HTTP/0.9, whose answers have no status line: src/http/ngx_http_log_module.c, read 2026-11-20. */
const STATUS_HTTP_09 = 9;

/** nginx closed the connection without an answer (444), or the client went away before there was one (499). */
const UNANSWERED: ReadonlySet<number> = new Set([444, 499]);

/** Reads a request. The reasons come in a fixed order: bytes, method and path, whether anything was answered, length. */
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
  if ((status === null || UNANSWERED.has(status)) && bytesOut === 0) {
    return { reason: "no-response", detail: "Nothing was answered: no status, and no byte was sent." };
  }
  const path = decodePath(target);
  if (path.length > PATH_BYTES_MAX / 3 && Buffer.byteLength(path) > PATH_BYTES_MAX) {
    return { reason: "field-too-long", detail: `The path is longer than ${PATH_BYTES_MAX} bytes.` };
  }
  return { method: request.toString("latin1", 0, methodEnd), path, status, bytesOut };
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
function findTarget(request: Buffer, methodEnd: number): Buffer | null {
  const start = methodEnd + 1;
  let end = request.length;
  const lastSpace = request.lastIndexOf(0x20);
  if (lastSpace >= methodEnd && isProtocol(request, lastSpace + 1)) end = lastSpace;
  if (start >= end) return null;
  const pathStart = request[start] === 0x2f ? start : startOfPath(request, start, end);
  let at = pathStart;
  while (at < end && request[at] !== 0x3f && request[at] !== 0x23) at += 1;
  // `http://example.com` and `http://example.com?x` ask for the root.
  if (at === pathStart) return pathStart > start ? Buffer.from("/") : null;
  return request.subarray(pathStart, at);
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
