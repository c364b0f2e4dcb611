/**
 * Bytes of a request -> the JSON value in them.
 */
import { AppError } from "./errors.ts";

/**
 * The value. Throws `request/body-malformed` for what is not JSON, and for bytes that are not UTF-8: replaced characters
 * would be stored as somebody's asset path.
 */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AppError("request/body-malformed", "The body is not valid JSON.", { cause });
  }
}
