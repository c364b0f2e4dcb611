/**
 * What commands say of sources and their lines: a source with its settings, a log to take in, to follow or to try.
 */
import type { SourceFormat } from "../model/source.ts";

/** A source and what is said of it, in the names of the API. */
export type SourceChoice = {
  readonly organization: number;
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
};

/** Files to follow. Left out names and formats are as in LogInput. */
export type FollowInput = {
  readonly organization: number;
  readonly source: string | null;
  readonly format: SourceFormat | "auto";
  /** Files and patterns of files. */
  readonly paths: readonly string[];
};

/** Files being followed. */
export interface FollowAccess {
  /** Reads and commits everything that is in the files now; answers how many records that were. */
  settle(): Promise<number>;
  close(): Promise<void>;
}

/** Lines to try under settings that are said in the names of the API. */
export type TrialInput = {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly format: SourceFormat | "auto";
  readonly space: number | null;
  readonly linesMax: number;
  readonly bytes: AsyncIterable<Uint8Array>;
};

/** One log to take in. */
export type LogInput = {
  readonly organization: number;
  /** Null: it is called as the format is. */
  readonly source: string | null;
  readonly format: SourceFormat | "auto";
  /** The space of the log's records, or null: that of its source. */
  readonly space: number | null;
  /** The space where neither the log nor its source says one, unless the source requires one of its rules; or null. */
  readonly defaultSpace: number | null;
  /** What people call it in the position of a rejected line: the file's name. */
  readonly name: string;
  /** The log's bytes, plain, gzip or zstd (told apart by their first bytes), read once from beginning to end. */
  readonly bytes: AsyncIterable<Uint8Array>;
};
