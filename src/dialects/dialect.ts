/**
 * Dialect: one vendor's way to ask and answer. The interface that dialects/registry.ts lists and http/ mounts, and what
 * every dialect is built from.
 */
import type { TSchema } from "typebox";
import type { Sessions } from "../access/sessions.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { FileStore } from "../files/file-store.ts";
import type { Corrections } from "../model/correction.ts";
import type { Operations } from "../model/operations.ts";
import type { CredentialForm, Route, RouteAnswer } from "../model/route.ts";
import type {
  KeptRejection,
  LogTotals,
  ReplayTotals,
  SourceCounts,
  SourceFormat,
  SourceHour,
} from "../model/source.ts";
import type { UsageQuery } from "../model/usage-query.ts";
import type { UsageResult } from "../model/usage-result.ts";
import type { Clock } from "../platform/clock.ts";
import type { AppError } from "../platform/errors.ts";
import type { StreamedResult } from "../query/stream-query.ts";
import type { Intake } from "../sources/intake.ts";

/** What every dialect is built from. A dialect sees the store only through the functions here. */
export type DialectDeps = {
  readonly catalog: Catalog;
  /** The bytes of assets. */
  readonly files: FileStore;
  readonly intake: Intake;
  /** Logs people in, and gives out and reads what they are known by afterwards. */
  readonly sessions: Sessions;
  /** Answers one query; rejects with `query/…` for one that cannot be answered and with `store/unavailable`. */
  readonly runQuery: (query: UsageQuery) => Promise<UsageResult>;
  /** Answers one query in pieces, for any number of rows; refuses what needs all of them first. */
  readonly streamQuery: (query: UsageQuery) => Promise<StreamedResult>;
  /**
   * Up to when the usage of an organization is known. `untilMs(space)` is the UTC ms up to which every source feeding
   * that space has delivered everything, for null every source of the organization; never in the future.
   */
  readonly readCompleteness: (organization: number) => Promise<{ untilMs(space: number | null): number }>;
  /** Counts per source, by name; sources that never sent anything do not appear. */
  readonly readSourceCounts: (organization: number) => Promise<readonly SourceCounts[]>;
  /**
   * What became of the records of each source (or of one) by hour, for hours that start in [startMs, endMs), UTC ms; at
   * most `rowsMax`. By source, then hour; hours without any record do not appear.
   */
  readonly readSourceHours: (
    organization: number,
    range: { readonly source?: string; readonly startMs: number; readonly endMs: number; readonly rowsMax: number },
  ) => Promise<readonly SourceHour[]>;
  /** The kept rejected records of one source, newest first, at most 100. */
  readonly readRejected: (organization: number, source: string) => Promise<readonly KeptRejection[]>;
  /** The kept duplicates of one source, newest first, at most 100. */
  readonly readDuplicates: (organization: number, source: string) => Promise<readonly KeptRejection[]>;
  /** Takes accepted usage back or replaces it, and says what is remembered of single events. */
  readonly corrections: Corrections;
  /** Work on everything that the server holds, for its operator alone. */
  readonly operations: Operations;
  /** Takes a whole access log in; see LogImport. Resolves after the last commit. */
  readonly importLog: (log: LogImport) => Promise<LogTotals>;
  /**
   * Takes the kept refused lines of a source in again, into the given spaces only (null: all). Rejects with
   * `catalog/not-found`, `sources/paused`, and what the intake rejects with.
   */
  readonly replayRejected: (order: {
    readonly organization: number;
    readonly source: string;
    readonly allowedSpaces: readonly number[] | null;
  }) => Promise<ReplayTotals>;
  readonly clock: Clock;
  readonly limits: DialectLimits;
  /**
   * Host name that the CDN delivers from of an organization that has none of its own; empty: the one that each request
   * was made to.
   */
  readonly cdnHost: string;
};

/** An access log to take in. What stands before damage or a broken connection stays counted. */
export type LogImport = {
  readonly organization: number;
  /** Null: it is called as the format is. */
  readonly source: string | null;
  /** `auto`: what the source is of, or what the first lines look like. */
  readonly format: SourceFormat | "auto";
  /** The space of all lines, or null: that of the source. */
  readonly space: number | null;
  /** The space where neither the log nor its source says one, unless the source requires one of its rules; or null. */
  readonly defaultSpace: number | null;
  /** The spaces that the sender may write to; null for all. */
  readonly allowedSpaces: readonly number[] | null;
  /** What to call the log in positions of rejected lines. */
  readonly name: string;
  /** Plain, gzip or zstd: told apart by the first bytes. Read once, from beginning to end. */
  readonly bytes: AsyncIterable<Uint8Array>;
};

/** The bounds of the configuration that dialects hold to. */
export type DialectLimits = {
  /** Records of one submission, at most. */
  readonly batchRecordsMax: number;
  /** Bytes of one event, at most. */
  readonly eventBytesMax: number;
  /** Sources of one organization, at most. */
  readonly sourcesPerOrganizationMax: number;
  /** Rows of one answer, at most. */
  readonly queryRowsMax: number;
  /** Days that one query may span, at most. */
  readonly queryDaysMax: number;
  /** Requests per second of one token, at most; 0 for no bound. The server refuses what goes over it. */
  readonly requestsPerSecondMax: number;
  /** Bytes of one uploaded file, at most. */
  readonly uploadBytesMax: number;
};

/** What a dialect needs to know of a request whose route was not found or failed. */
export type FailedRequest = {
  readonly method: string;
  readonly path: string;
  /** Methods that the path does answer, for `request/method-not-allowed`; empty otherwise. */
  readonly allowedMethods: readonly string[];
  /** As in RouteRequest: how many more requests may be sent in this second, where that is known. */
  readonly requestsLeft?: number;
};

/** One vendor's dialect. */
export interface Dialect {
  /** Shown in OpenAPI as the tag and in logs. */
  readonly name: string;
  /**
   * Paths that begin with one of these are this dialect's: it words their errors, also for unknown routes. Whole
   * segments are compared (`/v1` owns `/v1/spaces`, not `/v10`), the longest prefix wins, `/` owns what nobody else does.
   */
  readonly pathPrefixes: readonly string[];
  /** A fixed prefix under which every route answers too, `/flashback`; all below it is this dialect's. Null for none. */
  readonly mountedUnder: string | null;
  /** True: the server checks query and path parameters against the routes' schemas. False: the schemas document. */
  readonly validatesBySchema: boolean;
  /** Which refusal wins when parameters are bad and the scope is missing as well. */
  readonly refusesFirst: "scope" | "parameters";
  readonly routes: readonly Route[];
  /** Where OpenAPI says that credentials go, by name, any one of them suffices; a bearer token when left out. */
  readonly credentialForms?: Readonly<Record<string, CredentialForm>>;
  /** The body of its errors, for OpenAPI, which otherwise says of them only when they are answered. */
  readonly errorForm?: { readonly mediaType: string; readonly schema: TSchema };
  /** The secret that the request presents, or null without one. Header names are lower-case. */
  readCredential(request: {
    readonly path: string;
    readonly query: URLSearchParams;
    readonly headers: Readonly<Record<string, string | undefined>>;
  }): string | null;
  /** The vendor's form of an error: status, headers and body. Must not show more than the error's public message. */
  toErrorAnswer(error: AppError, request: FailedRequest): RouteAnswer;
}
