/**
 * UsageStore: usage on disk. The interface that every engine implements; usage-store.contract.ts is its shared suite.
 * Nothing here assumes that the engine is embedded, nor that one process alone writes to it.
 */
import type { Correction, RememberedEvent } from "../model/correction.ts";
import type { Miscount } from "../model/operations.ts";
import type { KeptRejection, RejectedSample, SourceCounts, SourceHour } from "../model/source.ts";
import type { UsageColumns } from "../model/usage-columns.ts";
import type { MeasureName, UsageKind } from "../model/usage-event.ts";
import type { Dimension, DimensionValue, UsageFilter } from "../model/usage-query.ts";
import type { UsageRow } from "../model/usage-row.ts";
import type { CorrectionOrder, CorrectionOutcome, RevertOrder } from "./correction-order.ts";
import type { RejectedRecords, ReplayableRecord, ReplayedRecord } from "./refused-records.ts";
import type { KeptFrom, ObjectTable, RollupTable, UsageTable } from "./usage-tables.ts";

export { COMMIT_POINTS, type CommitPoint, UPKEEP_POINTS } from "./commit-points.ts";
export {
  DUPLICATE_SAMPLES_MAX,
  REJECTED_SAMPLES_MAX,
  type RejectedRecords,
  type ReplayableRecord,
  type ReplayedRecord,
} from "./refused-records.ts";
export { type KeptFrom, ROLLUP_TABLES, type RollupTable, USAGE_TABLES, type UsageTable } from "./usage-tables.ts";
export type { RejectedSample, SourceCounts };

/** One stream of one source has been read up to `position`: opaque text that its reader wrote and understands. */
export type SourceCheckpoint = {
  readonly organization: number;
  readonly source: string;
  /** What was read: a file's fingerprint, or the empty string for a source with a single stream. */
  readonly stream: string;
  readonly position: string;
  /** The source is complete up to this time (UTC ms); null where that is not known. Never moves back. */
  readonly watermarkMs: number | null;
};

/** What one commit holds. All of it is on disk and counted when `append` resolves, or none of it ever is. */
export type AppendBatch = {
  /** In columns, or as objects, of which columns are made: for few rows, and for tests. */
  readonly rows: UsageColumns | readonly UsageRow[];
  readonly rejected: readonly RejectedRecords[];
  readonly checkpoints: readonly SourceCheckpoint[];
  /** When the batch arrived, UTC ms; facts no earlier than a time that was believed. The dedupe horizon counts from here. */
  readonly receivedMs: number;
  /** Indexes into `rows` of those that are late: counted as such if they are new. None when left out. */
  readonly late?: ReadonlySet<number>;
  /** What the caches say of `rows`, by index: 0 nothing, else a place in CACHE_RESULTS from 1. Left out: nothing of any. */
  readonly caches?: Uint8Array | null;
  /** Says what is kept of row `index` if it is a duplicate; asked for the newest few only. Nothing is kept without it. */
  readonly describeDuplicate?: (index: number) => RejectedSample;
  /** Records that were refused before and are taken in again by this batch. None when left out. */
  readonly replayed?: readonly ReplayedRecord[];
};

/** What became of a batch's rows. */
export type AppendReceipt = {
  /** Indexes into `rows`, ascending, of those whose identity was there before or earlier in the same batch. */
  readonly duplicates: readonly number[];
};

/** A half-open piece of time [startMs, endMs) to read from one table; both are multiples of the table's grain. */
export type ScanSegment = { readonly table: UsageTable; readonly startMs: number; readonly endMs: number };

/** One sum to compute: of `measure`, over rows of `kinds` (null: all kinds). */
export type ScanSum = { readonly measure: MeasureName; readonly kinds: readonly UsageKind[] | null };

/**
 * How rows are told apart by time. `step`: window i is [originMs + i * stepMs, originMs + (i+1) * stepMs); with
 * `isFirstOpen` everything before originMs belongs to window 0. `starts`: window i is [startsMs[i], startsMs[i+1]), the
 * last one open; ascending, at least one.
 */
export type WindowSplit =
  | { readonly split: "step"; readonly originMs: number; readonly stepMs: number; readonly isFirstOpen?: true }
  | { readonly split: "starts"; readonly startsMs: readonly number[] };

/**
 * Two ways to cover the same time: `everything` by tables that need not tell the dimension apart, read without its filter, and
 * `segments` by tables that do, of which only what the filter leaves out is read, and taken away. A window may then have a row
 * of zeros without a record.
 */
export type LeftOut = {
  readonly dimension: Dimension;
  readonly everything: readonly ScanSegment[];
  readonly segments: readonly ScanSegment[];
};

/**
 * One read. The segments are disjoint; their rows are added up together, less what LeftOut takes away. Rows that share (window, group) come back
 * as one. With `keep`, groups whose value is not listed come back as one row per window with `rest` true; `keep`
 * needs exactly one dimension in `groupBy`.
 */
