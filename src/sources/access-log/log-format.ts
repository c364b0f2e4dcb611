/**
 * LogFormat: how the lines of one kind of log are read. Formats are entries of data (formats.ts); what their lines give
 * is decided afterwards, in one place for all of them (to-request.ts).
 */
import type { SourceFormat } from "../../model/source.ts";
import type { CacheResult, SourceSettings } from "../../model/source-settings.ts";
import type { UsageKind } from "../../model/usage-event.ts";
import type { MultipartUpload } from "../../model/usage-row.ts";
import type { Rejection } from "../rejection.ts";
import type { LineParts } from "./parse-line.ts";

/** What an object store says that it did: decides the kind before any rule. */
export type StoreOperation = {
  readonly kind: UsageKind;
  readonly operation: string;
  /** 1, or 0 where nobody asked or another line counts the request. */
  readonly count: number;
  /** Bytes received, for uploads; null: those that the line's own field says. */
  readonly bytesIn: number | null;
  /** What the object is afterwards; null: it does not change, `unknown`: it does and nobody says to what. */
  readonly object: { readonly size: number; readonly exists: boolean } | "unknown" | null;
  /** Which multipart upload it is a request of, where its completion does not say the object's size. */
  readonly upload?: MultipartUpload;
};

/** What stands in one line, read and not yet judged. Holds nothing that may not be stored. */
export type FoundFields = {
  readonly timeMs: number;
  /** `<format>:<request id>`; null: the line has none and is known by its content. */
  readonly id: string | null;
  /** Null where the format has none; then it is `GET`. The empty text is a method that is missing. */
  readonly method: string | null;
  /** What was asked for: `url` has a query perhaps and is encoded, `key` is the name as it is. */
  readonly target: string;
  readonly targetForm: "url" | "key";
  /** 100 to 999, null for none. */
  readonly status: number | null;
  /** False for what no client asked for, such as an expiry: it has no status and is counted all the same. */
  readonly wasAsked: boolean;
  /** NaN: what stands there is no number of bytes. */
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly host: string | null;
  readonly cache: CacheResult | null;
  /** Whom the writer knew the client as; `-` and the empty text are nobody. */
  readonly user: string | null;
  readonly bucket: string | null;
  /** Why the line is no request of its own, where it is none. */
  readonly verdict: Rejection | null;
  readonly store: StoreOperation | null;
  /** There where a header marks the request as the platform's own (model/internal-request.ts). */
  readonly isInternal?: true;
};

/** One line as a format sees it. */
export type LineInput = {
  readonly bytes: Buffer;
  /** False for a last line without line end. */
  readonly isTerminated: boolean;
  /** The line before a last line without line end, where there is one: a whole line of the same file. */
  readonly before?: Buffer | undefined;
  /** True when findForeignBytes would find nothing; when left out, it is asked. */
  readonly isPlain?: boolean;
  /** The names of the columns, from the file's header; null without one. */
  readonly columns: readonly string[] | null;
  /** Which of the records that a line gives: 0, or from 1 on for the objects of a bulk request. */
  readonly part: number;
};

/** The settings that reading a line depends on. */
export type ReadSettings = Pick<SourceSettings, "timeZone" | "fields" | "delimiter" | "fieldMap">;

/** One format. */
export type LogFormat = {
  readonly name: SourceFormat;
  /** Lines in the documented shape, header first where there is one. */
  readonly sample: readonly string[];
  /** Columns in the order of the sample, or the fields of a JSON line that are read. */
  readonly fields: readonly string[];
  /** Where the shape is documented, and the date it was read. */
  readonly see: readonly string[];
  /**
   * What a file of it may begin with: a W3C header (`#Fields:`, anywhere), a row of column names, or the brackets that a batch
   * begins and ends with.
   */
  readonly header: "none" | "w3c" | "csv" | "batch";
  /** How late a line may come and is still expected, in ms, unless the source says otherwise. */
  readonly latenessBoundMs: number;
  /** The longest line that its servers write, in bytes, where that is longer than other logs' lines: see lineBytesMaxOf. */
  readonly lineBytesMax?: number;
  /** True where read gives LineParts. */
  readonly givesParts?: true;
  /** Whether a line that is read is of this format, where others are read, too: asked where the format is guessed. */
  readonly isLikely?: (bytes: Buffer) => boolean;
  /** Reads one line. The reasons come in this order: not-text, unterminated, malformed, missing-field, bad-time. */
  readonly read: (line: LineInput, settings: ReadSettings) => LineParts | FoundFields | Rejection;
};

/** A minute, for the formats that are late by some. */
export const MINUTE_MS = 60_000;

/** How late lines of a followed file come: the writer's buffer. */
export const FILE_LATENESS_MS = 2 * MINUTE_MS;

/** How late pushed lines come: retries. */
export const PUSH_LATENESS_MS = 10 * MINUTE_MS;

/** An hour, for the formats that come in batches. */
export const HOUR_MS = 60 * MINUTE_MS;
