/**
 * A whole log file -> receipts. Unpacking, parsing and committing overlap; memory does not grow with the file.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { SourceFormat } from "../../model/source.ts";
import type { SourceSettings } from "../../model/source-settings.ts";
import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { IntakeReceipt, LogIntake, Submission } from "../intake.ts";
import type { RejectionReason } from "../rejection.ts";
import { decompress } from "./decompress.ts";
import { buildLogStart } from "./log-start.ts";
import type { LogFacts } from "./open-log.ts";
import { readBlocks } from "./read-blocks.ts";

/** Submissions on their way at a time: one waits while one is committed, and one makes up for uneven speed. */
const SUBMISSIONS_MAX = 3;

/** How long an overloaded intake is asked again before the import gives up, in ms. */
const PATIENCE_MS = 300_000;

/** Ms before an overloaded intake is asked again when it does not say how long. */
const RETRY_MS = 1_000;

/** How far an import is. */
export type ImportProgress = {
  /** Bytes read of the file as it is stored: packed ones, if it is packed. */
  readonly bytesRead: number;
  /** Bytes of the file as it is stored, or null where that is not known. */
  readonly bytesTotal: number | null;
  /** Records that have been committed or refused. */
  readonly lines: number;
  /** Lines per second since the import began; 0 in its first moment. */
  readonly linesPerS: number;
};

/** What the lines of a file are. */
export type ImportTarget = {
  readonly source: string;
  readonly format: SourceFormat;
  /** What stands before each line; nothing where it is left out. */
  readonly prefix?: SourceSettings["prefix"];
  /** The space of all lines that no rule gives one, or null: that of the source. */
  readonly space: number | null;
};

/** What to import, and how. */
export type ImportOptions = ImportTarget & {
  /** The file's bytes as they are stored. Closed when the import ends, in whatever way. */
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly bytesTotal: number | null;
  /** The file's name, for positions only. */
  readonly name: string;
  readonly organization: number;
  /** Says what the lines are when their first bytes, unpacked, have been seen; then nothing else says it. */
  readonly choose?: (start: Buffer) => Promise<ImportTarget>;
  readonly allowedSpaces: readonly number[] | null;
  readonly lineBytesMax: number;
  readonly intake: Pick<LogIntake, "submit" | "openLog">;
  readonly clock: Clock;
  /** Called after each submission that was committed. */
  readonly onProgress?: (progress: ImportProgress) => void;
};

/** What became of the file. received = accepted + duplicates + rejected. */
export type ImportSummary = Omit<IntakeReceipt, "problems" | "results"> & {
  /** Bytes of the file as it is stored. */
  readonly bytes: number;
};

/**
 * Imports one file. Rejects with `sources/corrupt-archive` and `sources/unsupported-format` (decompress.ts), with
 * `sources/unreadable-file` when the bytes cannot be read, with `sources/paused` when the source is paused meanwhile, and
 * with what the intake rejects with. In each of these cases the submissions before stay counted, and sending the file again adds only the rest.
 */
export async function importFile(options: ImportOptions): Promise<ImportSummary> {
  const { clock } = options;
  const startedMs = clock.now();
  const summary = buildSummary();
  let bytesRead = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of options.chunks) {
        bytesRead += chunk.byteLength;
        yield chunk;
      }
    } catch (error) {
      throw new AppError("sources/unreadable-file", `${options.name} cannot be read to its end.`, { cause: error });
    }
  }

  const sending = buildSending(SUBMISSIONS_MAX);
  async function send(submission: Submission): Promise<void> {
    summary.add(await submitPatiently(submission, options.intake));
    const elapsedS = (clock.now() - startedMs) / 1000;
    const lines = summary.read().received;
    const linesPerS = elapsedS > 0 ? Math.round(lines / elapsedS) : 0;
    options.onProgress?.({ bytesRead, bytesTotal: options.bytesTotal, lines, linesPerS });
  }

  try {
    const plain = decompress(counted());
    const { target, chunks } = await chooseTarget(plain, options);
    const submission = pickSubmission(options, target);
    for await (const records of readBlocks(chunks, pickFacts(options, target), options)) {
      await sending.add(() => send({ ...submission, records }));
    }
  } finally {
    // Also after damage: whoever reads the error must be able to rely on "what stands before is counted".
    await sending.settle();
  }
  sending.assertSent();
  return { ...summary.read(), bytes: bytesRead };
}

