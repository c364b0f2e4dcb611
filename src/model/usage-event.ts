/**
 * UsageEvent: one normalised fact about the use of an asset, bucket or API. Pure types and bounds.
 */

/** What a fact is about. docs/metrics.md says what each kind counts. */
export const USAGE_KINDS = ["api", "delivery", "upload", "delete", "transcode", "addon"] as const;

/** One of the kinds above. */
export type UsageKind = (typeof USAGE_KINDS)[number];

/** The largest measure of one event: 2^53 - 1, the last integer that JSON readers keep. Sums may pass it. */
export const MEASURE_MAX = Number.MAX_SAFE_INTEGER;

/** The additive quantities of one event: integers, from 0 to MEASURE_MAX; the two deltas from -MEASURE_MAX. */
export type UsageMeasures = {
  readonly count: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly sizeDelta: number;
  readonly objectsDelta: number;
};

/** The names of the measures, in the order in which every table and printout has them. */
export const MEASURES = [
  "count",
  "bytesIn",
  "bytesOut",
  "sizeDelta",
  "objectsDelta",
] as const satisfies readonly (keyof UsageMeasures)[];

/** The name of one measure. */
export type MeasureName = (typeof MEASURES)[number];

/**
 * One fact. `id` is unique within (organization, source): the same identity again is a duplicate and changes nothing.
 * `timeMs` is UTC milliseconds. Absent things are null; an absent operation is the empty string.
 */
export type UsageEvent = UsageMeasures & {
  readonly id: string;
  readonly source: string;
  readonly timeMs: number;
  readonly organization: number;
  readonly kind: UsageKind;
  readonly space: number | null;
  readonly user: number | null;
  readonly bucket: string | null;
  readonly asset: number | null;
  readonly operation: string;
};
