/**
 * Bytes of a log file -> batches of line records with their ids. Knows no format.
 */
import type { RawRecord } from "../../model/raw-record.ts";
import { buildLineCutter, type CutLine } from "../cut-lines.ts";
import { buildLineIds } from "./line-ids.ts";

/** How a file is read. */
export type ReadLinesOptions = {
  /** What positions begin with: `access.log` gives `access.log:17`. */
  readonly name: string;
  /** The source that the lines belong to: part of their ids. */
  readonly source: string;
  readonly lineBytesMax: number;
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
  const cutter = buildLineCutter(options.lineBytesMax);
  const ids = buildLineIds(options.source);
  let batch: RawRecord[] = [];
  let batchBytes = 0;

  function* add(lines: readonly CutLine[]): Generator<RawRecord[]> {
    for (const { bytes, number, isTerminated } of lines) {
      const position = `${options.name}:${number}`;
      batch.push({ form: "line", bytes, contentId: ids.next(bytes), terminated: isTerminated, position });
      batchBytes += bytes.length;
      if (batch.length < options.batchLinesMax && batchBytes < options.batchBytesMax) continue;
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
  // The last piece before a failure is no line: its rest exists and could not be read.
  if (failure === null) yield* add(cutter.end());
  if (batch.length > 0) yield batch;
  if (failure !== null) throw failure.error;
}
