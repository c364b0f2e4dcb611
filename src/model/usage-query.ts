/**
 * UsageQuery: the one question that every dialect translates to.
 */
import type { UsageKind } from "./usage-event.ts";

/** What usage can be filtered and grouped by. */
export const DIMENSIONS = ["space", "user", "bucket", "asset", "kind", "operation"] as const;

/** One of the dimensions above. The organization is not among them: every query has exactly one. */
export type Dimension = (typeof DIMENSIONS)[number];

/** The metrics of docs/metrics.md; meter/metrics.ts says how each is computed. */
export const METRICS = [
  "requests",
  "bytes_in",
  "bytes_out",
  "traffic",
  "size_change",
  "objects_change",
  "stored_bytes",
  "objects",
] as const;

/** One of the metrics above. */
export type MetricName = (typeof METRICS)[number];

/** Lengths of windows; `none` is one window for the whole range. Weeks are ISO weeks and begin on Monday. */
export const WINDOW_UNITS = ["none", "minute", "hour", "day", "week", "month", "year"] as const;

/** One of the lengths above. */
export type WindowUnit = (typeof WINDOW_UNITS)[number];

/**
 * A value of a dimension: numbers for space, user and asset, text for bucket, kind and operation.
 * Null stands for events that have no such thing (an API request without a space).
 */
export type DimensionValue = number | string | null;

/** A half-open range of time [startMs, endMs) in UTC milliseconds. */
export type TimeRange = { readonly startMs: number; readonly endMs: number };

/** For each dimension the values that count; an absent dimension counts all. An empty list counts nothing. */
export type UsageFilter = {
  readonly space?: readonly (number | null)[];
  readonly user?: readonly (number | null)[];
  readonly bucket?: readonly (string | null)[];
  readonly asset?: readonly (number | null)[];
  readonly kind?: readonly UsageKind[];
  readonly operation?: readonly string[];
};

/**
 * One question. Windows partition the range; the first and the last may be cut by it.
 * `top` keeps the `groups` groups with the largest total of `metric` over the range and adds up all others in one
 * rest group (`UsageResultRow.rest`); it needs exactly one dimension in `groupBy`.
 * `empty: "zero"` gives every group a row in every window; `"omit"` leaves out windows without a record.
 * Gauges (stored_bytes, objects) hold their value through windows without a record, so `"omit"` leaves them out only
 * where neither the window nor anything before it has a record.
 */
export type UsageQuery = {
  readonly organization: number;
  readonly metrics: readonly MetricName[];
  readonly range: TimeRange;
  readonly filter: UsageFilter;
  readonly groupBy: readonly Dimension[];
  /**
   * For the metrics named here only events of these kinds count, and rows are not told apart for it. A record of any
   * other kind makes a row all the same if another metric counts it. Metrics that count some kinds only cannot be named.
   */
  readonly kindsOf?: Readonly<Partial<Record<MetricName, readonly UsageKind[]>>>;
  /**
   * The filter of this dimension lists nearly every value that there is. Changes no number: what the list leaves out may be
   * taken away from the sum of everything, which reads less where it is little.
   */
  readonly listsMost?: Dimension;
  readonly window: WindowUnit;
  /**
   * How many units one window is long, 1 unless said. More than one only for `minute` and `hour` in UTC: such windows
   * begin at whole multiples of their length since 1970 (six hours: 00:00, 06:00, 12:00, 18:00).
   */
  readonly windowLength?: number;
  /** An IANA name such as `Europe/Berlin`, or `UTC`. Decides where days, weeks, months and years begin. */
  readonly timeZone: string;
  /**
   * What becomes of a range of which only sums of whole hours, days or months are left. Left out, each sum counts where it
   * begins, and what cannot be told apart is refused. `"widen"`: the range grows outwards to whole ones, and windows that are
   * shorter become as long, so that there is an answer, which counts what lies around the range too. `"widen-range"`: the range
   * alone does, windows stay, and what is left as one sum counts in the window in which it begins.
   */
  readonly whereDropped?: "widen" | "widen-range";
  readonly top?: { readonly groups: number; readonly metric: MetricName };
  /** Rows are in ascending window order; inside a window by the metric named here, or by the group's values. */
  readonly order: { readonly by: "group" } | { readonly by: MetricName; readonly direction: "asc" | "desc" };
  readonly empty: "omit" | "zero";
  /** The most rows that are answered; one more is the error `query/too-many-rows`. */
  readonly rowsMax: number;
};
