/**
 * Taken: a submission whose records have passed the steps, as its commit sees it. Records become passages on this thread;
 * blocks of lines come from the thread that reads logs.
 */
import type { UsageRow } from "../model/usage-row.ts";
import { assertInvariant } from "../platform/errors.ts";
import type { RejectedRecords, RejectedSample, ReplayedRecord } from "../store/usage-store.ts";
import type { IntakeReceipt, Submission } from "./intake.ts";
import { describeRow, type LineBlock, toBlockReceipt, toRows } from "./line-block.ts";
import type { Passage } from "./passage.ts";
import { toReceipt, toRejectedRecords, toReplayedRecords } from "./receipt.ts";
import { toSample } from "./rejected-sample.ts";
import { toRow } from "./steps/measure-event.ts";

/** What a commit asks of a submission. */
export interface Taken {
  /** How many records, refused ones included. */
  readonly length: number;
  readonly rowCount: number;
  /** The rows, made when they are asked for: they need not wait in memory. */
  toRows(): readonly UsageRow[];
  /** Indexes of rows that are late, ascending. */
  readonly late: readonly number[];
  toRejected(): readonly RejectedRecords[];
  toReplayed(): readonly ReplayedRecord[];
  /** What is kept of a row that is a duplicate. */
  describe(row: number): RejectedSample;
  /** What the sender is told; `duplicates` are indexes of rows. Called once. */
  toReceipt(duplicates: readonly number[]): IntakeReceipt;
}

/** Passages that have passed the steps. */
export function buildTakenPassages(passages: readonly Passage[], submission: Submission): Taken {
  const stored = passages.filter(({ isMeasured }) => isMeasured);
  return {
    length: passages.length,
    rowCount: stored.length,
    toRows: () => stored.map(toRow),
    late: stored.flatMap((passage, index) => (passage.isLate ? [index] : [])),
    toRejected: () => toRejectedRecords([{ submission, passages }]),
    toReplayed: () => toReplayedRecords(passages),
    describe: (row) => toSample(stored[row] as Passage),
    toReceipt(duplicates) {
      for (const index of duplicates) {
        const passage = stored[index];
        assertInvariant(passage !== undefined, `the store named row ${index} of ${stored.length} a duplicate`);
        passage.isDuplicate = true;
      }
      return toReceipt(passages);
    },
  };
}

/** Lines that have passed the steps on another thread. */
export function buildTakenBlock(block: LineBlock): Taken {
  return {
    length: block.length,
    rowCount: block.rowCount,
    toRows: () => toRows(block),
    late: block.late,
    toRejected: () => block.rejected,
    toReplayed: () => [],
    describe: (row) => describeRow(block, row),
    toReceipt: (duplicates) => toBlockReceipt(block, duplicates),
  };
}
