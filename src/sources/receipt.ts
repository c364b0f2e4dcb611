/**
 * Passages after the commit -> what the sender is told, and what the store notes of the refused ones.
 */
import type { UsageColumns } from "../model/usage-columns.ts";
import { REJECTED_SAMPLES_MAX, type RejectedRecords, type ReplayedRecord } from "../store/usage-store.ts";
import type { IntakeReceipt, RecordResult } from "./intake.ts";
import type { Passage } from "./passage.ts";
import { toSample } from "./rejected-sample.ts";
import type { RejectionReason } from "./rejection.ts";
import { type LineSender, printKeptLine } from "./replay/kept-line.ts";

/** The receipt of one submission whose passages have been committed. received = accepted + duplicates + rejected. */
export function toReceipt(passages: readonly Passage[]): IntakeReceipt {
  let duplicates = 0;
  let late = 0;
  let rejected = 0;
  let firstEventMs: number | null = null;
  let lastEventMs: number | null = null;
  const rejectedByReason: Partial<Record<RejectionReason, number>> = {};
  for (const { rejection, isDuplicate, isLate, timeMs } of passages) {
    if (rejection !== null) {
      rejected += 1;
      rejectedByReason[rejection.reason] = (rejectedByReason[rejection.reason] ?? 0) + 1;
      continue;
    }
    if (isDuplicate) duplicates += 1;
    else if (isLate) late += 1;
    if (firstEventMs === null || timeMs < firstEventMs) firstEventMs = timeMs;
    if (lastEventMs === null || timeMs > lastEventMs) lastEventMs = timeMs;
  }
  const received = passages.length;
  const accepted = received - duplicates - rejected;
  const counts = { received, accepted, late, duplicates, rejected, rejectedByReason, firstEventMs, lastEventMs };
  return {
    ...counts,
    // Made when they are asked for: nobody reads five thousand results of an imported file.
    get problems() {
      if (duplicates + rejected === 0) return [];
      return passages.map(toResult).filter(({ result }) => result === "duplicate" || result === "rejected");
    },
    get results() {
      return passages.map(toResult);
    },
  };
}

/** Records that have passed the steps, without the passages. */
export type PassedRecords = {
  /** How many records, refused ones included. */
  readonly length: number;
  readonly rows: Pick<UsageColumns, "length" | "timeMs">;
  /** Indexes of rows, ascending. */
  readonly late: readonly number[];
  readonly rejected: readonly RejectedRecords[];
};

/** The sums of a receipt; `duplicates` are indexes of rows. */
export function countResults(
  { length, rows, late, rejected }: PassedRecords,
  duplicates: readonly number[],
): Omit<IntakeReceipt, "problems" | "results"> {
  const rejectedByReason: Partial<Record<RejectionReason, number>> = {};
  for (const { reason, count } of rejected) {
    rejectedByReason[reason as RejectionReason] = (rejectedByReason[reason as RejectionReason] ?? 0) + count;
  }
  const isDuplicate = new Set(late.length === 0 ? [] : duplicates);
  let [firstEventMs, lastEventMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < rows.length; index++) {
    firstEventMs = Math.min(firstEventMs, rows.timeMs[index] as number);
    lastEventMs = Math.max(lastEventMs, rows.timeMs[index] as number);
  }
  return {
    received: length,
    accepted: rows.length - duplicates.length,
    late: late.filter((index) => !isDuplicate.has(index)).length,
    duplicates: duplicates.length,
    rejected: length - rows.length,
    rejectedByReason,
    firstEventMs: rows.length === 0 ? null : firstEventMs,
    lastEventMs: rows.length === 0 ? null : lastEventMs,
  };
}

/** What became of a passage, after the commit or, if it was refused, after the steps. */
export function toResult(passage: Passage, index: number): RecordResult {
  const { rejection } = passage;
  const id = passage.id === "" ? null : passage.id;
  if (rejection !== null) return { index, id, result: "rejected", reason: rejection.reason, detail: rejection.detail };
  return { index, id, result: acceptedAs(passage), reason: null, detail: null };
}

function acceptedAs({ isDuplicate, isLate }: Passage): RecordResult["result"] {
  if (isDuplicate) return "duplicate";
  return isLate ? "late" : "accepted";
}

/** Passages that came together, and what is known of their sender. */
export type SentPassages = {
  readonly submission: LineSender;
  readonly passages: readonly Passage[];
};

type Refused = { readonly passage: Passage; readonly sender: LineSender };

/**
 * The refused ones among the passages of a commit, per organization, source and reason, with the newest as samples. Those
 * that were refused before are counted already: toReplayedRecords.
 */
export function toRejectedRecords(sent: Iterable<SentPassages>): RejectedRecords[] {
  const groups = new Map<string, Refused[]>();
  for (const { submission, passages } of sent) {
    for (const passage of passages) {
      if (passage.rejection === null || passage.record.form === "kept") continue;
      // Neither a number nor a reason has a space, so the source may have them.
      const key = `${passage.organization} ${passage.rejection.reason} ${passage.source}`;
      const refused = { passage, sender: submission };
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [refused]);
      else group.push(refused);
    }
  }
  return [...groups.values()].map(toRejectedGroup);
}

function toRejectedGroup(group: readonly Refused[]): RejectedRecords {
  const { organization, source, rejection } = (group[0] as Refused).passage;
  const samples = group.slice(-REJECTED_SAMPLES_MAX).map(({ passage, sender }) => {
    const replay = printKeptLine(passage, sender);
    return { ...toSample(passage), ...(replay === undefined ? {} : { replay }) };
  });
  return { organization, source, reason: (rejection as { reason: string }).reason, count: group.length, samples };
}

/** Counts per organization, source and reason of a commit: what several submissions say of the same added up. */
export function mergeRejected(all: readonly RejectedRecords[]): readonly RejectedRecords[] {
  const merged = new Map<string, RejectedRecords>();
  for (const each of all) {
    const key = `${each.organization} ${each.reason} ${each.source}`;
    const before = merged.get(key);
    const count = (before?.count ?? 0) + each.count;
    const samples = [...(before?.samples ?? []), ...each.samples].slice(-REJECTED_SAMPLES_MAX);
    merged.set(key, { ...each, count, samples });
  }
  return [...merged.values()];
}

/** The passages that were refused once and have been taken in again. */
export function toReplayedRecords(passages: Iterable<Passage>): ReplayedRecord[] {
  const replayed: ReplayedRecord[] = [];
  for (const { record, organization, source, rejection } of passages) {
    if (record.form !== "kept") continue;
    const { number, reason, receivedMs } = record;
    replayed.push({ organization, source, number, reason, receivedMs, refusal: rejection });
  }
  return replayed;
}
