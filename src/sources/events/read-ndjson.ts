/**
 * Bytes of NDJSON (one JSON value per line) -> batches of event records. Streams: any length, bounded memory.
 */
import { isUtf8 } from "node:buffer";
import type { RawRecord } from "../../model/raw-record.ts";
import { buildLineCutter, type CutLine } from "../cut-lines.ts";
import { unreadableEvent } from "./unreadable-event.ts";

/** Events of one batch unless told otherwise. */
const BATCH_RECORDS_MAX = 5_000;

/** Bytes of one batch, so that batches of large events stay small in memory. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024;

/** How NDJSON is read. */
export type ReadNdjsonOptions = { readonly lineBytesMax: number; readonly batchRecordsMax?: number };

/**
 * Yields the events in batches, each with at least one record. A line that is not JSON is one record that will be
 * rejected as `not-an-event`, one over `lineBytesMax` bytes one that will be rejected as `record-too-large` and is never
 * held in memory as a whole; empty lines are nothing. The last line needs no line end: JSON proves its own end.
 * Errors of `chunks` pass on after the records before them.
 */
export async function* readNdjson(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadNdjsonOptions,
): AsyncGenerator<RawRecord[]> {
  const cutter = buildLineCutter(options.lineBytesMax);
  const batchRecordsMax = options.batchRecordsMax ?? BATCH_RECORDS_MAX;
  let batch: RawRecord[] = [];
  let batchBytes = 0;

  function* add(lines: readonly CutLine[]): Generator<RawRecord[]> {
    for (const line of lines) {
      batch.push({
        form: "event",
        value: parseJson(line.bytes, options.lineBytesMax),
        position: `line ${line.number}`,
      });
      batchBytes += line.bytes.length;
      if (batch.length < batchRecordsMax && batchBytes < BATCH_BYTES_MAX) continue;
      yield batch;
      batch = [];
      batchBytes = 0;
    }
  }

  let failure: { readonly error: unknown } | null = null;
  try {
    for await (const chunk of chunks) yield* add(cutter.push(chunk));
  } catch (error) {
    failure = { error };
  }
  if (failure === null) yield* add(cutter.end());
  if (batch.length > 0) yield batch;
  if (failure !== null) throw failure.error;
}

function parseJson(bytes: Buffer, lineBytesMax: number): unknown {
  if (bytes.length > lineBytesMax) {
    return unreadableEvent({ reason: "record-too-large", detail: `The line is longer than ${lineBytesMax} bytes.` });
  }
  // Decoding would turn two different broken ids into the same text, and the second event into a duplicate.
  if (!isUtf8(bytes)) return unreadableEvent({ reason: "not-an-event", detail: "The line is not UTF-8." });
  try {
    return JSON.parse(bytes.toString());
  } catch {
    // The parser's own message quotes the line, which may hold anything. The rejection is counted by the step list.
    return unreadableEvent({ reason: "not-an-event", detail: "The line is not JSON." });
  }
}
