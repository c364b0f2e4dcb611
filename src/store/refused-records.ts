/**
 * Refused records as a store keeps them: counted by reason, the newest for people to look at and to be taken in again.
 */
import type { RejectedSample } from "../model/source.ts";

/** Records of one source that were refused for one reason, with the newest of them for people to look at. */
export type RejectedRecords = {
  readonly organization: number;
  readonly source: string;
  readonly reason: string;
  readonly count: number;
  /** At most REJECTED_SAMPLES_MAX, oldest first; secrets already removed. */
  readonly samples: readonly RejectedSample[];
};

/** How many refused records are kept per source; older ones go. A flood of bad records must not fill the disk. */
export const REJECTED_SAMPLES_MAX = 100;

/** A kept refused record as it takes to take it in again. */
export type ReplayableRecord = {
  /** Larger than that of every record that was refused before. */
  readonly number: number;
  readonly reason: string;
  readonly receivedMs: number;
  readonly position: string;
  /** The text that whoever refused it has written for that; empty where it cannot be taken in again. */
  readonly replay: string;
};

/**
 * A kept refused record that was taken in again. It leaves the kept ones and is no longer counted as refused: it is
 * counted as what the batch's row of it becomes. Refused once more, it stays, and is counted under its new reason.
 */
export type ReplayedRecord = Pick<ReplayableRecord, "number" | "reason" | "receivedMs"> & {
  readonly organization: number;
  readonly source: string;
  readonly refusal: { readonly reason: string; readonly detail: string } | null;
};

/** Duplicates kept of one source and commit, at most: a log that is sent again is duplicates from end to end. */
export const DUPLICATE_SAMPLES_MAX = 20;
