/**
 * What stands in a record's place when its text could not be read as JSON, so that it is counted as one rejection.
 */
import type { Rejection } from "../rejection.ts";

/** A symbol is no key that JSON can write: no sender can make an event look like this. */
const UNREADABLE = Symbol("unreadable event");

/** The value of a record whose text is no event for the reason given. */
export function unreadableEvent(rejection: Rejection): unknown {
  return { [UNREADABLE]: rejection };
}

/** Why the record could not be read, or null for a value that was. */
export function whyUnreadable(value: object): Rejection | null {
  return (value as { readonly [UNREADABLE]?: Rejection })[UNREADABLE] ?? null;
}
