/**
 * A line of separated columns with named fields -> its values by name.
 */
import type { Rejection } from "../rejection.ts";
import { findForeignBytes } from "./find-foreign-bytes.ts";
import { toLineText } from "./line-text.ts";
import type { LineInput } from "./log-format.ts";

/** The value of a named column: undefined where the line's columns have no such name. */
export type ReadColumn = (name: string) => string | undefined;

/**
 * Splits a line and names its values. Values beyond the names are left out; fewer values than names are `malformed`, and
 * more too with `exact`. A line without line end is `unterminated`: nothing proves its last column whole.
 */
export function parseColumns(
  line: LineInput,
  shape: { readonly names: readonly string[]; readonly delimiter: string; readonly exact: boolean },
): ReadColumn | Rejection {
  const foreign = findForeignBytes(line.bytes);
  if (foreign !== null) return { reason: "not-text", detail: foreign };
  if (!line.isTerminated) {
    return { reason: "unterminated", detail: "The last line has no line end, and its last column may be cut." };
  }
  const { names, delimiter, exact } = shape;
  const values = toLineText(line.bytes).split(delimiter);
  if (values.length < names.length || (exact && values.length !== names.length)) {
    return { reason: "malformed", detail: `The line has ${values.length} columns instead of ${names.length}.` };
  }
  return (name) => {
    const index = names.indexOf(name);
    return index === -1 ? undefined : values[index];
  };
}
