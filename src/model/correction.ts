/**
 * Corrections: taking accepted usage back, or putting other usage in its place. What is asked, and what is remembered.
 */
import type { UsageKind, UsageMeasures } from "./usage-event.ts";

/**
 * Which events a correction is about: those with these ids, or every event of the source with a time in the half-open
 * range [startMs, endMs) (UTC ms).
 */
export type CorrectionTarget =
  | { readonly by: "ids"; readonly ids: readonly string[] }
  | { readonly by: "range"; readonly startMs: number; readonly endMs: number };

/** A correction that was made. Numbers count through all organizations; nobody sees another's. */
export type Correction = {
  readonly number: number;
  readonly organization: number;
  readonly action: "void" | "replace";
  readonly source: string;
  /** The range of time (UTC ms, half-open) whose events were meant; null where they were named by id. */
  readonly range: { readonly startMs: number; readonly endMs: number } | null;
  /** Events that it changed. Those that were void already, or never counted, are not among them. */
  readonly events: number;
  readonly reason: string;
  /** Id and name of the token that asked. */
  readonly author: string;
  readonly madeMs: number;
  /** Who took it back, when (UTC ms) and why; null while it stands. */
  readonly reverted: { readonly reason: string; readonly author: string; readonly timeMs: number } | null;
};

/** By how much a correction changes the sums over everything: exact, most often negative. */
export type MeasureChange = { readonly [Name in keyof UsageMeasures]: bigint };

/** What is remembered of an event that was accepted: as it counts after all corrections, or as it was if it is void. */
export type RememberedEvent = UsageMeasures & {
  readonly receivedMs: number;
  readonly timeMs: number;
  readonly kind: UsageKind;
  /** False: voided, it counts for nothing. */
  readonly counts: boolean;
  /** Numbers of the corrections that changed it, ascending, reverted ones too. */
  readonly corrections: readonly number[];
};
