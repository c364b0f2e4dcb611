/**
 * What the operator of a server may ask of it as a whole, beyond any organization: recompute, look at, copy and
 * export everything.
 */
import type { UsageQuery } from "./usage-query.ts";

/** A roll-up whose sums were not those of the raw rows. */
export type RollupMismatch = {
  readonly table: string;
  readonly key: Readonly<Record<string, number | string | null>>;
  readonly measure: string;
  readonly stored: bigint;
  readonly recomputed: bigint;
};

/** What a rebuild found. */
export type RebuildReport = {
  /** What differed before; empty when nothing did. */
  readonly differences: readonly RollupMismatch[];
  /** More may have differed than are listed. */
  readonly isCut: boolean;
  /** Roll-ups that were compared only from a time (UTC ms) on: before it they, or raw rows, have been dropped. */
  readonly comparedFrom: Readonly<Partial<Record<string, number>>>;
};

/** A backup that was written. */
export type BackupSummary = {
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
  /** The address of the bucket whose asset files are not in it, and have to be kept otherwise; null: it has them. */
  readonly leftOut: string | null;
};

/** Two numbers of one source that should be equal and are not. */
export type Miscount = {
  readonly organization: number;
  readonly source: string;
  /** Which of its records. */
  readonly outcome: "accepted" | "duplicates" | "rejected";
  /** How many the source's counts say. */
  readonly counted: number;
  /** How many there are as facts, or in the source's counts by hour. */
  readonly found: number;
  readonly against: "facts" | "hours";
  /** Both numbers are of events since this time, UTC ms: facts from before it have been dropped. Null: of all. */
  readonly sinceMs: number | null;
};

/** What the store holds, and where it has work left. */
export type StoreReport = {
  readonly engine: string;
  readonly bytesOnDisk: number;
  /** The part of bytesOnDisk that rows are in; the rest is free for new ones. */
  readonly bytesUsed: number;
  /** Rows per table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rows per roll-up that compaction has left to bring in order; those that it lets lie are not among them. */
  readonly unclusteredRows: Readonly<Record<string, number>>;
  /** Facts that some roll-up's table does not hold yet; a read adds them up one by one. */
  readonly waitingFacts: number;
  /** Tables from which rows before a time (UTC ms) have been dropped. */
  readonly keptFrom: Readonly<Partial<Record<string, number>>>;
  /** Arrivals since this time (UTC ms) are recognised when they come again. */
  readonly rememberedFromMs: number;
  /** How far the machine's clock is ahead of the time by which ids are forgotten and rows dropped, in ms. */
  readonly clockAheadMs: number;
  /** The slowest queries since the process began, slowest first. */
  readonly slowQueries: readonly SlowQuery[];
  /** Where what is said of a source is not what is stored; empty when its books balance. */
  readonly miscounts: readonly Miscount[];
};

/** One query that took long. */
export type SlowQuery = {
  readonly durationMs: number;
  /** When it ended, UTC ms. */
  readonly timeMs: number;
  readonly query: UsageQuery;
  /**
   * What was read, one line per piece: `usage_raw 2026-03-01T00:00:00.000Z to 2026-03-02T00:00:00.000Z`, with the number of the read before it
   * where there were several, as `2: usage_…`.
   */
  readonly plan: readonly string[];
};

/** Formats of an export. */
export const EXPORT_FORMATS = ["parquet", "csv"] as const;

/** Which facts to write, where to. */
export type ExportOrder = {
  /** Null: of every organization. */
  readonly organization: number | null;
  /** Facts with a time in [startMs, endMs), UTC ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly format: (typeof EXPORT_FORMATS)[number];
  /** An absolute path on the server's machine; a file that is there is not replaced. */
  readonly file: string;
};

/** An export that was written. */
export type ExportSummary = { readonly file: string; readonly rows: number; readonly bytes: number };

/** Work on everything that a server holds. */
export interface Operations {
  /** Computes every roll-up anew and answers what differed before. */
  rebuild(): Promise<RebuildReport>;
  /**
   * Copies store, catalogue and files as of one moment to a folder that is not there or empty; nothing is left of a copy that
   * fails. Rejects with `catalog/conflict` for another folder, and while another copy is being written.
   */
  backUp(directory: string): Promise<BackupSummary>;
  /** Looks at the store. */
  describe(): Promise<StoreReport>;
  /**
   * Writes facts to a file, which has its name only when it is whole; docs/export.md has its columns. Rejects with
   * `query/invalid` where single facts of the range have been dropped, with `catalog/conflict` for a file that is there or is
   * being written, and with `request/invalid` where none can be.
   */
  exportUsage(order: ExportOrder): Promise<ExportSummary>;
}
