/**
 * One CloudEvents object (structured JSON, already parsed) -> the fields of a usage event, or why it is none.
 *
 * Attributes: specversion, id, source, type, time, datacontenttype; all others are ignored. Fields of `data`: below;
 * unknown ones are ignored too, so that a sender may put its own notes there. Measures are taken as the sender says
 * them, for every kind.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md and
 *      https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md, as of 2026-11-20
 */
import { USAGE_KINDS, type UsageKind } from "../../model/usage-event.ts";
import { hasControlCharacter, isPrintableAscii } from "../control-characters.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { type EventFields, readCount, readDelta, readId, readText } from "./event-fields.ts";
import { parseRfc3339 } from "./parse-rfc3339.ts";
import { whyUnreadable } from "./unreadable-event.ts";

/** What parseEvent fills in. */
export type EventDraft = Pick<
  Passage,
  | "id"
  | "source"
  | "timeMs"
  | "kind"
  | "space"
  | "user"
  | "bucket"
  | "asset"
  | "operation"
  | "count"
  | "bytesIn"
  | "bytesOut"
  | "sizeDelta"
  | "objectsDelta"
  | "namesSpace"
>;

/** The longest id in bytes of UTF-8. Ids are only hashed, so the bound keeps answers and samples short. */
export const ID_BYTES_MAX = 4_096;

/** The longest name of a source in bytes of UTF-8. */
export const SOURCE_BYTES_MAX = 255;

/** The longest bucket id and operation in characters (UTF-16 units). */
const BUCKET_LENGTH_MAX = 255;
const OPERATION_LENGTH_MAX = 512;

/** The event types, each with its kind. */
const KIND_BY_TYPE: ReadonlyMap<unknown, UsageKind> = new Map(USAGE_KINDS.map((kind) => [`assetmeter.${kind}`, kind]));

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Reads `value` into `draft` and answers null, or the first thing that is wrong with it. Id and source are filled in
 * as soon as they are readable, so that a rejection is counted under its own source. Without a time the event happened
 * at `arrivedMs`: CloudEvents makes the time optional.
 */
export function parseEvent(value: unknown, draft: EventDraft, arrivedMs: number): Rejection | null {
  if (!isObject(value)) return { reason: "not-an-event", detail: "The record is not a JSON object." };
  const unreadable = whyUnreadable(value);
  if (unreadable !== null) return unreadable;
  return readAttributes(value, draft, arrivedMs) ?? readData(value.data, draft);
}

function readAttributes(event: EventFields, draft: EventDraft, arrivedMs: number): Rejection | null {
  const wrongSource = checkName(event.source, "source", SOURCE_BYTES_MAX);
  if (wrongSource === null) draft.source = event.source as string;
  const wrongId = checkName(event.id, "id", ID_BYTES_MAX);
  if (wrongId === null) draft.id = event.id as string;
  if (event.specversion !== "1.0") return { reason: "not-an-event", detail: 'specversion must be "1.0".' };
  if (wrongId !== null) return wrongId;
  if (wrongSource !== null) return wrongSource;
  return readType(event.type, draft) ?? readTime(event.time, draft, arrivedMs) ?? checkContent(event);
}

/** Checks `id` or `source`: a name that is part of the identity and is shown to people. */
function checkName(value: unknown, name: string, bytesMax: number): Rejection | null {
  if (typeof value !== "string" || value === "") {
    return { reason: "not-an-event", detail: `${name} must be a non-empty string.` };
  }
  // One look at what nearly every name is, in place of three.
  if (value.length <= bytesMax && isPrintableAscii(value)) return null;
  // In UTF-8 all lone surrogates are the same bytes: two ids would be one.
  if (!value.isWellFormed()) return { reason: "bad-field", detail: `${name} must be well-formed Unicode.` };
  if (Buffer.byteLength(value) > bytesMax) {
    return { reason: "field-too-long", detail: `${name} must have at most ${bytesMax} bytes.` };
  }
  if (hasControlCharacter(value)) return { reason: "bad-field", detail: `${name} must not have control characters.` };
  return null;
}

