/**
 * Bytes in chunks -> lines, by bytes and not by text: where a chunk ends never changes a line. Knows no format.
 */

/** One line of an input. */
export type CutLine = {
  /**
   * The line without its line end, one `\r` before it and NUL bytes at its start; a view of the chunk where it can be.
   * More than `lineBytesMax` bytes mean that the line was longer and its rest was skipped.
   */
  readonly bytes: Buffer;
  /** Its number in the input, from 1; lines that are not records count. */
  readonly number: number;
  /** False for the last line of an input that has no line end. */
  readonly isTerminated: boolean;
};

/** Cuts one input. Empty lines and lines of spaces are no records and are left out. */
export interface LineCutter {
  /** The lines that end in this chunk. The chunk's memory must not be written to afterwards. */
  push(chunk: Uint8Array): CutLine[];
  /** The last line, if it has no line end. */
  end(): CutLine[];
  /** True when something has come behind the last line end. */
  hasRest(): boolean;
}

const NUL = 0x00;
const LINE_END = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/**
 * Builds the cutter of one input, or of what follows when the lines before were cut by another one. At most
 * `lineBytesMax` + 2 bytes of an unfinished line are kept.
 */
export function buildLineCutter(lineBytesMax: number, linesBefore = 0): LineCutter {
  // One byte more than the bound tells a line that is too long, one more a `\r` that does not count.
  const keptBytesMax = lineBytesMax + 2;
  // Only an input begins with a mark; a line that does is damaged.
  let isStarted = linesBefore > 0;
  let start: Buffer = Buffer.alloc(0);
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let number = linesBefore;

  /** Adds the line that stands in `raw` from `from` to `to`, both still with what does not belong to it. */
  function add(lines: CutLine[], raw: Buffer, from: number, to: number, isTerminated: boolean): void {
    number += 1;
    let start = from;
    let end = to;
    while (start < end && raw[start] === NUL) start += 1;
    if (end > start && raw[end - 1] === CARRIAGE_RETURN) end -= 1;
    if (end - start > lineBytesMax) end = start + lineBytesMax + 1;
    else if (isBlank(raw, start, end)) return;
    lines.push({ bytes: raw.subarray(start, end), number, isTerminated });
  }

  function keep(chunk: Buffer, from: number, to: number): void {
    let start = from;
    // A file that grew before a crash has NUL bytes where its data was not written; they may be megabytes.
    while (keptBytes === 0 && start < to && chunk[start] === NUL) start += 1;
    const bytes = chunk.subarray(start, Math.min(to, start + keptBytesMax - keptBytes));
    if (bytes.length === 0) return;
    kept.push(bytes);
    keptBytes += bytes.length;
  }

  function addKept(lines: CutLine[], isTerminated: boolean): void {
    const raw = Buffer.concat(kept);
    kept = [];
    keptBytes = 0;
    add(lines, raw, 0, raw.length, isTerminated);
  }

  function cut(chunk: Buffer): CutLine[] {
    const lines: CutLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
      if (keptBytes === 0) add(lines, chunk, from, end, true);
      else {
        keep(chunk, from, end);
        addKept(lines, true);
      }
      from = end + 1;
    }
    keep(chunk, from, chunk.length);
    return lines;
  }

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (isStarted) return cut(bytes);
      start = Buffer.concat([start, bytes]);
      if (start.length < BYTE_ORDER_MARK.length && BYTE_ORDER_MARK.subarray(0, start.length).equals(start)) return [];
      isStarted = true;
      const hasMark = start.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
      return cut(hasMark ? start.subarray(BYTE_ORDER_MARK.length) : start);
    },
    end() {
      const lines = isStarted ? [] : cut(start);
      isStarted = true;
      if (keptBytes > 0) addKept(lines, false);
      return lines;
    },
    hasRest: () => keptBytes > 0 || (!isStarted && start.length > 0),
  };
}

/** True when nothing stands between the two places, or spaces alone. */
export function isBlank(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at < end && bytes[at] === SPACE) at += 1;
  return at === end;
}
