/**
 * Snapshot → the text of its answer. Pure. Not an object for JSON.stringify: whole numbers come first among the keys of
 * every JavaScript object, `42` before `/api`, and a reader who compares texts would see another order than the one that
 * is promised.
 */
import type { Snapshot } from "./translation.ts";

/** JSON with the keys of `data` in the order of its maps, and figures with all their digits. */
export function printSnapshot({ usergroup_id, period, data }: Snapshot): string {
  const users = printObject(data, (figures) => printObject(figures, String));
  return `{"usergroup_id":${usergroup_id},"period":${period},"data":${users}}`;
}

function printObject<Value>(entries: ReadonlyMap<string, Value>, printValue: (value: Value) => string): string {
  const members = [...entries].map(([key, value]) => `${JSON.stringify(key)}:${printValue(value)}`);
  return `{${members.join(",")}}`;
}