export type UsageScan = {
  readonly organization: number;
  readonly segments: readonly ScanSegment[];
  readonly filter: UsageFilter;
  readonly groupBy: readonly Dimension[];
  readonly sums: readonly ScanSum[];
  /** Null: one window with index 0. */
  readonly windows: WindowSplit | null;
  readonly keep: readonly DimensionValue[] | null;
  /** Rows by window, then by this sum (index into `sums`) if given, then by the group's values; null values last. */
  readonly orderBySum: { readonly sum: number; readonly direction: "asc" | "desc" } | null;
  /** The most rows to return, or null for all. */
  readonly rowsMax: number | null;
  /**
   * The first so many rows in the order of `orderBySum` come as they are, all others added up in one more with `rest`
   * true, if there are others: the largest groups and the rest in one read. Needs one window, `orderBySum` and no `keep`;
   * `rowsMax` is not looked at.
   */
  readonly restAfter?: number;
  /** Rows may come in any order, for a caller who sorts them: to sort by texts, the engine has to look them up. */
  readonly anyOrder?: true;
  /** Further time to read, where `filter` lists nearly every value of a dimension. `segments` may then be empty. */
  readonly leftOut?: LeftOut;
};

/** One row of a read. `sums` are exact; groups without any row in the scan do not appear. */
export type UsageScanRow = {
  readonly windowIndex: number;
  /** One value per dimension of `groupBy`, in its order. */
  readonly group: readonly DimensionValue[];
  readonly rest: boolean;
  readonly sums: readonly bigint[];
};

/** The most differences that are listed; beyond it the store is broken as a whole and the list says nothing more. */
export const DIFFERENCES_MAX = 10_000;

/** A roll-up key whose stored sums differ from what the raw rows add up to. */
export type RollupDifference = {
  readonly table: UsageTable;
  readonly key: Readonly<Record<string, DimensionValue>>;
  readonly measure: MeasureName;
  readonly stored: bigint;
  readonly recomputed: bigint;
};

/** What is in the store, for `doctor` and for the planner. */
export type StoreDescription = {
  readonly engine: string;
  readonly bytesOnDisk: number;
  /** The part of bytesOnDisk that rows are in; the rest is free for new ones. 0 where it is not known. */
  readonly bytesUsed: number;
  readonly rows: Readonly<Record<UsageTable | ObjectTable, number>>;
  /**
   * Rows that compactStep has left to bring in order: what answers are slower by until it has. Those that it lets lie (the
   * running month, a few late ones) are not among them: 0 when it answers false.
   */
  readonly unclusteredRows: Readonly<Record<RollupTable, number>>;
  /** Facts that some roll-up's table does not hold yet; a read adds them up one by one. */
  readonly waitingFacts: number;
  readonly keptFrom: KeptFrom;
  /**
   * Identities that arrived at this time (UTC ms) or later are recognised when they come again. Not simply now minus the
   * horizon: a clock that is set on makes a store forget no faster than time passes.
   */
  readonly rememberedFromMs: number;
  /** How far the clock is ahead of the time that is believed, in ms; 0 while they agree. */
  readonly clockAheadMs: number;
};

/** Facts to write to a file: those of one organization, or of all (null), with a time in [startMs, endMs). */
export type FactExport = {
  readonly organization: number | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly format: "parquet" | "csv";
  /** An absolute path; a file that is there is written over and keeps its rights. */
  readonly file: string;
};

/** Hours to read: those that start in [startMs, endMs), of one source or of all. */
export type HourRange = {
  readonly source?: string;
  readonly startMs: number;
  readonly endMs: number;
  /** The most hours to return, from the first on. */
  readonly rowsMax: number;
};

/** Usage on disk. Every method rejects with AppError `store/unavailable` when the engine cannot answer. */
export interface UsageStore {
  /**
   * Commits a batch: rows that are new are counted, rows that are known (same identity, received within the dedupe
   * horizon) change nothing, rejections and checkpoints are noted, all in one transaction. When it rejects, nothing
   * of the batch is counted and the same batch may be sent again. Calls are committed one after another.
   */
  append(batch: AppendBatch): Promise<AppendReceipt>;

  /** Reads sums. Sees every batch whose `append` has resolved. Never invents a row. */
  scan(scan: UsageScan): Promise<readonly UsageScanRow[]>;

  /** The rows of several scans as of one moment, in their order: of no commit is a part in one and not in another. */
  scanTogether(scans: readonly UsageScan[]): Promise<readonly (readonly UsageScanRow[])[]>;

  /**
   * The same rows in the same order, in pieces, as of the moment when the first piece is asked for: for answers that do
   * not fit into memory. Give it up with `return()` (leaving a `for await` does) or it holds a connection.
   */
  scanStream(scan: UsageScan): AsyncGenerator<readonly UsageScanRow[]>;

