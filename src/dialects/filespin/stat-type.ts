/**
 * FileSpin's five stat types → our metrics and kinds. The one table of what each figure is made of.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20
 */
import type { UsageKind } from "../../model/usage-event.ts";
import type { MetricName } from "../../model/usage-query.ts";

/** The stat types, as the last segment of every path names them. */
export const STAT_TYPES = ["api", "addons", "transcodes", "storage", "cdn"] as const;

/** One of the stat types above. */
export type StatType = (typeof STAT_TYPES)[number];

/** The stat types whose figures are told apart by operation: an API template, an addon id, a transcode key. */
export type OperationStatType = "api" | "addons" | "transcodes";

/** What the cdn figures can count: bytes sent, or deliveries. */
export const CDN_SUBTYPES = ["traffic", "request"] as const;

/** One of the cdn subtypes above. */
export type CdnSubtype = (typeof CDN_SUBTYPES)[number];

/** The only thing that storage figures count. */
export const STORAGE_SUBTYPE = "ASSET";

/** One metric over the events of one kind; null for all kinds. */
export type StatMeasure = { readonly metric: MetricName; readonly kind: UsageKind | null };

const OPERATION_MEASURES: Readonly<Record<OperationStatType, StatMeasure>> = {
  api: { metric: "requests", kind: "api" },
  addons: { metric: "requests", kind: "addon" },
  transcodes: { metric: "requests", kind: "transcode" },
};

const CDN_MEASURES: Readonly<Record<CdnSubtype, StatMeasure>> = {
  traffic: { metric: "bytes_out", kind: "delivery" },
  request: { metric: "requests", kind: "delivery" },
};

/** True for a text that names a cdn subtype. */
export function isCdnSubtype(text: string): text is CdnSubtype {
  return (CDN_SUBTYPES as readonly string[]).includes(text);
}

/** True for the stat types that are told apart by operation. */
export function isOperationStatType(type: StatType): type is OperationStatType {
  return type in OPERATION_MEASURES;
}

/** What a stat type counts; the subtype decides for cdn only, where its absence means traffic. */
export function toStatMeasure(type: StatType, subtype: string | null): StatMeasure {
  if (isOperationStatType(type)) return OPERATION_MEASURES[type];
  // All kinds: a derivative takes room and a deletion gives it back, not only uploads change what is stored.
  if (type === "storage") return { metric: "stored_bytes", kind: null };
  return CDN_MEASURES[subtype === "request" ? "request" : "traffic"];
}
