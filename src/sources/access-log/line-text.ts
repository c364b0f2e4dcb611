/**
 * The bytes of a line -> text, for formats that are split as text. What is no UTF-8 is kept, so that no two names become one.
 */
import { isUtf8 } from "node:buffer";

/** A character of UTF-8 has so many bytes, at most. */
const CHARACTER_BYTES_MAX = 4;

/**
 * The line as text, with each byte that belongs to no character of UTF-8 as %HH, which in a path is what combined keeps of it.
 * `toString()` alone makes U+FFFD of all of them: `img/\xff.jpg` and `img/\xfe.jpg` would be one object.
 */
export function toLineText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : escapeForeign(bytes);
}

function escapeForeign(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const end = endOfCharacter(bytes, at);
    if (end === -1) text += `%${bytes.toString("hex", at, at + 1).toUpperCase()}`;
    else text += bytes.toString("utf8", at, end);
    at = end === -1 ? at + 1 : end;
  }
  return text;
}

/** Where the character ends that begins at `at`, or -1 where none does. */
function endOfCharacter(bytes: Buffer, at: number): number {
  for (let end = at + 1; end <= Math.min(bytes.length, at + CHARACTER_BYTES_MAX); end++) {
    if (isUtf8(bytes.subarray(at, end))) return end;
  }
  return -1;
}
