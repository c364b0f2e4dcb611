/**
 * EventText: events as their sender wrote them -> records. Short texts are read where they arrive, long ones on the thread
 * that reads logs, by this same function.
 */
import { isAscii, isUtf8 } from "node:buffer";
import type { RawRecord } from "../../model/raw-record.ts";
import { AppError } from "../../platform/errors.ts";
import { parseJsonBytes } from "../../platform/json-bytes.ts";
import { buildLineCutter } from "../cut-lines.ts";
import { unreadableEvent } from "./unreadable-event.ts";

/** Events in the form in which they were sent; crosses between threads. */
export type EventText =
  | {
      /** One JSON text per line, whole lines only. */
      readonly form: "lines";
      /** Nobody may write into it afterwards. */
      readonly text: Uint8Array;
      /** Lines of the stream before these. */
      readonly linesBefore: number;
      /** True when the stream has no other part. */
      readonly isAll: boolean;
      /** A longer line is one record that will be rejected as `record-too-large`. */
      readonly lineBytesMax: number;
    }
  | {
      /** One JSON array of events. */
      readonly form: "array";
      readonly text: Uint8Array;
      /** More events than these are refused together. */
      readonly recordsMax: number;
    };

const BATCH_IS_AN_ARRAY = "application/cloudevents-batch+json is an array; one event is application/cloudevents+json.";

/** An event as it arrived. */
export type EventRecord = Extract<RawRecord, { form: "event" }>;

/**
 * The records of a text, in its order. A line that is not JSON is one record that will be rejected as `not-an-event`; empty
 * lines are nothing. Throws `request/body-malformed` for an array that is none, `request/body-too-large` for one of too
 * many events.
 */
export function readEventText(text: EventText): EventRecord[] {
  return text.form === "lines" ? readLines(text) : readArray(text);
}

/** Throws `request/body-too-large` for a batch of more events than `recordsMax`. */
export function requireBatchLength(length: number, recordsMax: number): void {
  if (length <= recordsMax) return;
  const message = `The batch has ${length} events; at most ${recordsMax} are taken at once. Send parts, or application/x-ndjson.`;
  throw new AppError("request/body-too-large", message);
}

function readLines({ text, linesBefore, lineBytesMax }: Extract<EventText, { form: "lines" }>): EventRecord[] {
  const cutter = buildLineCutter(lineBytesMax, linesBefore);
  // Asked once of all lines: text without other characters is decoded in half the time.
  const encoding = isAscii(text) ? "latin1" : "utf8";
  const records: EventRecord[] = [];
  for (const lines of [cutter.push(text), cutter.end()]) {
    for (const { bytes, number } of lines) {
      records.push({ form: "event", value: parseLine(bytes, encoding, lineBytesMax), position: `line ${number}` });
    }
  }
  return records;
}

function parseLine(bytes: Buffer, encoding: "latin1" | "utf8", lineBytesMax: number): unknown {
  if (bytes.length > lineBytesMax) {
    return unreadableEvent({ reason: "record-too-large", detail: `The line is longer than ${lineBytesMax} bytes.` });
  }
  // Decoding would turn two different broken ids into the same text, and the second event into a duplicate.
  if (encoding === "utf8" && !isUtf8(bytes))
    return unreadableEvent({ reason: "not-an-event", detail: "The line is not UTF-8." });
  try {
    return JSON.parse(bytes.toString(encoding));
  } catch {
    // The parser's own message quotes the line, which may hold anything. The rejection is counted by the step list.
    return unreadableEvent({ reason: "not-an-event", detail: "The line is not JSON." });
  }
}

function readArray({ text, recordsMax }: Extract<EventText, { form: "array" }>): EventRecord[] {
  const values = parseArray(text);
  requireBatchLength(values.length, recordsMax);
  return values.map((value, index) => ({ form: "event", value, position: `index ${index}` }));
}

function parseArray(text: Uint8Array): readonly unknown[] {
  const values = parseJsonBytes(text);
  if (!Array.isArray(values)) throw new AppError("request/body-malformed", BATCH_IS_AN_ARRAY);
  return values;
}
