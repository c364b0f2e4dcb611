/**
 * Sources: where usage comes from, one stream of events or lines with a name that never changes; and what became of
 * what they sent.
 */
import type { CacheResult, SourceSettings } from "./source-settings.ts";
import type { UsageKind } from "./usage-event.ts";

/** How a source's records are written. */
export const SOURCE_FORMATS = [
  "cloudevents",
  "combined",
  "common",
  "vhost-combined",
  "caddy-json",
  "s3",
  "cloudfront",
  "cloudfront-realtime",
  "cloudflare-http",
  "fastly-json",
  "fastly-classic",
  "gcs-usage",
  "minio-audit",
  "bunny",
  "json-lines",
] as const;

/** One of the formats above. */
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

/** The formats that are logs: everything but events, which have an endpoint of their own. */
export const LOG_FORMATS = SOURCE_FORMATS.filter((format) => format !== "cloudevents");

/**
 * A source of one organization. `name` is part of every identity: renaming a source would count everything again.
 * A source that `tracksWatermark` is a log that arrives over time: it is complete up to its watermark only. Any other
 * source (events, imported files) is complete up to now minus `latenessBoundMs`.
 */
export type Source = {
  readonly organization: number;
  readonly name: string;
  readonly format: SourceFormat;
  /** The space of records that name none, or null. */
  readonly space: number | null;
  /** How late a record may arrive and still be expected, in milliseconds. */
  readonly latenessBoundMs: number;
  readonly tracksWatermark: boolean;
  /** Whether assets, buckets and users that the catalogue does not have are added by the first record naming them. */
  readonly registersUnknown: boolean;
  readonly settings: SourceSettings;
  readonly createdAtMs: number;
};

/** True where a source decides itself which spaces its lines are of: it has one, or refuses lines that its rules give none. */
export function decidesSpace({ space, settings }: Source): boolean {
  return space !== null || settings.requires === "space";
}

/** What one source has sent so far. received = accepted + duplicates + the sum of rejected, always. */
export type SourceCounts = {
  readonly source: string;
  readonly received: number;
  readonly accepted: number;
  /** How many of the accepted ones were older than the source's lateness bound when they arrived. */
  readonly late: number;
  readonly duplicates: number;
  readonly rejected: Readonly<Record<string, number>>;
  /** Times (UTC ms) of the oldest and newest accepted event, null without one. */
  readonly firstEventMs: number | null;
  readonly lastEventMs: number | null;
  /** Up to when the source is complete (UTC ms); the smallest over its streams, null without one. */
  readonly watermarkMs: number | null;
};

/**
 * What became of a source's records in one hour of UTC. The accepted ones, and the late ones among them, have their own
 * time in this hour; duplicates and refused ones arrived in it. Added up over all hours these are the SourceCounts.
 */
export type SourceHour = {
  readonly source: string;
  /** Start of the hour, UTC ms. */
  readonly hourMs: number;
  readonly accepted: number;
  readonly late: number;
  readonly duplicates: number;
  /** How many of the duplicates came with other measures than the record that was counted. */
  readonly duplicatesDiffer: number;
  /** How many of the accepted ones were answered from a cache, not from it, or in some other way; logs that say it. */
  readonly cache: Readonly<Record<CacheResult, number>>;
  /** How many of the accepted ones stored an object of which nobody said the size: it counts no bytes and no object. */
  readonly sizeUnknown: number;
  /** Counts per reason; reasons that did not occur do not appear. */
  readonly rejected: Readonly<Record<string, number>>;
};

/** One refused record: where it stood, what was wrong with it, and the first bytes of what arrived. */
export type RejectedSample = {
  readonly position: string;
  readonly detail: string;
  readonly text: string;
  /** The event's id where it was readable; absent for lines and for what has none. */
  readonly id?: string;
  /** What it takes to take the record in again, in words of the intake; absent where it cannot be. */
  readonly replay?: string;
};

/** A refused record as it is looked at later. `receivedMs` (UTC ms) is when its batch arrived. */
export type KeptRejection = Omit<RejectedSample, "replay"> & {
  readonly reason: string;
  readonly receivedMs: number;
  /** True where it can be taken in again. */
  readonly canReplay?: true;
};

/**
 * What became of the kept refused records of a source that were taken in again. received = accepted + duplicates +
 * rejected.
 */
export type ReplayTotals = IntakeTotals & {
  /** Kept ones that were not tried, because what is kept of them is not enough, by the reason of their refusal. */
  readonly notReplayable: Readonly<Record<string, number>>;
  /** Refused records of the source of which nothing is kept any more. */
  readonly notKept: number;
};

/** What one line of a log would become. */
export type LineTrial = { readonly position: string } & (
  | { readonly rejected: string; readonly detail: string }
  | {
      readonly rejected: null;
      readonly event: {
        readonly timeMs: number;
        readonly kind: UsageKind;
        readonly operation: string;
        readonly space: number | null;
        readonly bucket: string | null;
        readonly user: number | null;
        /** The path or key of the asset, or null. */
        readonly asset: string | null;
        readonly count: number;
        readonly bytesIn: number;
        readonly bytesOut: number;
        /** What an upload or deletion says that the object is afterwards, in bytes; null where it says nothing. */
        readonly size: number | null;
      };
    }
);

/** What became of a log, how much it was, and what it was taken for: null where its sender may not know that. */
export type LogTotals = IntakeTotals & LogExtent & { readonly source: string; readonly format: SourceFormat | null };

/** How much of a log was read, and of which time. */
export type LogExtent = {
  /** Bytes as they were sent: packed ones of a packed log. */
  readonly bytes: number;
  /** How many of the accepted lines were older than the source's lateness bound. */
  readonly late: number;
  /** Times (UTC ms) of the oldest and newest line that was accepted or a duplicate; null without one. */
  readonly firstEventMs: number | null;
  readonly lastEventMs: number | null;
};

/** What became of records that were taken in. received = accepted + duplicates + rejected. */
export type IntakeTotals = {
  readonly received: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** Counts per reason; reasons that did not occur do not appear. */
  readonly rejectedByReason: Readonly<Record<string, number>>;
};

/**
 * Where records are counted whose own source and whose submission's source are both too many, so that a sender who
 * makes up names cannot fill the counters either. One more source than the bound.
 */
export const OTHER_SOURCE = "(other)";
