/**
 * What a client sent to POST /usage/v1/events: one event, a batch, or a stream of lines. Only the shape is decided here;
 * what an event is, the intake decides record by record.
 */
import type { RouteRequest } from "../../model/route.ts";
import { AppError } from "../../platform/errors.ts";
import type { DialectLimits } from "../dialect.ts";

/** One CloudEvent as JSON. @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export const EVENT_TYPE = "application/cloudevents+json";

/** A JSON array of CloudEvents. @see the same document, section 4 */
export const BATCH_TYPE = "application/cloudevents-batch+json";

/** One JSON text per line, any number of lines. */
export const LINES_TYPE = "application/x-ndjson";

/** Accepted as one event or as an array, for clients that cannot set the type. */
export const PLAIN_TYPE = "application/json";

/** Events that are all there, or lines that are still coming. */
export type EventInput =
  | { readonly form: "events"; readonly events: readonly unknown[] }
  | { readonly form: "lines"; readonly bytes: AsyncIterable<Buffer> };

/**
 * The events of a request. Throws `request/media-type-unsupported` for CloudEvents in binary mode,
 * `request/body-malformed` for a body that is not what its type says, `request/body-too-large` for a single event or a
 * batch over its bound. An event of a batch has no bound of its own: the body's bound holds it.
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
  const events = toEvents(mediaType, body);
  requireSize(events, Array.isArray(body), limits);
  return { form: "events", events };
}

function requireSize(
  events: readonly unknown[],
  isBatch: boolean,
  { batchRecordsMax, eventBytesMax }: Pick<DialectLimits, "batchRecordsMax" | "eventBytesMax">,
): void {
  if (events.length > batchRecordsMax) {
    throw new AppError(
      "request/body-too-large",
      `The batch has ${events.length} events; at most ${batchRecordsMax} are taken at once. Send parts, or ${LINES_TYPE}.`,
    );
  }
  if (!isBatch && Buffer.byteLength(JSON.stringify(events[0])) > eventBytesMax) {
    throw new AppError("request/body-too-large", `The event is larger than ${eventBytesMax} bytes.`);
  }
}

function toEvents(mediaType: string, body: unknown): readonly unknown[] {
  if (body === undefined) throw new AppError("request/body-malformed", "The body is empty; an event was expected.");
  const isArray = Array.isArray(body);
  if (mediaType === EVENT_TYPE && isArray) throw malformed(`${EVENT_TYPE} is one event; an array is ${BATCH_TYPE}.`);
  if (mediaType === BATCH_TYPE && !isArray) throw malformed(`${BATCH_TYPE} is an array; one event is ${EVENT_TYPE}.`);
  if (body instanceof URLSearchParams) {
    throw new AppError("request/media-type-unsupported", `Forms are not read. Send the event as ${EVENT_TYPE}.`);
  }
  return isArray ? body : [body];
}

function malformed(message: string): AppError {
  return new AppError("request/body-malformed", message);
}
