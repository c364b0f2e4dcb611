/**
 * A line's own request id -> the id under which it is counted once.
 */
import { hash } from "node:crypto";

/** Longer request ids are hashed; what vendors write has 16 to 64 bytes. */
const REQUEST_ID_BYTES_MAX = 80;

/**
 * `<format>:<request id>`, then `:` and a hash of `more` where a request id alone repeats: keys and paths may hold secrets
 * and enter only that way. Null without a request id (absent, empty, `-`): the line is then known by its content.
 */
export function buildNativeId(
  format: string,
  requestId: string | null | undefined,
  more: readonly string[] = [],
): string | null {
  if (requestId === null || requestId === undefined || requestId === "" || requestId === "-") return null;
  const isLong = Buffer.byteLength(requestId) > REQUEST_ID_BYTES_MAX || !requestId.isWellFormed();
  const shown = isLong ? digestOf([requestId]) : requestId;
  return more.length === 0 ? `${format}:${shown}` : `${format}:${shown}:${digestOf(more)}`;
}

/** base64url of the first 16 bytes of SHA-256 over the parts joined with NUL. */
function digestOf(parts: readonly string[]): string {
  return hash("sha256", parts.join("\0"), "buffer").toString("base64url", 0, 16);
}
