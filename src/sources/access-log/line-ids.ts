/**
 * Line -> the id under which it is counted once. The id comes from the lines of one file alone: the file's name, its
 * compression, the size of chunks and the time of reading are not in it, so that a copy of a file adds nothing.
 */
import { hash } from "node:crypto";
import { buildCountTable } from "./count-table.ts";

/** Makes the ids of the lines of one file, which have to come in the file's order. */
export interface LineIds {
  /** The id of the next line, `l1:` and 22 characters. */
  next(line: Uint8Array): string;
}

/** Distinct lines remembered at least: 2^20, in at most 50 MB. A file of fewer distinct lines is counted exactly. */
const DISTINCT_LINES_MIN = 2 ** 20;

/** Bytes of a line for which there is room from the start; longer ones make more. */
const FIRST_LINE_BYTES = 4_096;

/** The alphabet of base64url, in the order of the values 0 to 63. */
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The value of a character of base64url by its code. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, BASE64URL.indexOf(String.fromCharCode(code))));

/** What the 22nd character of 16 bytes is, by the code of what it is in a longer text: two bits, and zeros behind them. */
const LAST_CHARACTERS = Array.from(VALUES, (value) => BASE64URL[value & 0b110000] as string);

/**
 * `l1:` and base64url of the first 16 bytes of SHA-256(source name, NUL, ordinal, NUL, the line). `ordinal` is 0 for the
 * first occurrence of these bytes in the file, 1 for the second, and so on: equal lines of a file are different
 * requests. `source` holds no NUL.
 *
 * The hash is over the raw bytes before parsing: a better parser must never change an id and count a line again.
 */
export function lineId(source: string, ordinal: number, line: Uint8Array): string {
  return toId(digestOf(source, ordinal, line));
}

/**
 * Builds the ids of one file. Counts occurrences by the hash with ordinal 0, which is the id of nearly every line, so
 * that one hash per line is enough. Only the last `distinctLinesMin` to twice as many distinct lines are remembered. A
 * line that was forgotten starts at 0 again and is then taken for its first occurrence: too few are counted, never too
 * many. Equal lines carry the same second, so in logs they do not stand a million lines apart.
 */
export function buildLineIds(source: string, distinctLinesMin = DISTINCT_LINES_MIN): LineIds {
  const firsts = buildFirstDigests(source);
  let young = buildCountTable();
  let old = buildCountTable();
  /** What increment does, in a new young table. */
  function turn(high: number, low: number): number {
    const ordinal = young.read(high, low) || old.read(high, low);
    old = young;
    // A log with so many lines has more.
    young = buildCountTable(old.keys());
    young.write(high, low, ordinal + 1);
    return ordinal;
  }
  return {
    next(line) {
      const digest = firsts(line);
      const high = thirtyBits(digest, 0);
      const low = thirtyBits(digest, 5);
      const ordinal = young.keys() < distinctLinesMin ? young.increment(high, low, old) : turn(high, low);
      return toId(ordinal === 0 ? digest : digestOf(source, ordinal, line));
    },
  };
}

/** What digestOf gives for ordinal 0, in half the time: what stands before the line is written once. */
function buildFirstDigests(source: string): (line: Uint8Array) => string {
  const head = Buffer.from(`${source}\0${0}\0`);
  let text = Buffer.concat([head, Buffer.alloc(FIRST_LINE_BYTES)]);
  return (line) => {
    const bytes = head.length + line.length;
    if (bytes > text.length) text = Buffer.concat([head, Buffer.alloc(line.length * 2)]);
    text.set(line, head.length);
    return hash("sha256", text.subarray(0, bytes), "base64url");
  };
}

/** Asks for the digest as text: as a Buffer the same call takes three times as long. */
function digestOf(source: string, ordinal: number, line: Uint8Array): string {
  const head = `${source}\0${ordinal}\0`;
  const headBytes = Buffer.byteLength(head);
  const text = Buffer.allocUnsafe(headBytes + line.length);
  text.write(head);
  text.set(line, headBytes);
  return hash("sha256", text, "base64url");
}

function toId(digest: string): string {
  return `l1:${digest.slice(0, 21)}${LAST_CHARACTERS[digest.charCodeAt(21)]}`;
}

/** Five characters of base64url as a number. */
function thirtyBits(digest: string, at: number): number {
  let bits = 0;
  for (let i = at; i < at + 5; i++) bits = (bits << 6) | (VALUES[digest.charCodeAt(i)] as number);
  return bits;
}
