/**
 * How much of logs was taken in, and of which time: added up, printed, and read from a server's answer.
 */
import type { LogExtent } from "../model/source.ts";
import { printCount } from "./print-count.ts";

/** Of no log. */
export const NO_EXTENT: LogExtent = { bytes: 0, late: 0, firstEventMs: null, lastEventMs: null };

/** Both together. */
export function addExtents(one: LogExtent, other: LogExtent): LogExtent {
  const firsts = [one.firstEventMs ?? [], other.firstEventMs ?? []].flat();
  const lasts = [one.lastEventMs ?? [], other.lastEventMs ?? []].flat();
  return {
    bytes: one.bytes + other.bytes,
    late: one.late + other.late,
    firstEventMs: firsts.length === 0 ? null : Math.min(...firsts),
    lastEventMs: lasts.length === 0 ? null : Math.max(...lasts),
  };
}

/** The form that `import --json` prints and `POST /usage/v1/logs` answers. */
export function toExtentJson({ bytes, late, firstEventMs, lastEventMs }: LogExtent) {
  return { bytes, late, first_event_time: toIso(firstEventMs), last_event_time: toIso(lastEventMs) };
}

/** Reads that form, of a body that fromTotalsJson has read. */
export function fromExtentJson(body: string): LogExtent {
  const {
    bytes,
    late,
    first_event_time: first,
    last_event_time: last,
  } = JSON.parse(body) as ReturnType<typeof toExtentJson>;
  return { bytes, late, firstEventMs: fromIso(first), lastEventMs: fromIso(last) };
}

/** One line each, ending in a line end; without times where no line was counted. */
export function printExtent(extent: LogExtent): string {
  const { bytes, late, first_event_time: first, last_event_time: last } = toExtentJson(extent);
  const counts = `bytes ${printCount(bytes)}, late ${printCount(late)}\n`;
  return first === null ? counts : `${counts}from ${first} to ${last}\n`;
}

function toIso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}

function fromIso(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}