/** Promises of which a few run at a time. */
function buildSending(runningMax: number) {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | null = null;
  function assertSent(): void {
    if (failure !== null) throw (failure as { readonly error: unknown }).error;
  }
  return {
    /** Starts the next one when there is room. Throws what an earlier one has failed with. */
    async add(send: () => Promise<void>): Promise<void> {
      const sent: Promise<void> = send()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(sent));
      running.add(sent);
      if (running.size >= runningMax) await Promise.race(running);
      assertSent();
    },
    async settle(): Promise<void> {
      await Promise.all(running);
    },
    assertSent,
  };
}

/** What the lines are, and all of the bytes, those that were looked at included. */
async function chooseTarget(
  plain: AsyncGenerator<Uint8Array>,
  options: ImportOptions,
): Promise<{ readonly target: ImportTarget; readonly chunks: AsyncIterable<Uint8Array> }> {
  if (options.choose === undefined) return { target: options, chunks: plain };
  const start = buildLogStart();
  let failure: { readonly error: unknown } | null = null;
  while (!start.isEnough()) {
    // Damage right behind the first lines must not keep them from being counted.
    const next = await plain.next().catch((error: unknown) => {
      failure = { error };
      return { done: true, value: undefined } as const;
    });
    if (next.done === true) break;
    start.add(next.value);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* start.read();
    if (failure !== null) throw (failure as { readonly error: unknown }).error;
    yield* plain;
  }
  return { target: await options.choose(Buffer.concat(start.read())), chunks: all() };
}

function pickFacts(options: ImportOptions, { source, format, prefix = "none", space }: ImportTarget): LogFacts {
  const { organization, allowedSpaces, name, lineBytesMax } = options;
  return { organization, source, format, prefix, space, allowedSpaces, name, lineBytesMax };
}

function pickSubmission(options: ImportOptions, { source, format, space }: ImportTarget): Omit<Submission, "records"> {
  const { organization, allowedSpaces } = options;
  return { organization, source, format, space, allowedSpaces, checkpoint: null };
}

/** Submits, and asks again while the intake is overloaded: a file has time, unlike a client that waits for an answer. */
async function submitPatiently(submission: Submission, intake: Pick<LogIntake, "submit">): Promise<IntakeReceipt> {
  for (let waitedMs = 0; ; ) {
    try {
      return await intake.submit(submission);
    } catch (error) {
      const isOverloaded = error instanceof AppError && error.code === "sources/overloaded";
      if (!isOverloaded || waitedMs >= PATIENCE_MS) throw error;
      const waitMs = error.retryAfterS === undefined ? RETRY_MS : error.retryAfterS * 1000;
      await delay(waitMs);
      waitedMs += waitMs;
    }
  }
}

/** Adds receipts up. */
function buildSummary() {
  let received = 0;
  let accepted = 0;
  let late = 0;
  let duplicates = 0;
  let rejected = 0;
  const rejectedByReason: Partial<Record<RejectionReason, number>> = {};
  let firstEventMs: number | null = null;
  let lastEventMs: number | null = null;
  return {
    add(receipt: IntakeReceipt): void {
      received += receipt.received;
      accepted += receipt.accepted;
      late += receipt.late;
      duplicates += receipt.duplicates;
      rejected += receipt.rejected;
      for (const [name, count] of Object.entries(receipt.rejectedByReason)) {
        const reason = name as RejectionReason;
        rejectedByReason[reason] = (rejectedByReason[reason] ?? 0) + count;
      }
      if (receipt.firstEventMs !== null) firstEventMs = Math.min(firstEventMs ?? Infinity, receipt.firstEventMs);
      if (receipt.lastEventMs !== null) lastEventMs = Math.max(lastEventMs ?? -Infinity, receipt.lastEventMs);
    },
    read: (): Omit<ImportSummary, "bytes"> => ({
      received,
      accepted,
      late,
      duplicates,
      rejected,
      rejectedByReason,
      firstEventMs,
      lastEventMs,
    }),
  };
}
