/**
 * The traffic that `assetmeter verify` sends: events whose every field is known from their number, so that the truth
 * needs no store of its own.
 */

/** A CloudEvent of ours and what it counts. */
export type KnownEvent = {
  readonly id: string;
  readonly timeMs: number;
  readonly kind: string;
  readonly space: number | null;
  readonly user: number | null;
  readonly asset: number | null;
  readonly bucket: string | null;
  readonly operation: string;
  readonly count: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly sizeDelta: number;
  readonly objectsDelta: number;
};

/** The source of all of it. */
export const SOURCE = "verify";

const KINDS = ["api", "delivery", "upload", "delete", "transcode", "addon"] as const;
const HOUR_MS = 3_600_000;

/** Events lie in the 48 hours before this long ago: a clock that is an hour slow does not see them in the future. */
const AGE_MS_MIN = 3 * HOUR_MS;

/** Event number `n` of a run that began at `startMs`. Measures differ, so that no mix-up of two of them adds up. */
export function buildEvent(n: number, startMs: number): KnownEvent {
  const kind = KINDS[n % KINDS.length] as string;
  const stores = kind === "upload" ? 1 : kind === "delete" ? -1 : 0;
  return {
    id: `event ${n}`,
    timeMs: startMs - AGE_MS_MIN - ((n * 7919) % (48 * HOUR_MS)),
    kind,
    space: n % 5 === 0 ? null : 1,
    user: n % 3 === 0 ? null : 1 + (n % 7),
    // An asset brings its space along: without a space, none is named.
    asset: n % 4 === 0 || n % 5 === 0 ? null : 1 + (n % 11),
    bucket: n % 2 === 0 ? null : `bucket-${n % 3}`,
    operation: kind === "api" ? `/path/${n % 4}` : "",
    count: 1,
    bytesIn: n % 1000,
    bytesOut: 1_000_000 + n,
    sizeDelta: stores * (500 + (n % 100)),
    objectsDelta: stores,
  };
}

/** The event as it is sent. */
export function toCloudEvent(event: KnownEvent): Record<string, unknown> {
  return {
    specversion: "1.0",
    id: event.id,
    source: SOURCE,
    type: `assetmeter.${event.kind}`,
    time: new Date(event.timeMs).toISOString(),
    data: {
      space_id: event.space,
      user_id: event.user,
      asset_id: event.asset,
      bucket_id: event.bucket,
      operation: event.operation,
      count: event.count,
      bytes_in: event.bytesIn,
      bytes_out: event.bytesOut,
      size_delta: event.sizeDelta,
      objects_delta: event.objectsDelta,
    },
  };
}
