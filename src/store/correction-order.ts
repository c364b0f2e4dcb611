/**
 * What a store is told to correct, and what it answers. What a correction is stands in model/correction.ts.
 */
import type { MeasureChange } from "../model/correction.ts";
import type { UsageRow } from "../model/usage-row.ts";

/** Which events of which source a correction takes away; see model/correction.ts. `identities` are those of UsageRow. */
export type CorrectionOrder = {
  readonly organization: number;
  readonly source: string;
  readonly target:
    | { readonly by: "ids"; readonly identities: readonly Uint8Array[] }
    | { readonly by: "range"; readonly startMs: number; readonly endMs: number };
  /** What counts in place of the events with these identities; empty to void. Each identity is among the target's. */
  readonly replacements: readonly UsageRow[];
  readonly reason: string;
  readonly author: string;
  readonly madeMs: number;
  /** True: nothing is changed, only answered what would be. */
  readonly isPreview: boolean;
};

/** What a correction changed, or would change. */
export type CorrectionOutcome = {
  /** Null when there was nothing to change, and for a preview. */
  readonly number: number | null;
  readonly events: number;
  /** By how much every sum over everything changes. */
  readonly change: MeasureChange;
  /** Indexes into the target's `identities` of the events that were changed; empty for a range. */
  readonly changed: readonly number[];
};

/** A correction to take back. */
export type RevertOrder = {
  readonly organization: number;
  readonly number: number;
  readonly reason: string;
  readonly author: string;
  readonly madeMs: number;
};
