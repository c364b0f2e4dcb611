/**
 * The intake: the only way from records to the store. Events over HTTP, imported lines and our own traffic all pass
 * here, so that one set of rules decides what counts.
 */
import type { RawRecord } from "../model/raw-record.ts";
import type { SourceFormat } from "../model/source.ts";
import type { LogFacts, OpenLog } from "./access-log/open-log.ts";
import type { EventText } from "./events/event-text.ts";
import type { LineBlocks } from "./line-block.ts";
import type { RejectionReason } from "./rejection.ts";

/** Records that arrived together, and what is known of all of them. */
export type Submission = {
  readonly organization: number;
  /** The source of the records; events that carry a `source` of their own are counted under that one. */
  readonly source: string;
  readonly format: SourceFormat;
  /** The space of records that name none, or null. */
  readonly space: number | null;
  /** The spaces that the sender may write to; null for all. */
  readonly allowedSpaces: readonly number[] | null;
  /**
   * At most `batchRecordsMax` of the configuration; longer inputs come in several submissions. Lines in blocks have passed
   * the steps already, under what this submission says of them; a text is still to be read.
   */
  readonly records: readonly RawRecord[] | LineBlocks | EventText;
  /** Committed together with the records: where their reader may resume. */
  readonly checkpoint: {
    readonly stream: string;
    readonly position: string;
    readonly watermarkMs: number | null;
  } | null;
};

/** What became of one record. `reason` is set for rejected ones. */
export type RecordResult = {
  readonly index: number;
  /** The event's id where it has a readable one. */
  readonly id: string | null;
  /** `late`: accepted, and older than the source's lateness bound. */
  readonly result: "accepted" | "late" | "duplicate" | "rejected";
  readonly reason: RejectionReason | null;
  readonly detail: string | null;
};

/** What became of a submission, after the commit. received = accepted + duplicates + rejected. */
export type IntakeReceipt = {
  readonly received: number;
  readonly accepted: number;
  /** How many of the accepted ones are late. */
  readonly late: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly rejectedByReason: Readonly<Partial<Record<RejectionReason, number>>>;
  /** Times (UTC ms) of the oldest and newest record that was accepted or a duplicate; null without one. */
  readonly firstEventMs: number | null;
  readonly lastEventMs: number | null;
  /** Those of the results that are duplicates or rejected; empty for lines in blocks. */
  readonly problems: readonly RecordResult[];
  /** One entry per record, in order; empty for lines in blocks. Costs more than `problems`. */
  readonly results: readonly RecordResult[];
};

/** Takes records in. */
export interface Intake {
  /**
   * Runs the step list over the records and commits what is left, together with other submissions that wait at the same
   * moment. A long text is read on a thread meanwhile. Resolves after the commit: accepted means on disk and counted.
   *
   * Rejects, before anything is counted, with `sources/overloaded` when more records wait than the configured bound, after
   * `close`, or when the thread has ended; with `request/too-many` when too much waits for it; with `sources/fields-changed`
   * (steps/stop-at-other-columns.ts); with `catalog/unavailable` or `catalog/not-found` (no such organization); with what
   * readEventText (events/event-text.ts) throws, for a text; and with `store/unavailable` when the commit failed. Then
   * nothing of the submission is counted and it may be sent again.
   */
  submit(submission: Submission): Promise<IntakeReceipt>;

  /** Commits what waits and refuses what comes after. */
  close(): Promise<void>;
}

/** An intake that also reads logs. */
export interface LogIntake extends Intake {
  /** How many records are on their way to be counted. */
  recordsOnTheWay(): number;
  /** Begins to read a log, on a thread: what its pieces give is submitted here. */
  openLog(facts: LogFacts): OpenLog;
}
