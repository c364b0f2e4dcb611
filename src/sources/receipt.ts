/**
 * Passages after the commit -> what the sender is told, and what the store notes of the refused ones.
 */
import { REJECTED_SAMPLES_MAX, type RejectedRecords } from "../store/usage-store.ts";
import type { IntakeReceipt, RecordResult } from "./intake.ts";
import type { Passage } from "./passage.ts";
import { toSample } from "./rejected-sample.ts";
import type { RejectionReason } from "./rejection.ts";

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
    // Made when it is asked for: nobody reads five thousand results of an imported file.
    get results() {
      return passages.map(toResult);
    },
  };
}

function toResult(passage: Passage, index: number): RecordResult {
  const { rejection } = passage;
  const id = passage.id === "" ? null : passage.id;
  if (rejection !== null) return { index, id, result: "rejected", reason: rejection.reason, detail: rejection.detail };
  return { index, id, result: acceptedAs(passage), reason: null, detail: null };
}

function acceptedAs({ isDuplicate, isLate }: Passage): RecordResult["result"] {
  if (isDuplicate) return "duplicate";
  return isLate ? "late" : "accepted";
}

/** The refused ones among the passages of a commit, per organization, source and reason, with the newest as samples. */
export function toRejectedRecords(passages: Iterable<Passage>): RejectedRecords[] {
  const groups = new Map<string, Passage[]>();
  for (const passage of passages) {
    if (passage.rejection === null) continue;
    // Neither a number nor a reason has a space, so the source may have them.
    const key = `${passage.organization} ${passage.rejection.reason} ${passage.source}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [passage]);
    else group.push(passage);
  }
  return [...groups.values()].map(toRejectedGroup);
}

function toRejectedGroup(group: readonly Passage[]): RejectedRecords {
  const { organization, source, rejection } = group[0] as Passage;
  const samples = group.slice(-REJECTED_SAMPLES_MAX).map(toSample);
  return { organization, source, reason: (rejection as { reason: string }).reason, count: group.length, samples };
}
