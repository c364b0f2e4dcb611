/**
 * Faults on purpose, for `assetmeter verify` and the tests: a server that kills itself or fails at a named point of a
 * commit, and one whose clock is wrong. Never set in earnest; config.ts reads them from ASSETMETER_TEST_… alone.
 */
import type { Clock } from "./platform/clock.ts";
import type { CommitPoint } from "./store/usage-store.ts";

/** What a server is told to do wrong. */
export type TestFaults = {
  /** Kill this process, or fail the commit, at the n-th time that commits pass the point. Null: nothing. */
  readonly commit: { readonly does: "kill" | "fail"; readonly point: CommitPoint; readonly time: number } | null;
  /** After how many facts roll-ups are brought up to date; null for the store's own number. */
  readonly rollUpFactsMin: number | null;
  /** From how many rows on roll-ups are tidied up; null for the store's own numbers. */
  readonly compactionRowsMin: number | null;
  /** Bytes of the store's log from which on it is moved into the store's file; null for the store's own number. */
  readonly logBytesMax: number | null;
  /** Milliseconds that are added to the machine's clock; negative sets it back. */
  readonly clockOffsetMs: number;
  /** True where the clock is believed at once: what a server that has run for as long as it is set on would do. */
  readonly clockIsBelieved: boolean;
};

/** Nothing wrong: what every server in earnest has. */
export const NO_FAULTS: TestFaults = {
  commit: null,
  rollUpFactsMin: null,
  compactionRowsMin: null,
  logBytesMax: null,
  clockOffsetMs: 0,
  clockIsBelieved: false,
};

/** A function that the store calls at each point of a commit, or undefined where nothing is to happen. */
export function buildCommitFault({ commit }: TestFaults): ((point: CommitPoint) => void) | undefined {
  if (commit === null) return undefined;
  let left = commit.time;
  return (point) => {
    if (point !== commit.point || --left !== 0) return;
    // SIGKILL, because it cannot be handled: nothing is flushed, closed or said.
    if (commit.does === "kill") process.kill(process.pid, "SIGKILL");
    throw new Error(`Failed at ${point} because ASSETMETER_TEST_FAULT says so.`);
  };
}

/** The clock, wrong by as much as is asked. */
export function buildFaultyClock(clock: Clock, { clockOffsetMs }: TestFaults): Clock {
  return clockOffsetMs === 0 ? clock : { now: () => clock.now() + clockOffsetMs };
}
