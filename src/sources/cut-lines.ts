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
}

const LINE_END = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** Builds the cutter of one input. At most `lineBytesMax` + 2 bytes of an unfinished line are kept. */
export function buildLineCutter(lineBytesMax: number): LineCutter {
  // One byte more than the bound tells a line that is too long, one more a `\r` that does not count.
  const keptBytesMax = lineBytesMax + 2;
  let isStarted = false;
  let start: Buffer = Buffer.alloc(0);
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let number = 0;

  function keep(part: Buffer): void {
    // A file that grew before a crash has NUL bytes where its data was not written; they may be megabytes.
    const rest = keptBytes === 0 ? withoutLeadingNuls(part) : part;
    const bytes = rest.subarray(0, keptBytesMax - keptBytes);
    if (bytes.length === 0) return;
    kept.push(bytes);
    keptBytes += bytes.length;
  }

  function take(isTerminated: boolean, lines: CutLine[]): void {
    number += 1;
    if (keptBytes === 0) return;
    let bytes = kept.length === 1 ? (kept[0] as Buffer) : Buffer.concat(kept);
    kept = [];
    keptBytes = 0;
    if (bytes.length < keptBytesMax && bytes[bytes.length - 1] === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
    else if (bytes.length === keptBytesMax) bytes = bytes.subarray(0, -1);
    if (bytes.length > lineBytesMax || !isBlank(bytes)) lines.push({ bytes, number, isTerminated });
  }

  function cut(chunk: Buffer): CutLine[] {
    const lines: CutLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
      keep(chunk.subarray(from, end));
      take(true, lines);
      from = end + 1;
    }
    keep(chunk.subarray(from));
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
      if (keptBytes > 0) take(false, lines);
      return lines;
    },
  };
}

function withoutLeadingNuls(part: Buffer): Buffer {
  if (part[0] !== 0) return part;
  let at = 0;
  while (part[at] === 0) at += 1;
  return part.subarray(at);
}

function isBlank(bytes: Buffer): boolean {
  let at = 0;
  while (bytes[at] === SPACE) at += 1;
  return at === bytes.length;
}
