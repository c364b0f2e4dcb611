/**
 * Line of bytes -> its time and where its fields stand, or a rejection. Looks for what cannot be anything else (a date in
 * brackets; a quote, three digits and a number) instead of counting columns: users and requests may hold spaces and quotes.
 */
import type { Rejection } from "../rejection.ts";
import { findForeignBytes } from "./find-foreign-bytes.ts";
import type { LineInput } from "./log-format.ts";
import { hasLogTimeShape, LOG_TIME_BYTES, parseLogTime } from "./parse-log-time.ts";

const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const BACKSLASH = 0x5c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** How lines of ` [time] "request" status bytes` differ. What stands before the time and after the bytes is never read. */
export type LineShape = {
  /** What the first column is: a host, or nothing that is read. */
  readonly first: "host" | "client";
  /** Whether the time may also stand without brackets. */
  readonly timeIn: "brackets" | "brackets-or-nothing";
  /**
   * What must follow the bytes. `space`: more columns, so that a cut number cannot be taken for a whole one.
   * `space-or-end`: the bytes may be the last column.
   */
  readonly afterBytes: "space" | "space-or-end";
  /**
   * How many closed quoted fields a whole line has after its bytes, at least; null where a line without line end is never
   * proved whole, because the last column is a number and may have more digits.
   */
  readonly quotedAtEnd: number | null;
};

/** A line's time and the offsets of its fields in its bytes; starts are inclusive, ends exclusive. */
export type LineParts = {
  readonly timeMs: number;
  readonly shape: LineShape;
  /** Where the time begins: its bracket, if it has one. */
  readonly timeStart: number;
  readonly requestStart: number;
  readonly requestEnd: number;
  /** The status has three bytes, or one when it is `-`. */
  readonly statusStart: number;
  readonly bytesStart: number;
  readonly bytesEnd: number;
};

/**
 * Finds the fields of one line.
 *
 *   192.0.2.17 - alice [20/Nov/2026:09:15:02 +0100] "GET /a b.jpg HTTP/1.1" 200 51234 "-" "Demo/1.0"
 *                      ^ time                        ^ request              ^ status ^ bytes
 */
export function parseLine(line: Omit<LineInput, "columns" | "part">, shape: LineShape): LineParts | Rejection {
  const { bytes, isTerminated, before, isPlain } = line;
  const foreign = isPlain === true ? null : findForeignBytes(bytes);
  if (foreign !== null) return { reason: "not-text", detail: foreign };
  const timeStart = findTime(bytes, shape);
  const digits = bytes[timeStart] === OPEN ? timeStart + 1 : timeStart;
  const fields = timeStart === -1 ? null : findFields(bytes, timeStart, shape);
  if (!isTerminated && (fields === null || !isProvedWhole(bytes, fields.bytesEnd, before, shape))) {
    return {
      reason: "unterminated",
      detail: "The last line has no line end, and neither its format nor the line before proves that it is whole.",
    };
  }
  if (timeStart === -1) return withoutTime(bytes);
  if (fields === null) {
    return { reason: "malformed", detail: 'No `"request" status bytes` with their separators after the time.' };
  }
  const timeMs = parseLogTime(bytes, digits);
  if (timeMs === null) return { reason: "bad-time", detail: "The time in brackets is on no calendar, or before 1970." };
  const { requestStart, requestEnd, statusStart, bytesStart, bytesEnd } = fields;
  return { timeMs, shape, timeStart, requestStart, requestEnd, statusStart, bytesStart, bytesEnd };
}

/**
 * Where ` [` stands before something of the shape of a time and `] "`, or -1. The quote tells it from a client's user name
 * such as `x [20/Nov/2026:09:15:02 +0100]`: in a name the server escapes it.
 */
function findTime(bytes: Buffer, shape: LineShape): number {
  const bracket = findTimeInBrackets(bytes);
  if (shape.timeIn === "brackets") return bracket;
  const end = bracket === -1 ? bytes.length : bracket;
  for (let at = bytes.indexOf(SPACE) + 1; at !== 0 && at < end; at = bytes.indexOf(SPACE, at) + 1) {
    const behind = at + LOG_TIME_BYTES;
    if (bytes[behind] === SPACE && bytes[behind + 1] === QUOTE && hasLogTimeShape(bytes, at)) return at;
  }
  return bracket;
}

function findTimeInBrackets(bytes: Buffer): number {
  for (let at = bytes.indexOf(OPEN, 1); at !== -1; at = bytes.indexOf(OPEN, at + 1)) {
    const close = at + 1 + LOG_TIME_BYTES;
    const isBeforeQuote = bytes[close] === CLOSE && bytes[close + 1] === SPACE && bytes[close + 2] === QUOTE;
    if (isBeforeQuote && bytes[at - 1] === SPACE && hasLogTimeShape(bytes, at + 1)) return at;
  }
  return -1;
}

