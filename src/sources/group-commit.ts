/**
 * The intake: runs the step list over each submission and commits many of them together. While one commit runs, the next
 * gathers, so a thousand small requests share a few commits and a lone one is committed at once.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { UsageRow } from "../model/usage-row.ts";
import type { Clock } from "../platform/clock.ts";
import { AppError, assertInvariant } from "../platform/errors.ts";
import type { Logger } from "../platform/log.ts";
import type { AppendBatch, UsageStore } from "../store/usage-store.ts";
import type { Intake, IntakeReceipt, Submission } from "./intake.ts";
import { buildKnownThings } from "./known-things.ts";
import { buildPassage, type Passage } from "./passage.ts";
import { runSteps } from "./pipeline.ts";
import { toReceipt, toRejectedRecords, toReplayedRecords } from "./receipt.ts";
import { toSample } from "./rejected-sample.ts";
import type { StepLimits } from "./steps/step.ts";

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

/** A submission whose steps have run and that waits for its commit. */
type Waiting = {
  readonly submission: Submission;
  readonly passages: readonly Passage[];
  readonly arrivedMs: number;
  /** How many of the passages have a row. */
  readonly rows: number;
  readonly resolve: (receipt: IntakeReceipt) => void;
  readonly reject: (error: unknown) => void;
};

/** Builds the intake of a process. The store and the catalogue stay the caller's to close, after `close` has resolved. */
export function buildIntake(parts: IntakeParts): Intake {
  const { catalog, clock, limits } = parts;
  const known = buildKnownThings(clock);
  const onTheWay = new Set<Promise<unknown>>();
  const waiting: Waiting[] = [];
  let recordsOnTheWay = 0;
  let isClosed = false;
  let isCommitting = false;

  async function take(submission: Submission): Promise<IntakeReceipt> {
    const arrivedMs = clock.now();
    const passages = submission.records.map((record) => buildPassage(record, submission));
    await runSteps(passages, { submission, arrivedMs, limits, catalog, known });
    if (passages.length === 0 && submission.checkpoint === null) return toReceipt(passages);
    const rows = passages.reduce((count, passage) => count + (passage.row === null ? 0 : 1), 0);
    return new Promise((resolve, reject) => {
      waiting.push({ submission, passages, arrivedMs, rows, resolve, reject });
      if (!isCommitting) void commitAll();
    });
  }

  async function commitAll(): Promise<void> {
    isCommitting = true;
    while (waiting.length > 0) await commit(takeGroup(waiting, limits.commitRowsMax), parts);
    isCommitting = false;
  }

  return {
    async submit(submission) {
      const records = submission.records.length;
      if (isClosed) throw overloaded("The server is shutting down; nothing was counted.");
      if (recordsOnTheWay > 0 && recordsOnTheWay + records > limits.queueRecordsMax) {
        throw overloaded(`${recordsOnTheWay} records wait to be counted already; nothing was counted. Try again.`);
      }
      recordsOnTheWay += records;
      const taken = take(submission);
      onTheWay.add(taken);
      try {
        return await taken;
      } finally {
        onTheWay.delete(taken);
        recordsOnTheWay -= records;
      }
    },

    async close() {
      isClosed = true;
      await Promise.allSettled(onTheWay);
    },
  };
}

/** Takes the submissions of the next commit off the queue: in order, at least one, at most `rowsMax` rows. */
function takeGroup(waiting: Waiting[], rowsMax: number): Waiting[] {
  let rows = 0;
  let submissions = 0;
  for (const { rows: more } of waiting) {
    if (submissions > 0 && rows + more > rowsMax) break;
    rows += more;
    submissions += 1;
  }
  return waiting.splice(0, submissions);
}

/** Commits a group and settles every submission of it. Never rejects: a failed commit must not stop the next one. */
async function commit(group: readonly Waiting[], parts: IntakeParts): Promise<void> {
  try {
    const startedMs = parts.clock.now();
    const passages = group.flatMap((waiting) => waiting.passages);
    const stored = passages.filter((passage) => passage.row !== null);
    const batch = toBatch(group, passages, stored);
    const receipt = await parts.store.append(batch);
    for (const index of receipt.duplicates) {
      const passage = stored[index];
      assertInvariant(passage !== undefined, `the store named row ${index} of ${stored.length} a duplicate`);
      passage.isDuplicate = true;
    }
    for (const waiting of group) waiting.resolve(toReceipt(waiting.passages));
    const fields = { submissions: group.length, rows: stored.length, duplicates: receipt.duplicates.length };
    const rejected = passages.length - stored.length;
    parts.logger.debug({ ...fields, rejected, durationMs: parts.clock.now() - startedMs }, "usage committed");
  } catch (error) {
    const failure = toStoreError(error);
    parts.logger.warn({ err: error, submissions: group.length }, "commit failed: nothing of it was counted");
    for (const waiting of group) waiting.reject(failure);
  }
}

function toBatch(group: readonly Waiting[], passages: readonly Passage[], stored: readonly Passage[]): AppendBatch {
  return {
    rows: stored.map((passage) => passage.row as UsageRow),
    rejected: toRejectedRecords(group),
    replayed: toReplayedRecords(passages),
    late: new Set(stored.flatMap((passage, index) => (passage.isLate ? [index] : []))),
    describeDuplicate: (index) => toSample(stored[index] as Passage),
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

function overloaded(message: string): AppError {
  return new AppError("sources/overloaded", message, { retryAfterS: RETRY_AFTER_S });
}