function readType(type: unknown, draft: EventDraft): Rejection | null {
  if (typeof type !== "string" || type === "") {
    return { reason: "not-an-event", detail: "type must be a non-empty string." };
  }
  const kind = KIND_BY_TYPE.get(type);
  if (kind === undefined) {
    return { reason: "unknown-type", detail: `type must be one of ${[...KIND_BY_TYPE.keys()].join(", ")}.` };
  }
  draft.kind = kind;
  return null;
}

function readTime(time: unknown, draft: EventDraft, arrivedMs: number): Rejection | null {
  const timeMs = time === undefined || time === null ? arrivedMs : typeof time === "string" ? parseRfc3339(time) : null;
  if (timeMs === null) {
    return { reason: "bad-time", detail: "time must be an RFC 3339 time from 1970 on, with Z or an offset." };
  }
  draft.timeMs = timeMs;
  return null;
}

/** `application/json`, `text/json` or any `…+json`, with or without parameters. */
const JSON_MEDIA_TYPE = /^\s*[\w.+-]+\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

function isJsonType(contentType: unknown): boolean {
  return typeof contentType === "string" && contentType.length <= 255 && JSON_MEDIA_TYPE.test(contentType);
}

/** Data without a type is JSON. */
function checkContent(event: EventFields): Rejection | null {
  const contentType = event.datacontenttype ?? null;
  if (contentType !== null && !isJsonType(contentType)) {
    return { reason: "bad-field", detail: "datacontenttype must be a JSON media type." };
  }
  if (event.data_base64 !== undefined) {
    return { reason: "bad-field", detail: "data_base64 is not read; data must be a JSON object." };
  }
  return null;
}

function readData(value: unknown, draft: EventDraft): Rejection | null {
  // An event without data is one request without bytes.
  if (value === undefined || value === null) return null;
  if (!isObject(value)) return { reason: "bad-field", detail: "data must be a JSON object." };
  return readThings(value, draft) ?? readMeasures(value, draft);
}

function readThings(data: EventFields, draft: EventDraft): Rejection | null {
  const space = readId(data.space_id, "space_id");
  if (space !== null && typeof space === "object") return space;
  const user = readId(data.user_id, "user_id");
  if (user !== null && typeof user === "object") return user;
  const asset = readId(data.asset_id, "asset_id");
  if (asset !== null && typeof asset === "object") return asset;
  const bucket = readText(data.bucket_id, "bucket_id", 1, BUCKET_LENGTH_MAX);
  if (bucket !== null && typeof bucket === "object") return bucket;
  const operation = readText(data.operation, "operation", 0, OPERATION_LENGTH_MAX);
  if (operation !== null && typeof operation === "object") return operation;
  draft.space = space;
  draft.namesSpace = space !== null;
  draft.user = user;
  draft.asset = asset;
  // The catalogue writes UUIDs in lower case: the same bucket in capitals is the same bucket.
  draft.bucket = bucket !== null && UUID.test(bucket) ? bucket.toLowerCase() : bucket;
  draft.operation = operation ?? "";
  return null;
}

function readMeasures(data: EventFields, draft: EventDraft): Rejection | null {
  const count = readCount(data.count, "count", 1);
  if (typeof count === "object") return count;
  const bytesIn = readCount(data.bytes_in, "bytes_in", 0);
  if (typeof bytesIn === "object") return bytesIn;
  const bytesOut = readCount(data.bytes_out, "bytes_out", 0);
  if (typeof bytesOut === "object") return bytesOut;
  const sizeDelta = readDelta(data.size_delta, "size_delta");
  if (typeof sizeDelta === "object") return sizeDelta;
  const objectsDelta = readDelta(data.objects_delta, "objects_delta");
  if (typeof objectsDelta === "object") return objectsDelta;
  draft.count = count;
  draft.bytesIn = bytesIn;
  draft.bytesOut = bytesOut;
  draft.sizeDelta = sizeDelta;
  draft.objectsDelta = objectsDelta;
  return null;
}

function isObject(value: unknown): value is EventFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
