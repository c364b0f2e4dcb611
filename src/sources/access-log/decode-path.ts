/**
 * The bytes of a path as they were sent -> text, percent-decoded once.
 */
import { isUtf8 } from "node:buffer";
import { hasControlCharacter } from "../control-characters.ts";
import { cutDecodedQuery } from "./cut-target.ts";
import { hexByte } from "./unescape-field.ts";

const PERCENT = 0x25;

/**
 * Decodes a path: `/caf%C3%A9%20b` is `/café b`, `+` stays `+`, `%2520` becomes `%20` and no further. A path whose
 * decoded bytes are not UTF-8, hold a control character, or whose percent signs are not all escapes stays encoded; bytes
 * that cannot be shown are then written as %HH.
 */
export function decodePath(path: Buffer): string {
  if (isPlain(path)) return path.toString("latin1");
  const decoded = percentDecode(path);
  if (decoded !== null && isUtf8(decoded)) {
    const text = decoded.toString();
    if (!hasControlCharacter(text)) return text;
  }
  return keepEncoded(path);
}

/**
 * Decodes the path of a URL, whose query is cut off already. Clients that encode a whole signed URL, query and all, have the
 * signature in its path, `/a.jpg%3FX-Amz-Signature=…`: that is cut off as well.
 */
export function decodeUrlPath(path: Buffer): string {
  const decoded = decodePath(path);
  // Nearly every path has none of them, and is not searched.
  return /[?#%]/.test(decoded) ? cutDecodedQuery(decoded) || "/" : decoded;
}

/** True for printable ASCII without percent signs, which is nearly every path. */
function isPlain(path: Buffer): boolean {
  for (let at = 0; at < path.length; at++) {
    const byte = path[at] as number;
    if (byte === PERCENT || byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}

function percentDecode(path: Buffer): Buffer | null {
  const decoded = Buffer.allocUnsafe(path.length);
  let length = 0;
  for (let at = 0; at < path.length; at++) {
    let byte = path[at] as number;
    if (byte === PERCENT) {
      byte = hexByte(path, at + 1);
      if (byte === -1) return null;
      at += 2;
    }
    decoded[length++] = byte;
  }
  return decoded.subarray(0, length);
}

function keepEncoded(path: Buffer): string {
  let text = "";
  for (const byte of path) {
    const isPrintable = byte >= 0x20 && byte <= 0x7e;
    text += isPrintable ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/** A key with its control characters written as %HH: they would break lists, terminals and exports. */
export function encodeControls(key: string): string {
  return hasControlCharacter(key) ? key.replace(/\p{Cc}/gu, encodeURIComponent) : key;
}
