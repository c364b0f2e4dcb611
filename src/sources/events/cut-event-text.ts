/**
 * Bytes of NDJSON (one JSON value per line) -> parts of whole lines. Streams: any length, bounded memory.
 */
import { buildHeldBytes } from "../held-bytes.ts";
import type { EventText } from "./event-text.ts";

/** Bytes of one part, so that parts of large events stay small in memory. A longer line makes a longer part. */
const PART_BYTES_MAX = 2 * 1024 * 1024;

const LINE_END = 0x0a;
const NUL = 0x00;
const ONE_NULL = Uint8Array.of(NUL);

/** How NDJSON is cut. */
export type CutEventTextOptions = {
  readonly lineBytesMax: number;
  /** Lines of one part; empty ones count. */
  readonly linesMax: number;
};

/** A part of lines. */
export type EventLines = Extract<EventText, { form: "lines" }>;

/**
 * Yields all lines in parts, each with at least one byte. The last line needs no line end: JSON proves its own end. Of a
 * line of more than `lineBytesMax` bytes only its beginning is passed on, enough to tell that it is too long: it is never
 * held in memory as a whole. Errors of `chunks` pass on after the lines before them.
 */
export async function* cutEventText(
  chunks: AsyncIterable<Uint8Array>,
  { lineBytesMax, linesMax }: CutEventTextOptions,
): AsyncGenerator<EventLines> {
  // `\r`, a byte order mark and a NUL do not count for the length of a line, and one byte more tells that it is too long.
  const keptBytesMax = lineBytesMax + 6;
  const whole = buildHeldBytes();
  const open = buildHeldBytes();
  let [lines, linesBefore, isBehindNulls] = [0, 0, false];

  /** Keeps more of the line that is not over yet, as far as it may be kept. */
  function keepOpen(bytes: Uint8Array): void {
    // NULs do not belong to a line that begins with them, and there may be megabytes of them. One tells that it did.
    const nulls = open.length() === 0 ? countNulls(bytes) : 0;
    isBehindNulls ||= nulls > 0;
    if (isBehindNulls && open.length() === 0 && nulls < bytes.length) open.add(ONE_NULL);
    open.add(bytes.subarray(nulls, nulls + keptBytesMax - open.length()));
  }

  function takeOpen(): Uint8Array {
    isBehindNulls = false;
    return open.take();
  }

  function take(isOver = false): EventLines {
    const isAll = isOver && linesBefore === 0;
    const part = { form: "lines", text: whole.take(), linesBefore, isAll, lineBytesMax } as const;
    linesBefore += lines;
    lines = 0;
    return part;
  }

  function* cut(chunk: Uint8Array): Generator<EventLines> {
    // The lines from here on are kept together, not one by one.
    let from = 0;
    for (let start = 0, end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
      if (open.length() > 0 || isBehindNulls || end - start > keptBytesMax) {
        whole.add(chunk.subarray(from, start));
        keepOpen(chunk.subarray(start, end));
        whole.add(takeOpen());
        from = end;
      }
      lines += 1;
      start = end + 1;
      if (lines < linesMax && whole.length() + start - from < PART_BYTES_MAX) continue;
      whole.add(chunk.subarray(from, start));
      from = start;
      yield take();
    }
    const last = chunk.lastIndexOf(LINE_END) + 1;
    whole.add(chunk.subarray(from, last));
    keepOpen(chunk.subarray(last));
  }

  let failure: { readonly error: unknown } | null = null;
  try {
    for await (const chunk of chunks) yield* cut(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    whole.add(takeOpen());
  } catch (error) {
    // A line that was broken off is no event.
    failure = { error };
  }
  if (whole.length() > 0) yield take(true);
  if (failure !== null) throw failure.error;
}

/** How many NUL bytes the bytes begin with. */
function countNulls(bytes: Uint8Array): number {
  let count = 0;
  while (count < bytes.length && bytes[count] === NUL) count += 1;
  return count;
}
