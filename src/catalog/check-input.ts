/**
 * Checks of what callers give: names, ids, measures. Each throws AppError `catalog/invalid` and says the bound.
 */
import { HOST_NAME_RULE, isHostName } from "../model/is-host-name.ts";
import { AppError } from "../platform/errors.ts";

/** Characters (Unicode code points) of a name. */
const NAME_CHARS_MAX = 255;

/** Bytes of a path in UTF-8; the same bound as for paths in usage (sources/rejection.ts, field-too-long). */
const PATH_BYTES_MAX = 4096;

/** Bytes of a text about an asset in UTF-8: pages of writing, and little enough for a list of 1,000 assets. */
const TEXT_BYTES_MAX = 65_536;

/** Throws unless `name` has 1 to 255 characters. NUL is refused: PostgreSQL cannot store it. */
export function checkName(name: string, what: string): void {
  // A lone surrogate would be stored as U+FFFD, so that the thing could not be found by its own name.
  const clean = typeof name === "string" && name.isWellFormed() && !name.includes("\0");
  if (!clean || name.length === 0 || [...name].length > NAME_CHARS_MAX) {
    throw invalid(`The ${what} must be text of 1 to ${NAME_CHARS_MAX} characters.`);
  }
}

/** Throws unless `text` has at most 65,536 bytes; null is fine. NUL is refused: the search for texts ends at one. */
export function checkText(text: string | null, what: string): void {
  if (text === null) return;
  const clean = typeof text === "string" && text.isWellFormed() && !text.includes("\0");
  if (!clean || Buffer.byteLength(text) > TEXT_BYTES_MAX) {
    throw invalid(`The ${what} must be text of at most ${TEXT_BYTES_MAX} bytes.`);
  }
}

/** Throws unless metadata as JSON has at most 65,536 bytes. */
export function checkMetaData(metaData: Readonly<Record<string, unknown>>): void {
  if (Buffer.byteLength(JSON.stringify(metaData)) > TEXT_BYTES_MAX) {
    throw invalid(`The asset's metadata must have at most ${TEXT_BYTES_MAX} bytes as JSON.`);
  }
}

/** Throws unless `id` is an integer from 1 to 2^53-1. */
export function checkId(id: number, what: string): void {
  if (!Number.isSafeInteger(id) || id < 1) throw invalid(`The ${what} must be an integer from 1 to 2^53-1.`);
}

/** Throws unless `value` is an integer from 0 to 2^53-1, or null. Used for bytes, durations and times. */
export function checkCount(value: number | null, what: string): void {
  if (value === null) return;
  if (!Number.isSafeInteger(value) || value < 0) throw invalid(`The ${what} must be an integer from 0 to 2^53-1.`);
}

/** Throws unless `path` begins with a slash and has at most 4,096 bytes. */
export function checkPath(path: string): void {
  const clean = typeof path === "string" && path.isWellFormed() && !path.includes("\0");
  if (!clean || !path.startsWith("/") || Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw invalid(`The asset's path must begin with / and have at most ${PATH_BYTES_MAX} bytes.`);
  }
}

/** Throws unless `host` is a host name and nothing more; null is fine. */
export function checkHostName(host: string | null, what: string): void {
  if (host === null) return;
  if (typeof host !== "string" || !isHostName(host)) throw invalid(`The ${what} must be ${HOST_NAME_RULE}.`);
}

/** Throws unless both numbers of a page are integers from 1. */
export function checkPage(page: { readonly page: number; readonly perPage: number }): void {
  checkId(page.page, "page");
  checkId(page.perPage, "number of rows per page");
}

function invalid(message: string): AppError {
  return new AppError("catalog/invalid", message);
}
