/**
 * LogStart: the beginning of a log, piece by piece, until there is enough of it to tell its format (detect-format.ts).
 */
import { buildLineCutter } from "../cut-lines.ts";
import { LINE_FORMATS, lineBytesMaxOf } from "./formats.ts";

/** Bytes in which a format shows: some 50 lines. */
const START_BYTES = 65_536;

/** The longest line that any format has, in bytes. */
const LINE_BYTES_MAX = Math.max(...[...LINE_FORMATS.keys()].map((format) => lineBytesMaxOf(format, START_BYTES)));

/** Takes pieces of a log from its first byte on. */
export interface LogStart {
  /** The piece's memory must not be written to afterwards. */
  add(piece: Uint8Array): void;
  /** True when 64 KB have come and a line of them is whole, or as much as the longest line has. */
  isEnough(): boolean;
  /** All that has come. */
  read(): readonly Uint8Array[];
}

/** Nothing has come yet. */
export function buildLogStart(): LogStart {
  const pieces: Uint8Array[] = [];
  const cutter = buildLineCutter(LINE_BYTES_MAX);
  let bytes = 0;
  let hasLine = false;
  return {
    add(piece) {
      pieces.push(piece);
      bytes += piece.byteLength;
      hasLine ||= cutter.push(piece).length > 0;
    },
    isEnough: () => bytes >= LINE_BYTES_MAX || (bytes >= START_BYTES && hasLine),
    read: () => pieces,
  };
}
