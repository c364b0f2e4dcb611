/**
 * Passage: one record on its way through the step list, from what arrived to the row that is stored or to its rejection.
 */
import type { RawRecord } from "../model/raw-record.ts";
import type { Source } from "../model/source.ts";
import type { CacheResult, RuleSet } from "../model/source-settings.ts";
import type { UsageEvent } from "../model/usage-event.ts";
import type { ObjectChange } from "../model/usage-row.ts";
import type { FoundFields } from "./access-log/log-format.ts";
import type { LineParts } from "./access-log/parse-line.ts";
import type { LineRequest } from "./access-log/parse-request.ts";
import type { Submission } from "./intake.ts";
import type { Rejection } from "./rejection.ts";

/**
 * One record on its way. The fields of UsageEvent are the event in the making: steps fill them in, and they are all
 * there when `row` is. One flat object for both forms of record, because a million lines pass here in seconds.
 */
export type Passage = { -readonly [Field in keyof UsageEvent]: UsageEvent[Field] } & {
  readonly record: RawRecord;
  /** Lines only: where in the bytes the request, status and bytes stand. */
  parts: LineParts | null;
  /** Lines of the other formats only: what stands in their fields. */
  found: FoundFields | null;
  /** Lines only: what was asked and what was answered. */
  request: LineRequest | null;
  /** Lines only: what a mapping rule says; empty where none matches. There after apply-rules. */
  rule: RuleSet | null;
  /** What becomes of the object, where the line says so: the store makes deltas of it. */
  object: ObjectChange | null;
  /** The path of an asset whose id is still to be found, or null. */
  assetPath: string | null;
  /** True when the record itself names its space; otherwise the asset's space, if there is one, goes first. */
  namesSpace: boolean;
  /** What is known of the record's source; there after resolve-sources. */
  settings: Source | null;
  /** Lines only: what the log says of its cache; there after measure-event. */
  cache: CacheResult | null;
  /** Set once, by the first step that refuses the record; no later step sees it. */
  rejection: Rejection | null;
  /** True when there is something to be stored: toRow of steps/measure-event.ts. Set by the last step. */
  isMeasured: boolean;
  /** True when the store knew the identity already; known after the commit. */
  isDuplicate: boolean;
  /** True when the record came later than its source's lateness bound. */
  isLate: boolean;
};

/** A passage at its start: nothing is read yet, and the record counts for the submission's source. */
export function buildPassage(record: RawRecord, submission: Submission): Passage {
  return {
    record,
    id: "",
    source: submission.source,
    timeMs: 0,
    organization: submission.organization,
    kind: "api",
    space: null,
    user: null,
    bucket: null,
    asset: null,
    operation: "",
    count: 1,
    bytesIn: 0,
    bytesOut: 0,
    sizeDelta: 0,
    objectsDelta: 0,
    parts: null,
    found: null,
    rule: null,
    object: null,
    request: null,
    assetPath: null,
    namesSpace: false,
    settings: null,
    cache: null,
    rejection: null,
    isMeasured: false,
    isDuplicate: false,
    isLate: false,
  };
}
