/**
 * Values of parameters → what they mean, in every form that the packages send: numbers as text, `1` for true, lists by
 * comma. A value of a query or form that comes several times is a list; where one value is meant the last one counts.
 */
import { parseBoolean, parseInteger } from "./values.ts";

/** What a value turned out to be: absent or empty, of the wrong kind, or a value. */
export type Read<T> = { readonly value: T } | "absent" | "invalid";

/** An id or another integer, within ±(2^53-1); `""` and null are absent. */
export function readIntegerValue(value: unknown): Read<number> {
  const last = lastOf(value);
  if (isEmpty(last)) return "absent";
  const number = typeof last === "string" ? parseInteger(last.trim()) : last;
  return typeof number === "number" && Number.isSafeInteger(number) ? { value: number } : "invalid";
}

/** `true`, `false`, `1` and `0`, also as text; `""` and null are absent. */
export function readBooleanValue(value: unknown): Read<boolean> {
  const last = lastOf(value);
  if (isEmpty(last)) return "absent";
  // An object is not written out: a list within ten thousands of lists would end in a RangeError.
  const parsed = typeof last === "object" ? null : parseBoolean(String(last).trim());
  return parsed === null ? "invalid" : { value: parsed };
}

/** A text; numbers and booleans are written out. The empty text is a text. Null is absent. */
export function readTextValue(value: unknown): Read<string> {
  const last = lastOf(value);
  if (last === null || last === undefined) return "absent";
  return typeof last === "object" ? "invalid" : { value: String(last) };
}

/** The items of a list: of a JSON list, of a repeated parameter, or by comma. Texts are trimmed, empty ones dropped. */
export function readItems(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  return (Array.isArray(value) ? value : [value])
    .flatMap((item: unknown) => (typeof item === "string" ? item.split(",").map((part) => part.trim()) : [item]))
    .filter((item) => item !== "");
}

/** The ids of a list; one that is none, or that no id can be, comes out as null. */
export function readIds(value: unknown): readonly (number | null)[] {
  return readItems(value).map((item) => {
    const id = readIntegerValue(item);
    return typeof id === "object" && id.value > 0 ? id.value : null;
  });
}

function lastOf(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : value;
}

function isEmpty(value: unknown): value is null | undefined | "" {
  return value === null || value === undefined || (typeof value === "string" && value.trim() === "");
}
