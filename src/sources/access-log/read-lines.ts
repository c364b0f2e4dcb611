/**
 * Bytes of a log file -> batches of line records with their ids.
 */
import type { RawRecord } from "../../model/raw-record.ts";
import { buildLineReader, type LineReaderOptions, type LineRecord } from "./line-reader.ts";

/** How a file is read. */
export type ReadLinesOptions = LineReaderOptions & {
  /** Where a batch ends: whichever of the two bounds is reached first. */
  readonly batchLinesMax: number;
  readonly batchBytesMax: number;
};

/**
 * Yields the lines of one file in batches, each with at least one record. Batches depend on the bytes only in their
 * content, not in where they end. Errors of `chunks` pass on after the lines before them.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadLinesOptions,
): AsyncGenerator<RawRecord[]> {
  const reader = buildLineReader(options);
  let batch: RawRecord[] = [];
  let batchBytes = 0;

  function* add(records: readonly LineRecord[]): Generator<RawRecord[]> {
    for (const record of records) {
      batch.push(record);
      batchBytes += record.bytes.length;
      if (batch.length < options.batchLinesMax && batchBytes < options.batchBytesMax) continue;
      yield batch;
      batch = [];
      batchBytes = 0;
    }
  }

  let failure: { readonly error: unknown } | null = null;
  try {
    for await (const chunk of chunks) yield* add(reader.push(chunk));
  } catch (error) {
    failure = { error };
  }
  // The last piece before a failure is no line: its rest exists and could not be read.
  if (failure === null) yield* add(reader.end());
  if (batch.length > 0) yield batch;
  if (failure !== null) throw failure.error;
}
