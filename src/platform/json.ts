/**
 * JSON text with exact integers: a bigint is printed with all its digits, never through a float.
 */

/** `JSON.rawJSON` of ECMAScript's proposal-json-parse-with-source; in Node since 21, not yet in TypeScript's library. */
type RawJson = { rawJSON(text: string): unknown };

/**
 * The JSON text of `value`, as JSON.stringify prints it, except that a bigint becomes a JSON number with all digits:
 * `{ n: 9007199254740993n }` is `{"n":9007199254740993}`, where a float would print …992. `value` must not be
 * undefined or a function: those have no JSON.
 */
export function toJson(value: unknown): string {
  try {
    // Many times as fast, and enough for most.
    return JSON.stringify(value);
  } catch (error) {
    // What JSON.stringify says to the first bigint.
    if (!(error instanceof TypeError)) throw error;
  }
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === "bigint" ? toPrinted(part) : part));
}

/** As a bigint: to compare one with a float takes longer than to print it. */
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * What JSON prints with the digits of a bigint: the number where that is exact. 13,000 rows of two numbers take a third
 * of the time that they take as raw JSON alone.
 */
function toPrinted(value: bigint): unknown {
  if (value >= -SAFE_MAX && value <= SAFE_MAX) return Number(value);
  return (JSON as unknown as RawJson).rawJSON(value.toString());
}
