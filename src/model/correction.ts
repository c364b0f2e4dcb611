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

/** What somebody asks to correct. */
export type CorrectionRequest = {
  readonly organization: number;
  /** `void` takes the target's usage away; `replace` counts these CloudEvents in place of those with the same ids. */
  readonly change:
    | { readonly action: "void"; readonly source: string; readonly target: CorrectionTarget }
    | { readonly action: "replace"; readonly events: readonly unknown[] };
  readonly reason: string;
  readonly author: string;
  readonly isPreview: boolean;
};

/** What a correction changed, or would change. */
export type CorrectionAnswer = {
  /** Null for a preview, and when there was nothing to change: then nothing is noted either. */
  readonly number: number | null;
  readonly source: string;
  /** Events that were changed. */
  readonly events: number;
  readonly change: MeasureChange;
  /** For each id that was named, in order, whether its event was changed; empty for a range. */
  readonly ids: readonly { readonly id: string; readonly isChanged: boolean }[];
};

/** Corrections of accepted usage, and what is remembered of single events. */
export interface Corrections {
  /**
   * Makes a correction, or previews it. Rejects with `request/invalid` when a replacement is no event that could be
   * counted, when two have one id, or when they are of several sources; with `catalog/conflict` when the single events
   * of the range have been dropped.
   */
  correct(request: CorrectionRequest): Promise<CorrectionAnswer>;
  /** Every correction of an organization, newest first. */
  list(organization: number): Promise<readonly Correction[]>;
  /** Takes a correction back. Rejects with `catalog/not-found` and `catalog/conflict`. */
  revert(order: {
    readonly organization: number;
    readonly number: number;
    readonly reason: string;
    readonly author: string;
  }): Promise<Correction>;
  /** What is remembered of the events with these ids of a source, in their order; null for an unknown one. */
  lookUp(organization: number, source: string, ids: readonly string[]): Promise<readonly (RememberedEvent | null)[]>;
}