/** The fields after the time, of which findTime has said where it begins, or null when they do not have the format's shape. */
function findFields(
  bytes: Buffer,
  timeStart: number,
  shape: LineShape,
): Omit<LineParts, "timeMs" | "shape" | "timeStart"> | null {
  const requestStart = timeStart + LOG_TIME_BYTES + (bytes[timeStart] === OPEN ? '[] "' : ' "').length;
  const requestEnd = findRequestEnd(bytes, requestStart, shape);
  if (requestEnd === -1) return null;
  const statusStart = requestEnd + 2;
  const bytesStart = statusStart + (bytes[statusStart] === DASH ? "- " : "200 ").length;
  const space = bytes.indexOf(SPACE, bytesStart);
  if (space === -1 && shape.afterBytes === "space") return null;
  return { requestStart, requestEnd, statusStart, bytesStart, bytesEnd: space === -1 ? bytes.length : space };
}

/**
 * The quote that ends the request, or -1. Where the bytes are the last column, it is the one before the line's end, which no
 * client writes. Else it is the first with status and bytes behind it: nginx and Apache escape the quotes of their clients, and
 * a raw one inside of the request, as older servers write it, has no status behind it unless somebody wants it to.
 */
function findRequestEnd(bytes: Buffer, requestStart: number, shape: LineShape): number {
  if (shape.afterBytes === "space-or-end") {
    let lastSpace = bytes.length - 1;
    while (lastSpace > requestStart && bytes[lastSpace] !== SPACE) lastSpace -= 1;
    const quote = lastSpace - (bytes[lastSpace - 2] === SPACE ? 3 : 5);
    if (endsRequest(bytes, requestStart, quote)) return quote;
  }
  let quote = bytes.indexOf(QUOTE, requestStart);
  while (quote !== -1 && !endsRequest(bytes, requestStart, quote)) quote = bytes.indexOf(QUOTE, quote + 1);
  return quote;
}

/**
 * True when a quote of the server's own stands there, with a status and bytes behind it. Apache writes a quote in the request
 * as `\"` and a backslash as `\\`, so one behind an odd number of backslashes is the client's: a request for `/a?" 200 9999999`
 * would count 9,999,999 bytes.
 */
function endsRequest(bytes: Buffer, requestStart: number, quote: number): boolean {
  if (quote < requestStart || bytes[quote] !== QUOTE || bytes[quote + 1] !== SPACE) return false;
  const statusEnd = endOfStatus(bytes, quote + 2);
  if (statusEnd === -1 || bytes[statusEnd] !== SPACE) return false;
  if (!isDigit(bytes[statusEnd + 1]) && bytes[statusEnd + 1] !== DASH) return false;
  if (bytes[quote - 1] !== BACKSLASH) return true;
  let at = quote - 1;
  while (at > requestStart && bytes[at - 1] === BACKSLASH) at -= 1;
  return (quote - at) % 2 === 0;
}

/** The end of three digits or of a single `-`, or -1. */
function endOfStatus(bytes: Buffer, at: number): number {
  if (bytes[at] === DASH) return at + 1;
  return isDigit(bytes[at]) && isDigit(bytes[at + 1]) && isDigit(bytes[at + 2]) ? at + 3 : -1;
}

/**
 * True when a line without line end has as many closed quoted fields behind its bytes as the line before it, and nothing else.
 * A guess here would count twice: the whole line arrives later, with other bytes and hence another id. The format alone says
 * too little: nginx's packaged `main` is combined and one field more, and cut behind the user agent it looks whole. So the
 * first line of a file is never proved.
 */
function isProvedWhole(bytes: Buffer, bytesEnd: number, before: Buffer | undefined, shape: LineShape): boolean {
  if (shape.quotedAtEnd === null || before === undefined) return false;
  const quoted = countQuoted(bytes, bytesEnd);
  if (quoted === null || quoted < shape.quotedAtEnd) return false;
  const timeStart = findTime(before, shape);
  const fields = timeStart === -1 ? null : findFields(before, timeStart, shape);
  return fields !== null && countQuoted(before, fields.bytesEnd) === quoted;
}

/** How many closed quoted fields the line ends with behind its bytes; null when it ends in anything else. */
function countQuoted(bytes: Buffer, bytesEnd: number): number | null {
  let fields = 0;
  for (let at = bytesEnd; at < bytes.length; fields++) {
    if (bytes[at] !== SPACE || bytes[at + 1] !== QUOTE) return null;
    at = endOfQuoted(bytes, at + 2);
    if (at === -1) return null;
  }
  return fields;
}

/** The offset behind the quote that closes a field, skipping escaped ones (`\"`), or -1. */
function endOfQuoted(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at + 1;
  }
  return -1;
}

/** What a line without a time is called: its time may be missing, be written differently, or the line be something else. */
function withoutTime(bytes: Buffer): Rejection {
  const open = bytes.indexOf(" [");
  const close = open === -1 ? -1 : bytes.indexOf('] "', open);
  if (close === -1) return { reason: "malformed", detail: 'No ` [time] "` in the line.' };
  if (close - open <= 3) return { reason: "missing-field", detail: "The time in brackets is empty." };
  return { reason: "bad-time", detail: "The time in brackets is not dd/Mon/yyyy:HH:MM:SS ±hhmm." };
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
