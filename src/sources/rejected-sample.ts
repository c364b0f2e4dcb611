/**
 * A refused record -> the sample that people may look at. Says what arrived without what must never be stored: client
 * addresses, users, referrers, user agents, query strings, and fields that nobody asked for.
 */
import { positionOf } from "../model/raw-record.ts";
import type { RejectedSample } from "../store/usage-store.ts";
import type { FoundFields } from "./access-log/log-format.ts";
import type { Passage } from "./passage.ts";
import { parseKeptLine } from "./replay/kept-line.ts";

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
  return kept === null ? "" : describeAsked(kept.timeMs, { ...kept.request, target: kept.request.path });
}

// A bracket that could hold a time, and what is quoted behind it: ` [20/Nov/2026:09:15:02 +0100] "GET /a`
const TIME_AND_QUOTED = / (\[[^\]"]{0,40}\])(?: "(.*))?/s;

/**
 * A line without what stands before its time (address, user), without its query string, and without what stands behind
 * the request, except status and bytes. Of a line of another shape only the bracket and a request behind it are
 * shown; JSON and what has neither could hold anything anywhere, so only its length is told.
 */
function describeLine(bytes: Buffer, { parts, found }: Pick<Passage, "parts" | "found">): string {
  if (found !== null) return describeFound(found);
  if (parts !== null) {
    const time = show(bytes.subarray(parts.timeStart, parts.requestStart));
    const request = showRequest(show(bytes.subarray(parts.requestStart, parts.requestEnd)));
    const shown = cutToBytes(`(client) ${time}${request}`, LINE_SAMPLE_BYTES_MAX - ANSWER_BYTES_MAX);
    return shown + show(bytes.subarray(parts.requestEnd, parts.bytesEnd));
  }
  const start = show(bytes.subarray(0, SHAPE_BYTES_MAX));
  const match = start.startsWith("{") ? null : TIME_AND_QUOTED.exec(start);
  if (match === null) return `(${bytes.length} bytes of another shape)`;
  const [, time, quoted] = match;
  const request = quoted === undefined ? "" : ` "${showRequest(quoted)}`;
  return `(client) ${time}${request}${request.endsWith(REMOVED) ? "" : "…"}`;
}

const REMOVED = "(removed)";

/**
 * `GET /a`, `OPTIONS *`, `GET https://example.com/a`, `CONNECT example.com:443`. Whoever writes a log by a format of their own
 * may have put a header with a secret where the request is expected.
 */
const REQUEST = /^[A-Z][A-Z0-9_-]{0,31} (?:[/*]|[a-z][a-z0-9+.-]*:\/\/|[a-z0-9.-]+:\d+(?: |$))/;

// Up to a query, or to a quote that is not escaped: what stands behind that is another field.
const BEFORE_QUERY = /^(?:\\[^?]|[^\\"?])*/;

/** Name and password in an address. */
const USER_INFO = /\/\/[^/?#]*@/;

/** What may be shown of a text that should be a request. */
function showRequest(text: string): string {
  if (!REQUEST.test(text)) return REMOVED;
  const shown = BEFORE_QUERY.exec(text)?.[0] ?? "";
  const after = text[shown.length];
  return shown.replace(USER_INFO, "//") + (after === undefined ? "" : after === "?" ? `?${REMOVED}` : REMOVED);
}

/** Fields of the other formats: what was read of the line and could be counted. */
function describeFound(found: FoundFields): string {
  return describeAsked(found.timeMs, found);
}

type Asked = Pick<FoundFields, "method" | "target" | "status" | "bytesOut" | "bucket" | "store">;

function describeAsked(timeMs: number, { method, target, status, bytesOut, bucket, store }: Asked): string {
  const query = target.indexOf("?");
  const path = query === -1 ? target : `${target.slice(0, query)}?(removed)`;
  const time = new Date(timeMs).toISOString();
  const asked = `${store?.operation ?? method ?? "GET"} ${bucket === null ? "" : `${bucket} `}${path}`;
  return `(client) [${time}] "${show(Buffer.from(asked))}" ${status ?? "-"} ${bytesOut}`;
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
    shown[name.slice(0, 64)] = names.has(name) ? showField(field) : "(removed)";
  }
  return shown;
}

/** Values of one line only. Query strings go from texts too: an operation may be a URL with a key in it. */
function showField(field: unknown): unknown {
  if (typeof field === "string") return field.slice(0, EVENT_SAMPLE_BYTES_MAX).replace(/\?.*/su, "?(removed)");
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
