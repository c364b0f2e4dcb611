/**
 * A refused record -> the sample that people may look at. Says what arrived without what must never be stored: client
 * addresses, users, referrers, user agents, query strings, and fields that nobody asked for.
 */
import { positionOf } from "../model/raw-record.ts";
import type { RejectedSample } from "../store/usage-store.ts";
import type { FoundFields } from "./access-log/log-format.ts";
import type { LineParts } from "./access-log/parse-line.ts";
import type { Passage } from "./passage.ts";
import { parseKeptLine } from "./replay/kept-line.ts";
import { REMOVED, showMethod, showName, showRequest, showTarget } from "./shown-request.ts";

/** The longest text of a line and of an event, and of a detail, in bytes. */
const LINE_SAMPLE_BYTES_MAX = 512;
const EVENT_SAMPLE_BYTES_MAX = 1_024;
const DETAIL_BYTES_MAX = 512;

/** Attributes and fields whose values are shown; of all others only the names. */
const SHOWN_ATTRIBUTES = new Set(["specversion", "id", "source", "type", "time", "datacontenttype"]);
const SHOWN_DATA = new Set([
  "space_id",
  "user_id",
  "asset_id",
  "bucket_id",
  "operation",
  "count",
  "bytes_in",
  "bytes_out",
  "size_delta",
  "objects_delta",
]);

/** Bytes at the end of a line's sample that `?(removed)`, status and bytes may take. */
const ANSWER_BYTES_MAX = 64;

/** Bytes of a line of another shape that are looked at. */
const SHAPE_BYTES_MAX = 1_024;

/** Names shown of one object, so that an object of a million keys costs no more than a small one. */
const NAMES_MAX = 40;

/** What of a passage a sample is made from. */
export type SampledPassage = Pick<Passage, "record" | "rejection" | "id" | "parts" | "found">;

/** What is kept of a refused passage, or of a duplicate. A line's id is a hash that says nothing to anybody. */
export function toSample(passage: SampledPassage): RejectedSample {
  const { record, rejection, id } = passage;
  const bytesMax = record.form === "event" ? EVENT_SAMPLE_BYTES_MAX : LINE_SAMPLE_BYTES_MAX;
  const text = describe(passage);
  return {
    position: positionOf(record),
    detail: cutToBytes(rejection?.detail ?? "", DETAIL_BYTES_MAX),
    text: cutToBytes(text, bytesMax),
    ...(record.form === "event" && id !== "" ? { id } : {}),
  };
}

function describe(passage: SampledPassage): string {
  const { record } = passage;
  if (record.form === "event") return describeEvent(record.value);
  if (record.form === "line") return describeLine(record.bytes, passage);
  const kept = parseKeptLine(record.replay);
  return kept === null
    ? ""
    : describeAsked(kept.timeMs, { ...kept.request, target: kept.request.path, targetForm: "key" });
}

// What a writer may put into brackets as a time. Anything else there may be a token of somebody's own format:
//              20  /    Nov or 11    /   2026  : or T  09 : 15   :  02    .041                 Z or +0100
const TIME =
  /\d{1,4}[/-](?:[A-Za-z]{3}|\d\d?)[/-]\d{1,4}[ T:]\d\d?:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?/;

