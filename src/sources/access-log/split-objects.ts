/**
 * JSON objects that stand one after another without line ends -> one by one.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** The objects of a line; the whole line where it is not objects alone, so that it is refused as one. */
export function splitObjects(bytes: Buffer): readonly Buffer[] {
  // Nearly every line is one object.
  if (!bytes.includes("}{") && !bytes.includes("} {")) return [bytes];
  const objects: Buffer[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE && depth > 0) at = endOfText(bytes, at + 1);
    else if (byte === OPEN) {
      if (depth === 0) start = at;
      depth += 1;
    } else if (byte === CLOSE) {
      depth -= 1;
      if (depth < 0) return [bytes];
      if (depth === 0) objects.push(bytes.subarray(start, at + 1));
    } else if (depth === 0 && byte !== 0x20) return [bytes];
  }
  return depth === 0 ? objects : [bytes];
}

/** Where the quote stands that closes a text, or the end of the bytes. */
function endOfText(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}
