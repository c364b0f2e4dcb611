/**
 * LineReader: bytes of one log file, piece by piece -> line records with their ids. Both ways of reading a file, at once and
 * as it grows, go through it, so that both give a line the same id.
 */
import type { RawRecord } from "../../model/raw-record.ts";
import { buildLineCutter, type CutLine } from "../cut-lines.ts";
import { PREFIX_BYTES_MAX } from "./cut-prefix.ts";
import { isPlainText } from "./find-foreign-bytes.ts";
import { lineBytesMaxOf } from "./formats.ts";
import { buildLineFramer, type FramedLine, type FrameOptions } from "./frame-lines.ts";
import { buildLineIds } from "./line-ids.ts";

/** How a file is read. */
export type LineReaderOptions = FrameOptions & {
  /** What the log is called: `access.log` gives positions such as `access.log:17`. */
  readonly name: string;
  /** The source that the lines belong to: part of their ids. */
  readonly source: string;
  /** The configured bound; lines of some formats may be longer (lineBytesMaxOf). */
  readonly lineBytesMax: number;
};

/** A line's record. */
export type LineRecord = Extract<RawRecord, { form: "line" }>;

/** Reads one file. What it gives depends on the file's bytes alone, not on where pieces end. */
export interface LineReader {
  /** The records whose lines end in this piece. The piece's memory must not be written to afterwards. */
  push(chunk: Uint8Array): LineRecord[];
  /** What is left when the file is over: a last line without line end. What is pushed afterwards begins a line. */
  end(): LineRecord[];
  /** True when something is left that only the file's end makes a line of. */
  hasRest(): boolean;
}

/** Builds the reader of one file, from its first byte on. */
export function buildLineReader(options: LineReaderOptions): LineReader {
  const lineBytesMax = lineBytesMaxOf(options.format, options.lineBytesMax);
  // Cut by the bound alone, a line that is too long would be short enough without its prefix, and count without its end.
  const cutter = buildLineCutter(options.prefix === "none" ? lineBytesMax : lineBytesMax + PREFIX_BYTES_MAX);
  const framer = buildLineFramer(options);
  const ids = buildLineIds(options.source);

  const { name: file } = options;
  /** Whether all bytes are plain text from the line on that is not over yet. */
  let isPlainSoFar = true;
  /** A copy of the last line with a line end: as a view it would keep a whole piece in memory. */
  let lastWhole: Buffer | null = null;

  function toRecords(lines: readonly (CutLine | FramedLine)[], isPlain: boolean): LineRecord[] {
    const records: LineRecord[] = [];
    for (const line of lines) {
      const { bytes, number, isTerminated: terminated } = line;
      const read = { form: "line", bytes, contentId: ids.next(bytes), terminated, isPlain, file, number } as const;
      const record = terminated || lastWhole === null ? read : { ...read, before: lastWhole };
      if ("records" in line) addFramed(records, record, line);
      else records.push(record);
    }
    return records;
  }

  function push(chunk: Uint8Array): LineRecord[] {
    // A framer may hold a line for longer than this knows.
    const isPlain = framer === null && isPlainText(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const lines = cutter.push(chunk);
    isPlainSoFar &&= isPlain;
    const framed = toFramed(lines);
    const last = framed.at(-1);
    if (last !== undefined) lastWhole = Buffer.from(last.bytes);
    const records = toRecords(framed, isPlainSoFar);
    // What is behind the last line is the beginning of the next.
    if (lines.length > 0) isPlainSoFar = isPlain;
    return records;
  }

  const toFramed = (lines: readonly CutLine[]): readonly (CutLine | FramedLine)[] =>
    framer === null ? lines : lines.flatMap((line) => framer.frame(line));

  return {
    push,
    end: () => toRecords([...toFramed(cutter.end()), ...(framer?.end() ?? [])], false),
    hasRest: () => cutter.hasRest() || framer?.hasRest() === true,
  };
}

/** Adds what one line gives: a record, or several that differ in their part. */
function addFramed(all: LineRecord[], record: LineRecord, { columns, records }: FramedLine): void {
  const named = columns === null ? record : { ...record, columns };
  all.push(named);
  for (let part = 1; part < records; part++) all.push({ ...named, part });
}
