/**
 * Fields of one line -> FoundFields, with everything that a format does not have left empty. Also the two refusals that
 * nearly every format has.
 */
import type { Rejection } from "../rejection.ts";
import { readByteCount, readStatus, readTime } from "./field-values.ts";
import type { FoundFields } from "./log-format.ts";
import { UNREADABLE } from "./read-json.ts";

/** What a format has to say of a line: texts or JSON values as they stand there; undefined is an absent field. */
export type Written = {
  readonly time: unknown;
  readonly timeZone: string;
  readonly target: unknown;
  readonly status: unknown;
  readonly bytesOut: unknown;
  readonly bytesIn?: unknown;
  /** What the fields are called, for people. */
  readonly names: {
    readonly time: string;
    readonly target: string;
    readonly status: string;
    readonly bytesOut: string;
  };
};

/** What may be said beside it. */
export type MoreFound = Partial<Omit<FoundFields, "timeMs" | "target" | "status" | "bytesOut" | "bytesIn">>;

/** The fields, or the first reason for which they cannot be: malformed, missing-field, bad-time, in this order. */
export function buildFound(written: Written, more: MoreFound): FoundFields | Rejection {
  const { names } = written;
  const status = written.status === undefined ? undefined : readStatus(written.status);
  if (written.status !== undefined && status === undefined) {
    return { reason: "malformed", detail: `${names.status} is neither a status nor \`-\`.` };
  }
  if (isUnreadable(written.target)) return { reason: "malformed", detail: `${names.target} is not UTF-8.` };
  if (isAbsent(written.time)) return missing(names.time);
  if (typeof written.target !== "string") return missing(names.target);
  if (status === undefined) return missing(names.status);
  if (written.bytesOut === undefined) return missing(names.bytesOut);
  const timeMs = readTime(written.time, written.timeZone);
  if (timeMs === null) return { reason: "bad-time", detail: `${names.time} is no time that a calendar has.` };
  return {
    timeMs,
    id: null,
    method: null,
    target: written.target,
    targetForm: "url",
    status,
    wasAsked: true,
    bytesOut: readByteCount(written.bytesOut),
    bytesIn: readByteCount(written.bytesIn),
    host: null,
    cache: null,
    user: null,
    bucket: null,
    verdict: null,
    store: null,
    ...more,
  };
}

/** Halves of characters of UTF-16, which JSON can write, all become U+FFFD in the store: two names would be one there. */
function isUnreadable(target: unknown): boolean {
  return target === UNREADABLE || (typeof target === "string" && !target.isWellFormed());
}

/** Why a line lacks what its kind needs. */
export function missing(name: string): Rejection {
  return { reason: "missing-field", detail: `The line has no ${name}.` };
}

/** True for what stands for nothing in every format. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "" || value === "-";
}