// The first bracket with a time, or else the first bracket, and what is quoted behind it: ` [20/Nov/2026:09:15:02 +0100] "GET /a`
const TIME_AND_QUOTED = new RegExp(` (\\[${TIME.source}\\])(?: "(.*))?`, "s");
const BRACKET_AND_QUOTED = / (\[[^\]"]{0,40}\])(?: "(.*))?/s;

/** What is no number there may be a field of somebody's own. */
const BYTES = /^[-0-9.,]{1,24}$/;

/**
 * A line without what stands before its time (address, user), without its query string, and without what stands behind
 * the request, except status and bytes. Of a line of another shape only a time in brackets and a request behind it are
 * shown; JSON and what has neither could hold anything anywhere, so only its length is told.
 */
function describeLine(bytes: Buffer, { parts, found }: Pick<Passage, "parts" | "found">): string {
  if (found !== null) return describeAsked(found.timeMs, found);
  if (parts !== null) return describeParts(bytes, parts);
  const start = show(bytes.subarray(0, SHAPE_BYTES_MAX));
  const timed = start.startsWith("{") ? null : TIME_AND_QUOTED.exec(start);
  const match = start.startsWith("{") ? null : (timed ?? BRACKET_AND_QUOTED.exec(start));
  if (match === null) return `(${bytes.length} bytes of another shape)`;
  const [, bracket, quoted] = match;
  const request = quoted === undefined ? "" : ` "${showRequest(quoted, { isWhole: false })}`;
  return `(client) ${timed === null ? `[${REMOVED}]` : bracket}${request}${request.endsWith(REMOVED) ? "" : "…"}`;
}

function describeParts(bytes: Buffer, parts: LineParts): string {
  const time = show(bytes.subarray(parts.timeStart, parts.requestStart));
  const request = showRequest(show(bytes.subarray(parts.requestStart, parts.requestEnd)), { isWhole: true });
  const shown = cutToBytes(`(client) ${time}${request}`, LINE_SAMPLE_BYTES_MAX - ANSWER_BYTES_MAX);
  const sent = show(bytes.subarray(parts.bytesStart, parts.bytesEnd));
  return shown + show(bytes.subarray(parts.requestEnd, parts.bytesStart)) + (BYTES.test(sent) ? sent : REMOVED);
}

type Asked = Pick<FoundFields, "method" | "target" | "targetForm" | "status" | "bytesOut" | "bucket" | "store">;

/** What was read of a line, whichever format it has. */
function describeAsked(timeMs: number, { method, target, targetForm, status, bytesOut, bucket, store }: Asked): string {
  const what = targetForm === "url" ? showTarget(target) : showName(target);
  // A word before what is no target is no method either, though it may look like one: `AKIA… …`.
  const did = store?.operation ?? (what === REMOVED ? REMOVED : showMethod(method ?? "GET"));
  const asked = `${did} ${bucket === null ? "" : `${bucket} `}${what}`;
  return `(client) [${new Date(timeMs).toISOString()}] "${show(Buffer.from(asked))}" ${status ?? "-"} ${bytesOut}`;
}

/** Printable ASCII as it is, everything else as \xHH, as nginx writes it. */
function show(bytes: Buffer): string {
  let text = "";
  for (const byte of bytes) {
    text += byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return text;
}

function describeEvent(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `(${kindOf(value)})`;
  const shown = showFields(value, SHOWN_ATTRIBUTES);
  const { data } = value as { readonly data?: unknown };
  if (data !== undefined) {
    shown.data = isPlainObject(data) ? showFields(data, SHOWN_DATA) : `(${kindOf(data)})`;
  }
  return JSON.stringify(shown);
}

function showFields(value: object, names: ReadonlySet<string>): Record<string, unknown> {
  const shown: Record<string, unknown> = Object.create(null);
  for (const [name, field] of Object.entries(value).slice(0, NAMES_MAX)) {
    shown[name.slice(0, 64)] = names.has(name) ? showField(field) : REMOVED;
  }
  return shown;
}

/** Values of one line only. Secrets of addresses go from texts too: an operation may be a URL with a key in it. */
function showField(field: unknown): unknown {
  if (typeof field === "string") {
    const text = field.slice(0, EVENT_SAMPLE_BYTES_MAX).replace(/[?#].*/su, ([first]) => `${first}${REMOVED}`);
    return text.replace(/\/\/[^/@]*@/g, "//");
  }
  // JSON knows neither NaN nor Infinity, which is what 1e400 becomes.
  if (typeof field === "number" && !Number.isFinite(field)) return String(field);
  return isPlainObject(field) || Array.isArray(field) ? `(${kindOf(field)})` : field;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return `a value of type ${typeof value}`;
}

/** At most `bytesMax` bytes of UTF-8, cut between characters. */
function cutToBytes(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  const bytes = Buffer.from(text);
  let end = bytesMax - 3;
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString("utf8", 0, end)}…`;
}
