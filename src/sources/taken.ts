/**
 * Taken: a submission whose records have passed the steps, as its commit sees it. Records become passages on this thread;
 * blocks of lines and of events come from the thread that reads.
 */
import type { UsageColumns } from "../model/usage-columns.ts";
import { assertInvariant } from "../platform/errors.ts";
import type { RejectedRecords, RejectedSample, ReplayedRecord } from "../store/usage-store.ts";
import { describeEvents, type EventBlock } from "./events/event-block.ts";
import type { EventText } from "./events/event-text.ts";
import type { IntakeReceipt, Submission } from "./intake.ts";
import { describeRow, type LineBlock, type LineBlocks, toBlockReceipt } from "./line-block.ts";
import type { Passage } from "./passage.ts";
import { toReceipt, toRejectedRecords, toReplayedRecords } from "./receipt.ts";
import { toSample } from "./rejected-sample.ts";
import type { RejectionReason } from "./rejection.ts";
import { toCaches, toRowColumns } from "./steps/measure-event.ts";

/** What a commit asks of a submission. */
export interface Taken {
  /** How many records, refused ones included. */
  readonly length: number;
  readonly rowCount: number;
  /** The rows, made when they are asked for: they need not wait in memory. Several columns, one behind the other. */
  toRows(): readonly UsageColumns[];
  /** By row: toCaches of steps/measure-event.ts. */
  readonly caches: Uint8Array | null;
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
    toRows: () => [toRowColumns(stored)],
    caches: toCaches(stored),
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

/** Events that have passed the steps on another thread, and the text that they were read from. */
export function buildTakenEvents(block: EventBlock, text: EventText): Taken {
  return {
    length: block.length,
    rowCount: block.rows.length,
    toRows: () => [block.rows],
    caches: null,
    late: block.late,
    toRejected: () => block.rejected,
    toReplayed: () => [],
    ...describeEvents(block, text),
  };
}

/** Lines that have passed the steps on another thread. */
export function buildTakenBlocks({ blocks, length }: LineBlocks): Taken {
  const all = joinTaken(blocks.map(buildTakenBlock));
  return {
    ...all,
    length,
    toReceipt: (duplicates) =>
      addReceipts(all.split(duplicates).map((own, index) => toBlockReceipt(blocks[index] as LineBlock, own))),
  };
}

function buildTakenBlock(block: LineBlock): Taken {
  return {
    length: block.length,
    rowCount: block.rows.length,
    toRows: () => [block.rows],
    caches: block.caches,
    late: block.late,
    toRejected: () => block.rejected,
    toReplayed: () => [],
    describe: (row) => describeRow(block, row),
    toReceipt: (duplicates) => toBlockReceipt(block, duplicates),
  };
}

/** What is taken together. Rows stand one behind another; the receipts of the parts are their own. */
export type JoinedTaken = Omit<Taken, "toReceipt"> & {
  /** Indexes of all rows, ascending -> for each part those of its own rows. */
  split(indexes: readonly number[]): readonly (readonly number[])[];
};

/** Joins what is committed together. */
export function joinTaken(parts: readonly Taken[]): JoinedTaken {
  const starts: number[] = [];
  let [length, rowCount] = [0, 0];
  for (const part of parts) {
    starts.push(rowCount);
    length += part.length;
    rowCount += part.rowCount;
  }
  const startOf = (part: number): number => starts[part] as number;
  return {
    length,
    rowCount,
    toRows: () => parts.flatMap((part) => part.toRows()),
    caches: joinCaches(parts, rowCount),
    late: parts.flatMap((part, index) => part.late.map((row) => startOf(index) + row)),
    toRejected: () => parts.flatMap((part) => part.toRejected()),
    toReplayed: () => parts.flatMap((part) => part.toReplayed()),
    describe(row) {
      const index = starts.findLastIndex((start) => start <= row);
      return (parts[index] as Taken).describe(row - startOf(index));
    },
    split(indexes) {
      let next = 0;
      const all = parts.map((part, index) => {
        const own: number[] = [];
        for (; next < indexes.length; next++) {
          const row = (indexes[next] as number) - startOf(index);
          if (row >= part.rowCount) break;
          own.push(row);
        }
        return own;
      });
      assertInvariant(next === indexes.length, `every row that the store names is one of ${rowCount}`);
      return all;
    },
  };
}

function joinCaches(parts: readonly Taken[], rowCount: number): Uint8Array | null {
  if (parts.every(({ caches }) => caches === null)) return null;
  const joined = new Uint8Array(rowCount);
  let start = 0;
  for (const { caches, rowCount: rows } of parts) {
    if (caches !== null) joined.set(caches, start);
    start += rows;
  }
  return joined;
}

function addReceipts(receipts: readonly IntakeReceipt[]): IntakeReceipt {
  const sum = (name: "received" | "accepted" | "late" | "duplicates" | "rejected") =>
    receipts.reduce((total, receipt) => total + receipt[name], 0);
  const rejectedByReason: Partial<Record<RejectionReason, number>> = {};
  for (const receipt of receipts) {
    for (const [reason, count] of Object.entries(receipt.rejectedByReason)) {
      rejectedByReason[reason as RejectionReason] = (rejectedByReason[reason as RejectionReason] ?? 0) + count;
    }
  }
  const firsts = receipts.flatMap(({ firstEventMs }) => firstEventMs ?? []);
  const lasts = receipts.flatMap(({ lastEventMs }) => lastEventMs ?? []);
  return {
    received: sum("received"),
    accepted: sum("accepted"),
    late: sum("late"),
    duplicates: sum("duplicates"),
    rejected: sum("rejected"),
    rejectedByReason,
    firstEventMs: firsts.length === 0 ? null : Math.min(...firsts),
    lastEventMs: lasts.length === 0 ? null : Math.max(...lasts),
    problems: [],
    results: [],
  };
}
