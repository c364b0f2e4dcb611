/**
 * The plain bytes of one log -> blocks of lines that have passed the steps, joined to submissions that are worth a commit.
 * The thread reads ahead while they are committed.
 */
import type { Clock } from "../../platform/clock.ts";
import { fromPlainError } from "../../platform/plain-error.ts";
import type { LogIntake } from "../intake.ts";
import type { LineBlock, LineBlocks } from "../line-block.ts";
import type { LinesRead, LogFacts } from "./open-log.ts";
import { toPieces } from "./to-pieces.ts";

/** Pieces of the log that are read at a time: one by the thread, one that waits for it. */
const PIECES_MAX = 2;

/**
 * Where a group of blocks ends, by lines or by the bytes that they lie in. Smaller groups make more commits; larger ones than a
 * commit of a server (commitRowsMax) take more room on the disk.
 */
const JOINED_LINES_MAX = 30_000;
const JOINED_BYTES = 32 * 1024 * 1024;

/** Who reads the log, and the time at which its lines come. */
export type LogIntakeParts = {
  readonly intake: Pick<LogIntake, "openLog">;
  readonly clock: Clock;
};

/** Yields the lines of a log in its order. Errors of `chunks` and of the lines pass on after the lines before them. */
export function readBlocks(
  chunks: AsyncIterable<Uint8Array>,
  facts: LogFacts,
  parts: LogIntakeParts,
): AsyncGenerator<LineBlocks> {
  return join(readEach(chunks, facts, parts));
}

/**
 * The blocks of a log, in its order, while the thread reads ahead. Errors of `chunks` and of the lines pass on after the
 * blocks before them.
 */
async function* readEach(
  chunks: AsyncIterable<Uint8Array>,
  facts: LogFacts,
  { intake, clock }: LogIntakeParts,
): AsyncGenerator<LineBlock> {
  const log = intake.openLog(facts);
  const reading: Promise<LinesRead>[] = [];
  async function* next(): AsyncGenerator<LineBlock> {
    const { blocks, failure } = await (reading.shift() as Promise<LinesRead>);
    yield* blocks;
    if (failure !== null) throw fromPlainError(failure);
  }
  function read(answer: Promise<LinesRead>): void {
    // It is looked at in its turn; until then nobody must be told that nobody looks.
    answer.catch(() => {});
    reading.push(answer);
  }
  const pieces = toPieces(chunks);
  let failure: { readonly error: unknown } | null = null;
  try {
    for (;;) {
      const piece = await pieces.next().catch((error: unknown) => {
        failure = { error };
        return { done: true, value: undefined } as const;
      });
      if (piece.done === true) break;
      read(log.push(piece.value, clock.now()));
      if (reading.length >= PIECES_MAX) yield* next();
    }
    // After a failure the last piece is no line: its rest exists and could not be read.
    if (failure === null) read(log.end(clock.now()));
    while (reading.length > 0) yield* next();
  } finally {
    log.close();
    await pieces.return(undefined);
  }
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}

/** Blocks in groups that are worth a commit; what came before an error is yielded before it. */
async function* join(blocks: AsyncIterable<LineBlock>): AsyncGenerator<LineBlocks> {
  let held: LineBlock[] = [];
  let [length, bytes] = [0, 0];
  let failure: { readonly error: unknown } | null = null;
  try {
    for await (const block of blocks) {
      if (held.length > 0 && (length + block.length > JOINED_LINES_MAX || bytes >= JOINED_BYTES)) {
        yield { blocks: held, length };
        held = [];
        [length, bytes] = [0, 0];
      }
      held.push(block);
      length += block.length;
      // Blocks of one piece of the log lie in the same memory.
      if (held.at(-2)?.bytes !== block.bytes) bytes += block.bytes.byteLength;
    }
  } catch (error) {
    failure = { error };
  }
  if (held.length > 0) yield { blocks: held, length };
  if (failure !== null) throw failure.error;
}
