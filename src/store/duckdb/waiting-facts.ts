/**
 * Which facts the roll-ups' tables may not hold yet, in memory: by commit, and from when to when they happened. A question
 * about a time in which none of them lies reads the tables alone; a second table in a statement costs 0.7 ms to plan, and
 * 100,000 facts take 3 ms to read.
 */
import type { UsageColumns } from "../../model/usage-columns.ts";
import type { TimeRange } from "../../model/usage-query.ts";
import type { UsageRow } from "../../model/usage-row.ts";

/** Says that what was noted last wrote no fact. To be called before anything else is noted. */
export type TakeBack = () => void;

/** What waits. Never less than what is committed. */
export interface WaitingFacts {
  /** Notes a commit before anybody may see it. Numbers ascend. */
  note(commitNumber: number, span: TimeRange): TakeBack;
  /** Forgets the commits up to this one: every table holds them. */
  settle(commitNumber: number): void;
  /** False: no fact of a later commit than this one lies in the range. */
  mayHave(afterCommit: number, range: TimeRange): boolean;
}

/** Commits that are noted together: a server that is sent single events makes 100,000 of them before they are rolled up. */
const COMMITS_TOGETHER = 1_000;

/** Some commits that followed one another. */
type Noted = TimeRange & { readonly lastCommit: number; readonly commits: number };

/** A span that nothing is known of. */
export const ANY_SPAN: TimeRange = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };

/** Nothing waits. */
export function buildWaitingFacts(): WaitingFacts {
  let noted: readonly Noted[] = [];
  return {
    note: (lastCommit, { startMs, endMs }) => {
      const before = noted;
      const last = noted.at(-1);
      if (last === undefined || last.commits >= COMMITS_TOGETHER) {
        noted = [...noted, { startMs, endMs, lastCommit, commits: 1 }];
      } else {
        const span = { startMs: Math.min(last.startMs, startMs), endMs: Math.max(last.endMs, endMs) };
        noted = [...noted.slice(0, -1), { ...span, lastCommit, commits: last.commits + 1 }];
      }
      const after = noted;
      return () => {
        // Where something was forgotten meanwhile, what is left says too much, which costs time and nothing else.
        if (noted === after) noted = before;
      };
    },
    settle: (commitNumber) => {
      noted = noted.filter(({ lastCommit }) => lastCommit > commitNumber);
    },
    mayHave: (afterCommit, range) =>
      noted.some(
        ({ lastCommit, startMs, endMs }) => lastCommit > afterCommit && startMs < range.endMs && endMs > range.startMs,
      ),
  };
}

/** From when to when the facts of a batch happened; an empty range without any. */
export function spanOf(rows: readonly UsageRow[] | UsageColumns): TimeRange {
  let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const times = "identities" in rows ? rows.timeMs.subarray(0, rows.length) : rows.map(({ timeMs }) => timeMs);
  for (const timeMs of times) {
    if (timeMs < firstMs) firstMs = timeMs;
    if (timeMs > lastMs) lastMs = timeMs;
  }
  return { startMs: firstMs, endMs: lastMs + 1 };
}
