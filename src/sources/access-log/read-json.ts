/**
 * A line of JSON -> its fields, by dotted path. Takes what web servers write: escapes `\xHH` and bytes that are no UTF-8.
 */
import { isUtf8 } from "node:buffer";
import type { Rejection } from "../rejection.ts";
import { findForeignBytes } from "./find-foreign-bytes.ts";
import { toLineText } from "./line-text.ts";
import type { LineInput } from "./log-format.ts";

/** The parsed line. */
export type JsonLine = {
  readonly value: object;
  /** The value at a path such as `request.uri`; undefined where there is none. A name with dots of its own goes first. */
  read(path: string): unknown;
  /** The value at a path as text; null where there is none, or no text and no number. */
  text(path: string): string | null;
};

/** A text that is not UTF-8: only where it is needed the line is malformed. Two different names must not become one. */
export const UNREADABLE = Symbol("not UTF-8");

/** Parses a line whose outermost value is an object. A line without line end is whole when its brace closes. */
export function parseJsonLine({ bytes, isTerminated }: LineInput): JsonLine | Rejection {
  const foreign = findForeignBytes(bytes);
  if (foreign !== null) return { reason: "not-text", detail: foreign };
  const value = parseLenient(bytes);
  if (value === undefined) {
    return isTerminated
      ? { reason: "malformed", detail: "The line is no JSON object." }
      : { reason: "unterminated", detail: "The last line has no line end, and its JSON is not closed." };
  }
  const read = (path: string) => readPath(value, path);
  return { value, read, text: (path) => toText(read(path)) };
}

/** Text or number as text; null for everything else. */
export function toText(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : null;
}

function parseLenient(bytes: Buffer): object | undefined {
  const text = bytes.toString();
  const parse = isUtf8(bytes) ? parseObject : parseReadable;
  return parse(text) ?? (text.includes("\\x") ? parse(withoutHexEscapes(text)) : undefined);
}

type Revive = (name: string, value: unknown) => unknown;

function parseObject(text: string, revive?: Revive): object | undefined {
  try {
    const value: unknown = JSON.parse(text, revive);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // The caller counts the line as malformed.
    return undefined;
  }
}

/** The same with UNREADABLE in place of each text with a byte that was not UTF-8, which U+FFFD stands for by now. */
function parseReadable(text: string): object | undefined {
  return parseObject(text, (_, value) => (typeof value === "string" && value.includes("\ufffd") ? UNREADABLE : value));
}

// `\x22` and `\xC3\xA9`; a backslash before anything else goes with what stands behind it, so `\\x22` stays.
const HEX_ESCAPES = /((?:\\x[0-9a-fA-F]{2})+)|\\[\s\S]/g;

/** The characters that runs of escapes stand for, as JSON writes them; bytes that are no UTF-8 as %HH. */
function withoutHexEscapes(text: string): string {
  return text.replace(HEX_ESCAPES, (all, escapes: string | undefined) => {
    if (escapes === undefined) return all;
    return JSON.stringify(toLineText(Buffer.from(escapes.replaceAll("\\x", ""), "hex"))).slice(1, -1);
  });
}

function readPath(value: object, path: string): unknown {
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  if (!path.includes(".")) return undefined;
  let at: unknown = value;
  for (const name of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}
