/**
 * The bytes of one log, piece by piece -> blocks of lines that have passed the steps. Runs on a thread (reading-worker.ts) and
 * knows nothing of threads.
 */
import { toPlainError } from "../../platform/plain-error.ts";
import type { Submission } from "../intake.ts";
import { buildLineBlock, type LineBlock } from "../line-block.ts";
import { buildPassage, type Passage } from "../passage.ts";
import { passesAgain, runSteps } from "../pipeline.ts";
import type { StepContext } from "../steps/step.ts";
import { buildLineReader, type LineRecord } from "./line-reader.ts";
import type { LinesRead, LogFacts } from "./open-log.ts";
import { type AskedLine, buildRepeatedRequests } from "./repeated-requests.ts";

/** Lines of one block: enough that its commit is worth it, few enough that all of their objects fit into the cache. */
const BLOCK_LINES_MAX = 5_000;

/** Bytes that are cut at a time; what stands before a failure is kept up to there. */
const CUT_BYTES = 65_536;

/** Reads one log. Pieces come in the log's order; the steps of one may run while the next is cut. */
export interface LogReading {
  /** The lines that end in this piece. */
  push(piece: SharedArrayBuffer, arrivedMs: number): Promise<LinesRead>;
  /** A last line without line end. */
  end(arrivedMs: number): Promise<LinesRead>;
}

/** What the steps of a log work with, except for what changes with each piece. */
export type LogContext = Pick<StepContext, "limits" | "catalog" | "known">;

/** Builds the reading of a log from its first byte on. */
export function buildLogReading(facts: LogFacts, context: LogContext): LogReading {
  const reader = buildLineReader(facts);
  const repeated = buildRepeatedRequests(facts);
  const { organization, source, format, space, allowedSpaces, name } = facts;
  const submission: Submission = { organization, source, format, space, allowedSpaces, records: [], checkpoint: null };

  async function toBlock(
    records: readonly LineRecord[],
    piece: SharedArrayBuffer,
    arrivedMs: number,
  ): Promise<LineBlock> {
    const steps = { ...context, submission, arrivedMs };
    const judged = repeated.of(await context.catalog.readSource(organization, source), arrivedMs);
    const block = buildLineBlock(records.length, { sender: submission, file: name, bytes: piece });
    const others: { readonly record: LineRecord; readonly asked: AskedLine | null; readonly passage: Passage }[] = [];
    for (const record of records) {
      const asked = judged?.read(record) ?? null;
      const known = asked === null ? null : (judged?.find(asked, record) ?? null);
      if (known !== null && passesAgain(known, steps)) block.add(known, record);
      else {
        const passage = buildPassage(record, submission);
        if (asked !== null) passage.parts = asked.parts;
        others.push({ record, asked, passage });
      }
    }
    const passages = others.map(({ passage }) => passage);
    await runSteps(passages, steps);
    for (const { record, asked, passage } of others) {
      if (passage.isMeasured) block.add(passage, record);
      if (asked !== null) judged?.learn(asked, passage);
    }
    return block.read(passages);
  }

  async function read(
    cuts: Iterable<readonly LineRecord[]>,
    piece: SharedArrayBuffer,
    arrivedMs: number,
  ): Promise<LinesRead> {
    const blocks: Promise<LineBlock>[] = [];
    let records: LineRecord[] = [];
    let failure: unknown = null;
    try {
      // Without waiting in between: the next piece may come as soon as this one waits.
      for (const cut of cuts) {
        for (const record of cut) records.push(record);
        if (records.length < BLOCK_LINES_MAX) continue;
        blocks.push(toBlock(records, piece, arrivedMs));
        records = [];
      }
    } catch (error) {
      failure = error;
    }
    if (records.length > 0) blocks.push(toBlock(records, piece, arrivedMs));
    return { blocks: await Promise.all(blocks), failure: failure === null ? null : toPlainError(failure) };
  }

  function* cut(piece: SharedArrayBuffer): Generator<readonly LineRecord[]> {
    for (let at = 0; at < piece.byteLength; at += CUT_BYTES) {
      yield reader.push(Buffer.from(piece, at, Math.min(CUT_BYTES, piece.byteLength - at)));
    }
  }

  return {
    push: (piece, arrivedMs) => read(cut(piece), piece, arrivedMs),
    end: (arrivedMs) => read([reader.end()], new SharedArrayBuffer(0), arrivedMs),
  };
}
