/**
 * What can be set on a source of log lines: how its lines are read, and which of them become what.
 */
import type { UsageKind } from "./usage-event.ts";

/** What stands before each line and is no part of it. */
export const LINE_PREFIXES = ["none", "syslog", "container"] as const;

/** What a log's count of bytes includes, where its format leaves that open. A label: nothing is added or taken away. */
export const BYTES_INCLUDED = ["body", "headers"] as const;

/** What a log says of the cache. */
export const CACHE_RESULTS = ["hit", "miss", "other"] as const;

/** One of the results above. */
export type CacheResult = (typeof CACHE_RESULTS)[number];

/** Patterns of a rule; docs/access-logs.md says what they may hold. All that are given have to match. */
export type RuleMatch = {
  readonly host?: string;
  /** Methods, any of which matches. */
  readonly method?: readonly string[];
  readonly path?: string;
  readonly bucket?: string;
  /** Inclusive bounds of the status. */
  readonly status?: { readonly from: number; readonly to: number };
  readonly cache?: CacheResult;
};

/** What a matching rule sets. Texts may name what a pattern has caught: `{space}`. */
export type RuleSet = {
  readonly kind?: UsageKind;
  readonly space?: string;
  readonly bucket?: string;
  readonly user?: string;
  /** The path or key of the asset. */
  readonly asset?: string;
  readonly operation?: string;
};

/** One mapping rule: of a source's rules the first that matches decides. */
export type MappingRule = { readonly match: RuleMatch } & (
  | { readonly set: RuleSet; readonly ignore?: false }
  | { readonly ignore: true }
);

/** Where the fields of a JSON line stand, as dotted paths. One of `uri`, `path` and `request` says what was asked for. */
export type FieldMap = {
  readonly time: string;
  readonly status: string;
  readonly bytesOut: string;
  readonly method?: string;
  readonly uri?: string;
  readonly path?: string;
  readonly request?: string;
  readonly bytesIn?: string;
  readonly host?: string;
  /** What is unique for each request; several paths together where one is not. */
  readonly id?: readonly string[];
  readonly cacheStatus?: string;
  readonly user?: string;
  /** False where the line is of a shield: the edge writes one of the same request. */
  readonly edge?: string;
  /** True where the line is one half of what is counted elsewhere. */
  readonly subRequest?: string;
};

/** The settings of a source; DEFAULT_SETTINGS holds where nothing is said. */
export type SourceSettings = {
  readonly rules: readonly MappingRule[];
  /** The part of all requests that the log has: above 0, at most 1. */
  readonly sampleRate: number;
  readonly prefix: (typeof LINE_PREFIXES)[number];
  /** The zone of times that are written without one; an IANA name. */
  readonly timeZone: string;
  /** Lines older than this many days are refused; null takes all. */
  readonly oldestDays: number | null;
  readonly bytesInclude: (typeof BYTES_INCLUDED)[number] | null;
  /** The bucket keeps what is overwritten: an upload then never takes the old size away. */
  readonly versioned: boolean;
  /** The columns of lines without a header, in their order; null where the format or a header says them. */
  readonly fields: readonly string[] | null;
  /** What separates the columns of `fields`. */
  readonly delimiter: string;
  readonly fieldMap: FieldMap | null;
  /** What every line must get from a rule or the source; `unmapped` otherwise. */
  readonly requires: "space" | "bucket" | null;
  /** Files and patterns of files that the server follows. */
  readonly paths: readonly string[];
  /** A paused source takes no lines in and is not followed. Events that name it are taken in all the same. */
  readonly paused: boolean;
  /** Of what following decides by itself, what somebody has said: it stays as it was said. */
  readonly chosen: readonly FollowDecision[];
};

/** What of a source is decided anew when it comes to be followed: fields of Source. */
export type FollowDecision = "tracksWatermark" | "latenessBoundMs";

/** What holds where nothing is said. */
export const DEFAULT_SETTINGS: SourceSettings = {
  rules: [],
  sampleRate: 1,
  prefix: "none",
  timeZone: "UTC",
  oldestDays: null,
  bytesInclude: null,
  versioned: false,
  fields: null,
  delimiter: "\t",
  fieldMap: null,
  requires: null,
  paths: [],
  paused: false,
  chosen: [],
};