  /** The last committed position of a stream, or null where there is none. */
  readCheckpoint(organization: number, source: string, stream: string): Promise<string | null>;

  /** Counts per source, by name; sources that never sent anything do not appear. */
  readSourceCounts(organization: number): Promise<readonly SourceCounts[]>;

  /**
   * What became of the records of each source, by hour: by source, then hour, ascending. Hours without any record do not
   * appear, nor those that were dropped together with the sums per hour.
   */
  readSourceHours(organization: number, range: HourRange): Promise<readonly SourceHour[]>;

  /** The kept rejected records of a source, newest first, at most REJECTED_SAMPLES_MAX. */
  readRejected(organization: number, source: string): Promise<readonly KeptRejection[]>;

  /** The kept rejected records of a source as it takes to take them in again, oldest first. */
  readReplayable(organization: number, source: string): Promise<readonly ReplayableRecord[]>;

  /** The kept duplicates of a source, newest first, at most REJECTED_SAMPLES_MAX; their reason is `duplicate`. */
  readDuplicates(organization: number, source: string): Promise<readonly KeptRejection[]>;

  /**
   * What is remembered of the events with these identities, in their order; null for one that was never accepted or
   * whose raw row has been dropped. Of one that was counted twice, because it came again after the horizon, the newest.
   */
  readEvents(organization: number, identities: readonly Uint8Array[]): Promise<readonly (RememberedEvent | null)[]>;

  /**
   * Takes away what the target's events count and counts the replacements instead, in raw rows and roll-ups, in one
   * transaction. The events themselves stay, and stay known: sent again they are duplicates. Events that do not count
   * (void, never accepted) are left alone, so nothing is ever taken away twice. Rejects with `catalog/conflict` when
   * the range begins before the raw rows that are still kept.
   */
  correct(order: CorrectionOrder): Promise<CorrectionOutcome>;

  /**
   * Takes a correction back: every number is what it would be without it. Null for an unknown one. Rejects with
   * `catalog/conflict` when it was taken back already, when a later correction changed the same events and stands, and
   * when its raw rows have been dropped.
   */
  revertCorrection(order: RevertOrder): Promise<Correction | null>;

  /** Every correction of an organization, newest first. */
  readCorrections(organization: number): Promise<readonly Correction[]>;

  /**
   * Computes every roll-up anew from the raw rows that are still there and puts it in place of the stored one, a
   * month of a roll-up after the other, each in a transaction of its own; appends are committed meanwhile, and what they add is
   * not compared. When it rejects, some months have been put right and the others are as they were. Answers what differed
   * before, at most DIFFERENCES_MAX; an empty list means that nothing did. Times from before toComparedFrom are left as they are.
   */
  rebuildRollups(): Promise<readonly RollupDifference[]>;

  /**
   * Drops what lies before the given times (UTC ms, rounded down to a whole day, for sums per day and per month to a whole
   * month: days and months meet where a month begins) and answers how many rows went. Raw rows stay as long as their identity must be remembered, and roll-ups keep their
   * numbers. Of a roll-up the sums stay and the times go (KeptFrom): a gauge forgets nothing. A clock that is ahead of the time
   * that can have passed drops what it would if it were right: all times are then taken as that much earlier.
   * What is dropped is in readKeptFrom before the first row goes. After that no step changes the answer of a query that keeps
   * to it, appends are committed in between, and what is left when a step fails or the process dies goes the next time.
   */
  deleteExpired(before: KeptFrom): Promise<number>;

  /** What was dropped so far. Cheap: every query asks it. */
  readKeptFrom(): Promise<KeptFrom>;

  /**
   * Does one small piece of upkeep (at most some 200 ms) in a transaction of its own: merges rows with equal keys,
   * brings rows of one thing together. Changes no answer, holds up no append and no scan. Answers whether it did
   * something: call it again soon then, else in a while. An engine that keeps its own rows in order answers false.
   */
  compactStep(): Promise<boolean>;

  /** Writes a copy of everything, as of one moment, to a new file; appends go on meanwhile. */
  backUp(file: string): Promise<void>;

  /** Writes facts to a file with the columns of docs/export.md; answers how many. */
  exportFacts(order: FactExport): Promise<number>;

  /**
   * Holds what is said of every source against what is stored of it, as far as rows are kept; rows of corrections are left
   * out. Empty when its books balance, which they always should. By organization, then source.
   */
  findMiscounts(): Promise<readonly Miscount[]>;

  /** Sizes and row counts. */
  describe(): Promise<StoreDescription>;

  /** Resolves when the engine answers. */
  ping(): Promise<void>;

  /** Finishes the running commit and closes. Calling it twice is harmless; other calls after it reject. */
  close(): Promise<void>;
}
