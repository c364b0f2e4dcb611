/**
 * The intake: runs the step list over each submission and commits many of them together. While one commit runs, the next
 * gathers, so a thousand small requests share a few commits and a lone one is committed at once.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { RawRecord } from "../model/raw-record.ts";
import { buildColumnsJoiner, type JoinColumns, type UsageColumns } from "../model/usage-columns.ts";
import type { Clock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import type { Logger } from "../platform/log.ts";
import { buildTurns, pauseAfter } from "../platform/turns.ts";
import type { AppendBatch, UsageStore } from "../store/usage-store.ts";
import type { EventBlock } from "./events/event-block.ts";
import { type EventText, readEventText } from "./events/event-text.ts";
import type { IntakeReceipt, LogIntake, Submission } from "./intake.ts";
import { buildKnownThings } from "./known-things.ts";
import { buildPassage } from "./passage.ts";
import { runSteps } from "./pipeline.ts";
import { openReadingThread } from "./reading-thread.ts";
import { mergeRejected } from "./receipt.ts";
import type { StepLimits } from "./steps/step.ts";
import {
  buildTakenBlocks,
  buildTakenEvents,
  buildTakenPassages,
  type JoinedTaken,
  joinTaken,
  type Taken,
} from "./taken.ts";

/** The bounds of an intake; fields of the same names stand in the configuration. */
export type IntakeLimits = StepLimits & {
  /** Rows of one commit; one larger submission is still committed in one piece. */
  readonly commitRowsMax: number;
  /** Records that may be on their way at a time; one larger submission is still taken when nothing else waits. */
  readonly queueRecordsMax: number;
};

/** What an intake is made of. */
export type IntakeParts = {
  readonly store: UsageStore;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: IntakeLimits;
};

/** Seconds after which a refused sender may try again: about what a full queue takes to be committed. */
const RETRY_AFTER_S = 2;

const CLOSED = "The server is shutting down; nothing was counted.";

/** A submission whose steps have run and that waits for its commit. */
type Waiting = {
  readonly submission: Submission;
  readonly taken: Taken;
  readonly arrivedMs: number;
  readonly resolve: (receipt: IntakeReceipt) => void;
  readonly reject: (error: unknown) => void;
};

/** A submission's records, as they become known. Throws `sources/overloaded` for more than may be on the way. */
type RecordsQuota = { add(records: number): void };

/** A text from this length on is read on the thread: here it would hold up every answer for more than 2 ms. */
const LONG_TEXT_BYTES = 64 * 1024;

/** A text from this length on waits for a turn of the event loop before it is read here. */
const TURN_TEXT_BYTES = 16 * 1024;

/** Builds the intake of a process. The store and the catalogue stay the caller's to close, after `close` has resolved. */
export function buildIntake(parts: IntakeParts): LogIntake {
  const { catalog, clock, limits, logger } = parts;
  const known = buildKnownThings(clock);
  const reading = openReadingThread({ ...catalog, admitOperations: known.admitOperations }, limits);
  const nextTurn = buildTurns();
  const joinColumns = buildColumnsJoiner();
  const onTheWay = new Set<Promise<unknown>>();
  const waiting: Waiting[] = [];
  let recordsOnTheWay = 0;
  let isClosed = false;
  let isCommitting = false;

  function requireRoom(records = 1): void {
    if (recordsOnTheWay === 0 || recordsOnTheWay + records <= limits.queueRecordsMax) return;
    throw overloaded(`${recordsOnTheWay} records wait to be counted already; nothing was counted. Try again.`);
  }

  /** The records of one submission among those on the way. */
  function openQuota(): RecordsQuota & { letGo(): void } {
    let own = 0;
    return {
      add(records) {
        requireRoom(records);
        own += records;
        recordsOnTheWay += records;
      },
      letGo() {
        recordsOnTheWay -= own;
      },
    };
  }

  async function take(submission: Submission, quota: RecordsQuota): Promise<IntakeReceipt> {
    const arrivedMs = clock.now();
    const taken = await runThrough(submission, arrivedMs, quota);
    if (taken.length === 0 && submission.checkpoint === null) return taken.toReceipt([]);
    return new Promise((resolve, reject) => {
      waiting.push({ submission, taken, arrivedMs, resolve, reject });
      if (!isCommitting) void commitAll();
    });
  }

  async function runThrough(submission: Submission, arrivedMs: number, quota: RecordsQuota): Promise<Taken> {
    const { records } = submission;
    if ("blocks" in records) return buildTakenBlocks(records);
    if (!("text" in records)) return runSubmitted(records, submission, arrivedMs);
    if (isShort(records)) {
      if (records.text.length >= TURN_TEXT_BYTES) await nextTurn();
      const read = readEventText(records);
      quota.add(read.length);
      return runSubmitted(read, submission, arrivedMs);
    }
    // How many it has is known when it has been read. When there is no room at all, nobody needs to.
    requireRoom();
    const block = await readOnThread(records, submission, arrivedMs);
    quota.add(block.length);
    return buildTakenEvents(block, records);
  }

  async function readOnThread(text: EventText, submission: Submission, arrivedMs: number): Promise<EventBlock> {
    const { organization, source, format, space, allowedSpaces } = submission;
    try {
      return await reading.readEvents(text, { organization, source, format, space, allowedSpaces }, arrivedMs);
    } catch (error) {
      if (error instanceof AppError) throw error;
      logger.warn({ err: error }, "events could not be read: nothing of them was counted");
      throw overloaded("The events could not be read just now; nothing of them was counted. Try again.", error);
    }
  }

  async function runSubmitted(
    records: readonly RawRecord[],
    submission: Submission,
    arrivedMs: number,
  ): Promise<Taken> {
    const passages = records.map((record) => buildPassage(record, submission));
    await runSteps(passages, { submission, arrivedMs, limits, catalog, known });
    return buildTakenPassages(passages, submission);
  }

  async function commitAll(): Promise<void> {
    isCommitting = true;
    while (waiting.length > 0) {
      await commit(takeGroup(waiting, limits.commitRowsMax), joinColumns, parts);
    }
    isCommitting = false;
  }

  return {
    async submit(submission) {
      if (isClosed) throw overloaded(CLOSED);
      const quota = openQuota();
      try {
        // How many records a text has is known when it has been read; until then the bound on bodies holds it.
        if (!("text" in submission.records)) quota.add(submission.records.length);
        const taken = take(submission, quota);
        onTheWay.add(taken);
        return await taken.finally(() => onTheWay.delete(taken));
      } finally {
        quota.letGo();
      }
    },

    recordsOnTheWay: () => recordsOnTheWay,

    openLog(facts) {
      if (isClosed) throw overloaded(CLOSED);
      return reading.openLog(facts);
    },

    async close() {
      isClosed = true;
      await Promise.allSettled(onTheWay);
      await reading.close();
    },
  };
}

