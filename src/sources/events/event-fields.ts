/**
 * Single fields of an event's `data` -> typed values, or the rejection that names the field and what it must be.
 */
import { MEASURE_MAX } from "../../model/usage-event.ts";
import { hasControlCharacter, isPrintableAscii } from "../control-characters.ts";
import type { Rejection } from "../rejection.ts";

/** The fields of a JSON object, none of them checked. */
export type EventFields = { readonly [name: string]: unknown };

// The readers are given the value and not the object: a name that is looked up by a variable costs as much as the rest.

// What a number of 64 bits is in systems that write ids as text. No sign, no leading zero, no exponent.
const DIGITS = /^[1-9][0-9]{0,15}$/;

/** An id: an integer from 1 to 2^53-1, as number or as text of digits. Null when it is absent or null. */
export function readId(value: unknown, name: string): number | null | Rejection {
  if (value === undefined || value === null) return null;
  const id = typeof value === "string" && DIGITS.test(value) ? Number(value) : value;
  if (typeof id === "number" && Number.isSafeInteger(id) && id >= 1) return id;
  return { reason: "bad-field", detail: `data.${name} must be an integer from 1 to ${Number.MAX_SAFE_INTEGER}.` };
}

/** Text of `lengthMin` to `lengthMax` characters without control characters. Null when it is absent or null. */
export function readText(
  value: unknown,
  name: string,
  lengthMin: number,
  lengthMax: number,
): string | null | Rejection {
  if (value === undefined || value === null) return null;
  const isText = typeof value === "string" && value.length >= lengthMin && value.length <= lengthMax;
  if (isText && (isPrintableAscii(value) || (value.isWellFormed() && !hasControlCharacter(value)))) return value;
  return {
    reason: "bad-field",
    detail: `data.${name} must be a string of ${lengthMin} to ${lengthMax} characters without control characters.`,
  };
}

/** A measure: an integer from 0 to MEASURE_MAX, never text. `absent` when it is absent or null. */
export function readCount(value: unknown, name: string, absent: number): number | Rejection {
  return readMeasure(value, name, 0, absent);
}

/** A change of a measure: an integer from -MEASURE_MAX to MEASURE_MAX. 0 when it is absent or null. */
export function readDelta(value: unknown, name: string): number | Rejection {
  return readMeasure(value, name, -MEASURE_MAX, 0);
}

function readMeasure(value: unknown, name: string, min: number, absent: number): number | Rejection {
  if (value === undefined || value === null) return absent;
  // A safe integer: 2^53 could be 2^53 + 1 that JSON.parse has rounded. Adding 0 makes 0 of -0.
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value + 0;
  return { reason: "bad-number", detail: `data.${name} must be an integer from ${min} to ${MEASURE_MAX}.` };
}
