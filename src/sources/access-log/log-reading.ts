/**
 * The bytes of one log, piece by piece -> blocks of lines that have passed the steps. Runs on a thread (reading-worker.ts) and
 * knows nothing of threads.
 */
import { toPlainError } from "../../platform/plain-error.ts";
import type { Submission } from "../intake.ts";
import { buildLineBlock, type LineBlock, type LineBlockBuilder } from "../line-block.ts";
import { buildPassage, type Passage } from "../passage.ts";
import { passesAgain, runSteps } from "../pipeline.ts";
import type { StepContext } from "../steps/step.ts";
import { buildLineReader, type LineRecord } from "./line-reader.ts";
import type { LinesRead, LogFacts } from "./open-log.ts";
import { type AskedLine, buildRepeatedRequests, type JudgedRequests } from "./repeated-requests.ts";

/** Lines of one block, at most: enough that its commit is worth it, few enough that all of their objects fit into the cache. */
const BLOCK_LINES_MAX = 5_000;

/** A block of a short piece has room for lines of so many bytes; where they are shorter, the next block goes on. */
const ROOM_LINE_BYTES = 64;

/**
 * Bytes that are cut at a time; what stands before a failure is kept up to there. Their lines are judged before the next are
 * cut: where the objects of a whole piece lived until its end, the collector of garbage copied all of them.
 */
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

/** A line that goes through the steps. */
type OtherLine = { readonly record: LineRecord; readonly asked: AskedLine | null; readonly passage: Passage };

/** A block in the making: it has room for so many lines, refused ones included. */
type OpenBlock = {
  readonly block: LineBlockBuilder;
  readonly room: number;
  lines: number;
  readonly others: OtherLine[];
};

/** The blocks of a piece up to its failure, if there is one. */
type BegunBlocks = { readonly blocks: readonly Promise<LineBlock>[]; readonly failure: unknown };

/** Builds the reading of a log from its first byte on. */
export function buildLogReading(facts: LogFacts, context: LogContext): LogReading {
  const reader = buildLineReader(facts);
  const repeated = buildRepeatedRequests(facts);
  const { organization, source, format, space, allowedSpaces, name } = facts;
  const submission: Submission = { organization, source, format, space, allowedSpaces, records: [], checkpoint: null };
  /** The last piece whose lines are being cut. Where the catalogue fails, the pieces behind it fail with it. */
  let cutting: Promise<unknown> = Promise.resolve();

  /** A block that begins with some of these records: one line may hold a thousand, and all of a short piece are judged together. */
  function openBlock(piece: SharedArrayBuffer, { length }: readonly LineRecord[]): OpenBlock {
    const room = Math.min(BLOCK_LINES_MAX, Math.max(length, Math.ceil(piece.byteLength / ROOM_LINE_BYTES)));
    const block = buildLineBlock(room, { sender: submission, file: name, bytes: piece });
    return { block, room, lines: 0, others: [] };
  }

  /** Adds a line to a block: its row, where what it asks is known, or what is needed to run the steps over it. */
  function addLine(open: OpenBlock, record: LineRecord, judged: JudgedRequests | null, steps: StepContext): void {
    const asked = judged?.read(record) ?? null;
    const known = asked === null ? null : (judged?.find(asked, record) ?? null);
    if (known !== null && passesAgain(known, steps)) open.block.add(known, record);
    else {
      const passage = buildPassage(record, submission);
      if (asked !== null) passage.parts = asked.parts;
      open.others.push({ record, asked, passage });
    }
    open.lines += 1;
  }

  async function closeBlock(
    { block, lines, others }: OpenBlock,
    judged: JudgedRequests | null,
    steps: StepContext,
  ): Promise<LineBlock> {
    const passages = others.map(({ passage }) => passage);
    await runSteps(passages, steps);
    for (const { record, asked, passage } of others) {
      if (passage.isMeasured) block.add(passage, record);
      if (asked !== null) judged?.learn(asked, passage);
    }
    return block.read(passages, lines);
  }

  /**
   * Cuts a piece and begins its blocks. Without waiting once the cutting has begun: a block that rejects has to be looked at in the
   * same turn of the event loop.
   */
  async function cutBlocks(
    cuts: Iterable<readonly LineRecord[]>,
    piece: SharedArrayBuffer,
    arrivedMs: number,
  ): Promise<BegunBlocks> {
    const steps = { ...context, submission, arrivedMs };
    const judged = repeated.of(await context.catalog.readSource(organization, source), arrivedMs);
    const blocks: Promise<LineBlock>[] = [];
    let open: OpenBlock | null = null;
    let failure: unknown = null;
    try {
      for (const records of cuts) {
        for (const record of records) {
          open ??= openBlock(piece, records);
          addLine(open, record, judged, steps);
          if (open.lines < open.room) continue;
          blocks.push(closeBlock(open, judged, steps));
          open = null;
        }
      }
    } catch (error) {
      failure = error;
    }
    if (open !== null) blocks.push(closeBlock(open, judged, steps));
    return { blocks, failure };
  }

  async function read(
    cuts: Iterable<readonly LineRecord[]>,
    piece: SharedArrayBuffer,
    arrivedMs: number,
  ): Promise<LinesRead> {
    // Lines of the log's next piece begin where those of this one end, and it is cut when this one is.
    const turn = cutting.then(() => cutBlocks(cuts, piece, arrivedMs));
    // Not the blocks: they would stay in memory until the next piece comes.
    cutting = turn.then(() => {});
    cutting.catch(() => {});
    const { blocks, failure } = await turn;
    return { blocks: await Promise.all(blocks), failure: failure === null ? null : toPlainError(failure) };
  }

  function* cut(piece: SharedArrayBuffer): Generator<readonly LineRecord[]> {
    for (let at = 0; at < piece.byteLength; at += CUT_BYTES) {
      yield reader.push(Buffer.from(piece, at, Math.min(CUT_BYTES, piece.byteLength - at)));
    }
  }

  /** Not before the last piece is cut. */
  function* cutRest(): Generator<readonly LineRecord[]> {
    yield reader.end();
  }

  return {
    push: (piece, arrivedMs) => read(cut(piece), piece, arrivedMs),
    end: (arrivedMs) => read(cutRest(), new SharedArrayBuffer(0), arrivedMs),
  };
}
