/**
 * Path -> the operation that it is counted under: the path with everything that looks like an id taken out.
 */

/** Segments kept; the rest becomes one ellipsis. Deeper paths do not tell API operations apart, they only multiply them. */
const SEGMENTS_MAX = 8;

/** The longest operation in UTF-16 units: what an event may say, too (events/parse-event.ts). */
const OPERATION_LENGTH_MAX = 512;

const HEX_ID_LENGTH_MIN = 16;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DIGITS = /^[0-9]+$/;
const HEX_DIGITS = /^[0-9a-f]+$/i;

/**
 * The operation of an API request: `/api/v1/assets/123/data` becomes `/api/v1/assets/{ASSET_ID}/data`. Id-like segments
 * are digits, UUIDs and 16 or more hex digits; they become `{ASSET_ID}` after `assets` and `{ID}` elsewhere.
 */
export function toOperationTemplate(path: string): string {
  const segments = path.split("/");
  // The text before the first slash is empty, so the ninth element is the eighth segment.
  const isDeep = segments.length > SEGMENTS_MAX + 1;
  const kept = isDeep ? segments.slice(0, SEGMENTS_MAX + 1) : segments;
  const named = kept.map((segment, i) => {
    if (!isIdLike(segment)) return segment;
    return kept[i - 1] === "assets" ? "{ASSET_ID}" : "{ID}";
  });
  if (isDeep) named.push("…");
  return cutOperation(named.join("/"));
}

function isIdLike(segment: string): boolean {
  if (segment === "") return false;
  if (DIGITS.test(segment) || UUID.test(segment)) return true;
  return segment.length >= HEX_ID_LENGTH_MIN && HEX_DIGITS.test(segment);
}

/** An operation as it is counted: no longer than OPERATION_LENGTH_MAX, with an ellipsis where it was cut. */
export function cutOperation(operation: string): string {
  if (operation.length <= OPERATION_LENGTH_MAX) return operation;
  // Cutting between the halves of a character would leave a text that UTF-8 cannot hold.
  return `${operation.slice(0, OPERATION_LENGTH_MAX - 1).toWellFormed()}…`;
}
