/**
 * The request headers of a JSON line -> whether they mark a request of the platform itself. Nothing of them is kept.
 */
import { INTERNAL_REQUEST_HEADER, marksInternal } from "../../model/internal-request.ts";
import { toText } from "./read-json.ts";

/**
 * True where the header is among them and has its value. Names count in any case: servers in Go begin each of their words with
 * a capital letter, whatever a client sends. A value is a text, or a list with one text for each time that the header was sent.
 */
export function saysInternal(headers: unknown): boolean {
  if (typeof headers !== "object" || headers === null) return false;
  for (const [name, value] of Object.entries(headers)) {
    // The length first: nearly no line has it, and every line has ten others.
    if (name.length !== INTERNAL_REQUEST_HEADER.length || name.toLowerCase() !== INTERNAL_REQUEST_HEADER) continue;
    const [only, ...others] = Array.isArray(value) ? value : [value];
    return others.length === 0 && marksInternal(toText(only) ?? undefined);
  }
  return false;
}
