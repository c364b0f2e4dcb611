/**
 * Sources: where usage comes from. One stream of events or lines with a name that never changes.
 */

/** How a source's records are written. */
export const SOURCE_FORMATS = ["cloudevents", "combined", "common"] as const;

/** One of the formats above. */
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

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
  readonly createdAtMs: number;
};
