/**
 * Bytes of a log file -> batches of line records with their ids. Knows of formats only what frame-lines.ts says of them.
 */
import type { RawRecord } from "../../model/raw-record.ts";
import { buildLineCutter, type CutLine } from "../cut-lines.ts";
import { buildLineFramer, type FramedLine, type FrameOptions } from "./frame-lines.ts";
import { buildLineIds } from "./line-ids.ts";

/** How a file is read. */
export type ReadLinesOptions = FrameOptions & {
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
  const framer = buildLineFramer(options);
  const ids = buildLineIds(options.source);
  let batch: RawRecord[] = [];
  let batchBytes = 0;

  function* add(lines: readonly (CutLine | FramedLine)[]): Generator<RawRecord[]> {
    for (const line of lines) {
      const { bytes, number, isTerminated } = line;
      const record = {
        form: "line",
        bytes,
        contentId: ids.next(bytes),
        terminated: isTerminated,
        position: `${options.name}:${number}`,
      } as const;
      if ("records" in line) addFramed(batch, record, line);
      else batch.push(record);
      batchBytes += bytes.length;
      if (batch.length < options.batchLinesMax && batchBytes < options.batchBytesMax) continue;
      yield batch;
      batch = [];
      batchBytes = 0;
    }
  }
  function* addCut(lines: readonly CutLine[]): Generator<RawRecord[]> {
    yield* add(framer === null ? lines : lines.flatMap((line) => framer.frame(line)));
  }

  let failure: { readonly error: unknown } | null = null;
  try {
    for await (const chunk of chunks) yield* addCut(cutter.push(chunk));
  } catch (error) {
    failure = { error };
  }
  // The last piece before a failure is no line: its rest exists and could not be read.
  if (failure === null) {
    yield* addCut(cutter.end());
    if (framer !== null) yield* add(framer.end());
  }
  if (batch.length > 0) yield batch;
  if (failure !== null) throw failure.error;
}

/** Adds what one line gives: a record, or several that differ in their part. */
function addFramed(
  batch: RawRecord[],
  record: Extract<RawRecord, { form: "line" }>,
  { columns, records }: FramedLine,
): void {
  const named = columns === null ? record : { ...record, columns };
  batch.push(named);
  for (let part = 1; part < records; part++) batch.push({ ...named, part });
}