/** Takes the submissions of the next commit off the queue: in order, at least one, at most `rowsMax` rows. */
function takeGroup(waiting: Waiting[], rowsMax: number): Waiting[] {
  let rows = 0;
  let submissions = 0;
  for (const { taken } of waiting) {
    const more = taken.rowCount;
    if (submissions > 0 && rows + more > rowsMax) break;
    rows += more;
    submissions += 1;
  }
  return waiting.splice(0, submissions);
}

/** Commits a group and settles every submission of it. Never rejects: a failed commit must not stop the next one. */
async function commit(group: readonly Waiting[], joinColumns: JoinColumns, parts: IntakeParts): Promise<void> {
  try {
    const startedMs = parts.clock.now();
    const all = joinTaken(group.map(({ taken }) => taken));
    const batch = toBatch(group, all, joinColumns(all.toRows()));
    await pauseAfter(batch.rows.length);
    const receipt = await parts.store.append(batch);
    for (const [index, own] of all.split(receipt.duplicates).entries()) {
      const { taken, resolve } = group[index] as Waiting;
      resolve(taken.toReceipt(own));
    }
    const fields = { submissions: group.length, rows: batch.rows.length, duplicates: receipt.duplicates.length };
    const rejected = batch.rejected.reduce((sum, { count }) => sum + count, 0);
    parts.logger.debug({ ...fields, rejected, durationMs: parts.clock.now() - startedMs }, "usage committed");
  } catch (error) {
    const failure = toStoreError(error);
    parts.logger.warn({ err: error, submissions: group.length }, "commit failed: nothing of it was counted");
    for (const waiting of group) waiting.reject(failure);
  }
}

function toBatch(group: readonly Waiting[], all: JoinedTaken, rows: UsageColumns): AppendBatch {
  return {
    rows,
    rejected: mergeRejected(all.toRejected()),
    replayed: all.toReplayed(),
    late: new Set(all.late),
    caches: all.caches,
    describeDuplicate: (index) => all.describe(index),
    checkpoints: group.flatMap(({ submission: { organization, source, checkpoint } }) =>
      checkpoint === null ? [] : [{ organization, source, ...checkpoint }],
    ),
    receivedMs: Math.max(...group.map((waiting) => waiting.arrivedMs)),
  };
}

function toStoreError(error: unknown): AppError {
  if (error instanceof AppError && error.code.startsWith("store/")) return error;
  const message = "The usage store could not commit; nothing was counted. Send the same records again.";
  return new AppError("store/unavailable", message, { cause: error, retryAfterS: RETRY_AFTER_S });
}

function overloaded(message: string, cause?: unknown): AppError {
  return new AppError("sources/overloaded", message, { retryAfterS: RETRY_AFTER_S, cause });
}

/**
 * Whether a text is read here. One part of several never is: the thread reads them in their order, so that of two events
 * with one id the first counts.
 */
function isShort(text: EventText): boolean {
  return text.text.length < LONG_TEXT_BYTES && (text.form === "array" || text.isAll);
}
