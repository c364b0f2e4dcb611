/**
 * Lines of a file -> records: takes headers and prefixes off, joins rows that hold line breaks, and says how many records a
 * line gives. Formats without any of that pass untouched.
 */
import type { SourceFormat } from "../../model/source.ts";
import type { SourceSettings } from "../../model/source-settings.ts";
import { AppError } from "../../platform/errors.ts";
import { type CutLine, isBlank } from "../cut-lines.ts";
import { hasOpenQuote, parseCsvRow } from "./csv-row.ts";
import { cutPrefix } from "./cut-prefix.ts";
import { countMinioRecords } from "./formats/minio-entry.ts";
import { LINE_FORMATS } from "./formats.ts";
import { splitObjects } from "./split-objects.ts";

/** One line that is a record, or several. */
export type FramedLine = CutLine & { readonly columns: readonly string[] | null; readonly records: number };

/** Frames the lines of one file, in its order. */
export interface LineFramer {
  frame(line: CutLine): readonly FramedLine[];
  /** What was held back for a row that never ended. */
  end(): readonly FramedLine[];
  /** True when lines are held back for a row. */
  hasRest(): boolean;
}

/** A row of a CSV file has at most so many lines; a quote that is never closed would swallow the file otherwise. */
const ROW_LINES_MAX = 8;

const QUOTE = 0x22;
const HASH = 0x23;
const LINE_END = Buffer.of(0x0a);

/** What a framer is built from. */
export type FrameOptions = { readonly format: SourceFormat; readonly prefix: SourceSettings["prefix"] };

/** Builds the framer of one file; null where every line is a record as it stands, which is the fast way. */
export function buildLineFramer({ format, prefix }: FrameOptions): LineFramer | null {
  const framer = buildFormatFramer(format);
  return prefix === "none" ? framer : withoutPrefix(framer ?? buildEach((line) => [asRecord(line)]), prefix);
}

/** The framer of lines that no transport has touched, or null. */
function buildFormatFramer(format: SourceFormat): LineFramer | null {
  const header = LINE_FORMATS.get(format)?.header ?? "none";
  if (header === "w3c") return buildW3cFramer();
  if (header === "csv") return buildCsvFramer();
  if (header === "batch") return buildEach((line) => (isBatchMark(line) ? [] : [asRecord(line)]));
  return format === "minio-audit" ? buildEach(frameAudit) : null;
}

function buildEach(frame: LineFramer["frame"]): LineFramer {
  return { frame, end: () => [], hasRest: () => false };
}

/** Gives a framer the lines without their prefix. What is blank without it is no record, as a blank line is none. */
function withoutPrefix(framer: LineFramer, prefix: SourceSettings["prefix"]): LineFramer {
  function frame(line: CutLine): readonly FramedLine[] {
    const bytes = cutPrefix(line.bytes, prefix);
    return isBlank(bytes, 0, bytes.length) ? [] : framer.frame({ ...line, bytes });
  }
  return { ...framer, frame };
}

function asRecord(line: CutLine, columns: readonly string[] | null = null): FramedLine {
  return { ...line, columns, records: 1 };
}

/** Lines with `#` are no records; `#Fields:` names the columns from there on. */
function buildW3cFramer(): LineFramer {
  let columns: readonly string[] | null = null;
  return buildEach((line) => {
    if (line.bytes[0] !== HASH) return [asRecord(line, columns)];
    const fields = /^#Fields:\s*(.*?)\s*$/i.exec(line.bytes.toString("latin1"))?.[1];
    if (fields !== undefined) columns = fields.split(/\s+/);
    return [];
  });
}

/** Longer lines mark no batch. */
const BATCH_MARK_BYTES_MAX = 256;

// [   {"events":[
const BATCH_START = /^(?:[{[,]*\[|\{"[^"]*":\[)$/;

// ]   ]}   ],[
const BATCH_END = /^\][\]},[]*$/;

/** True for what a sender puts before the lines of a batch, and behind them: brackets, the first perhaps with a name. */
function isBatchMark({ bytes, isTerminated }: CutLine): boolean {
  if (bytes.length > BATCH_MARK_BYTES_MAX) return false;
  const text = bytes.toString("latin1").replaceAll(" ", "");
  // Without line end, what opens may be the beginning of a line.
  return BATCH_END.test(text) || (isTerminated && BATCH_START.test(text));
}

function frameAudit(line: CutLine): readonly FramedLine[] {
  return splitObjects(line.bytes).map((bytes) => ({
    ...line,
    bytes,
    columns: null,
    records: countMinioRecords(bytes),
  }));
}

/** The header row names the columns and is no record; a row goes on while a quote is open. */
function buildCsvFramer(): LineFramer {
  let columns: readonly string[] | null = null;
  let held: CutLine[] = [];
  let isStarted = false;

  function take(row: CutLine): FramedLine[] {
    // Behind the first row a header is known by its quotes. A line of an object's name may be its client's from its beginning,
    // but not with quotes: they are written twice there.
    const names = !isStarted || row.bytes[0] === QUOTE ? readHeader(row.bytes) : null;
    isStarted = true;
    if (names === null) return [asRecord(row, columns)];
    columns = names;
    return [];
  }

  function frame(line: CutLine): FramedLine[] {
    held.push(line);
    const bytes = held.length === 1 ? line.bytes : joinLines(held);
    if (!hasOpenQuote(bytes)) {
      const row = { ...(held[0] as CutLine), bytes, isTerminated: line.isTerminated };
      held = [];
      return take(row);
    }
    return held.length < ROW_LINES_MAX ? [] : giveUp();
  }

  /** The first held line is damaged; the others may begin rows of their own. */
  function giveUp(): FramedLine[] {
    const [first, ...rest] = held;
    held = [];
    return first === undefined ? [] : [asRecord(first, columns), ...rest.flatMap(frame)];
  }

  return {
    frame,
    end() {
      const framed: FramedLine[] = [];
      while (held.length > 0) framed.push(...giveUp());
      return framed;
    },
    hasRest: () => held.length > 0,
  };
}

function joinLines(lines: readonly CutLine[]): Buffer {
  return Buffer.concat(lines.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [LINE_END, bytes])));
}

const COLUMN_NAME = /^[a-z][a-z0-9_]*$/;

/** Columns of the daily storage log. */
const STORAGE_NAMES: readonly string[] = ["bucket", "storage_byte_hours"];

/**
 * The names of a header row; null for any other row, whatever its clients have written into it: a row has an address and a time,
 * which are no names. Refuses the daily storage log, whose numbers are other facts.
 */
function readHeader(bytes: Buffer): readonly string[] | null {
  if (!bytes.includes("time_micros") && !bytes.includes("storage_byte_hours")) return null;
  const names = parseCsvRow(bytes.toString());
  if (names?.every((name) => COLUMN_NAME.test(name)) !== true) return null;
  if (names.length === STORAGE_NAMES.length && STORAGE_NAMES.every((name) => names.includes(name))) {
    const message = "This is a daily storage log: it has byte-hours per bucket and no requests.";
    throw new AppError("sources/unsupported-format", message);
  }
  return names.includes("time_micros") ? names : null;
}
