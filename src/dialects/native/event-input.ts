/**
 * What a client sent to POST /usage/v1/events: one event, a batch, or a stream of lines. Only the shape is decided here;
 * what an event is, the intake decides record by record.
 */
import type { RouteRequest } from "../../model/route.ts";
import { AppError } from "../../platform/errors.ts";
import { parseJsonBytes } from "../../platform/json-bytes.ts";
import { type EventText, requireBatchLength } from "../../sources/events/event-text.ts";
import type { DialectLimits } from "../dialect.ts";

/** One CloudEvent as JSON. @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export const EVENT_TYPE = "application/cloudevents+json";

/** A JSON array of CloudEvents. @see the same document, section 4 */
export const BATCH_TYPE = "application/cloudevents-batch+json";

/** One JSON text per line, any number of lines. */
export const LINES_TYPE = "application/x-ndjson";

/** Accepted as one event or as an array, for clients that cannot set the type. */
export const PLAIN_TYPE = "application/json";

/** What JSON may begin with; a byte order mark counts for nothing in front of it. */
const JSON_SPACES = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
const OPEN_BRACKET = 0x5b;

/** Events that are all there, parsed or not, or lines that are still coming. */
export type EventInput =
  | { readonly form: "events"; readonly events: readonly unknown[] }
  | { readonly form: "text"; readonly text: EventText }
  | { readonly form: "lines"; readonly bytes: AsyncIterable<Buffer> };

/**
 * The events of a request. Throws `request/media-type-unsupported` for CloudEvents in binary mode,
 * `request/body-malformed` for a body that is not what its type says, `request/body-too-large` for a single event or a
 * batch over its bound. An event of a batch has no bound of its own: the body's bound holds it. A batch is
 * looked at by whoever reads it.
 */
export function readEventInput(
  { headers, body }: Pick<RouteRequest, "headers" | "body">,
  limits: Pick<DialectLimits, "batchRecordsMax" | "eventBytesMax">,
): EventInput {
  if (Object.keys(headers).some((name) => name.startsWith("ce-"))) {
    throw new AppError(
      "request/media-type-unsupported",
      `CloudEvents in binary mode (headers that begin with ce-) are not read. Send the whole event as ${EVENT_TYPE}.`,
    );
  }
  const mediaType = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (mediaType === LINES_TYPE && body !== undefined) return { form: "lines", bytes: body as AsyncIterable<Buffer> };
  if (isBatch(mediaType, body)) return { form: "text", text: toBatch(body, limits) };
  if (body instanceof Uint8Array) requireEventSize(body.length, limits);
  const events = toEvents(mediaType, body instanceof Uint8Array ? parseJsonBytes(body) : body);
  requireBatchLength(events.length, limits.batchRecordsMax);
  if (!(body instanceof Uint8Array || Array.isArray(body))) requireEventSize(measureParsed(body), limits);
  return { form: "events", events };
}

/** Whether the body is the bytes of an array, by its type or by how it begins. */
function isBatch(mediaType: string, body: unknown): body is Uint8Array {
  if (!(body instanceof Uint8Array)) return false;
  if (mediaType === BATCH_TYPE) return true;
  return mediaType !== EVENT_TYPE && body.find((byte) => !JSON_SPACES.has(byte)) === OPEN_BRACKET;
}

function toBatch(text: Uint8Array, { batchRecordsMax }: Pick<DialectLimits, "batchRecordsMax">): EventText {
  return { form: "array", text, recordsMax: batchRecordsMax };
}

/** An event is as long as it was sent, before anything is read of it. */
function requireEventSize(bytes: number, { eventBytesMax }: Pick<DialectLimits, "eventBytesMax">): void {
  if (bytes <= eventBytesMax) return;
  throw new AppError("request/body-too-large", `The event is larger than ${eventBytesMax} bytes.`);
}

/** How long an event is that came parsed, under a type that is not documented. */
function measureParsed(event: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(event));
  } catch (cause) {
    // Texts are parsed without recursion and printed with it: `[[[…` of 10,000 levels ends the stack.
    throw new AppError("request/invalid", "The event is nested too deeply.", { cause });
  }
}

function toEvents(mediaType: string, body: unknown): readonly unknown[] {
  if (body === undefined) throw new AppError("request/body-malformed", "The body is empty; an event was expected.");
  const isArray = Array.isArray(body);
  if (mediaType === EVENT_TYPE && isArray) throw malformed(`${EVENT_TYPE} is one event; an array is ${BATCH_TYPE}.`);
  if (body instanceof URLSearchParams) {
    throw new AppError("request/media-type-unsupported", `Forms are not read. Send the event as ${EVENT_TYPE}.`);
  }
  return isArray ? body : [body];
}

function malformed(message: string): AppError {
  return new AppError("request/body-malformed", message);
}
