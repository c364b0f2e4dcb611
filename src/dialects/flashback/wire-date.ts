/**
 * ISO 8601 text ↔ UTC milliseconds as Flashback's clients write it. Pure.
 */

/**
 *   2026-03-01T10:20:30.123+02:00
 *   date       time     ms  offset, `Z`, or nothing for UTC; the time may be left out as a whole
 */
const ISO_DATE =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:T(?<time>\d{2}:\d{2})(?<seconds>:\d{2}(?:\.\d+)?)?(?<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Form encoding reads the `+` of an offset as a space: `…T10:00:00 02:00` was sent as `…T10:00:00+02:00`. */
const SPACE_BEFORE_OFFSET = / (?=\d{2}(?::?\d{2})?$)/;

/** The moment that the text names in UTC milliseconds; null when it has another form or names no real moment. */
export function parseWireDate(text: string): number | null {
  const parts = ISO_DATE.exec(text.replace(SPACE_BEFORE_OFFSET, "+"))?.groups;
  if (parts?.date === undefined) return null;
  const dayMs = Date.parse(`${parts.date}T00:00:00Z`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== parts.date) return null;
  // Without a zone Date.parse takes the time of the machine's own zone, and the same request would answer differently.
  const time = parts.time === undefined ? "00:00" : parts.time + (parts.seconds ?? "");
  const timeMs = Date.parse(`${parts.date}T${time}${toOffset(parts.zone ?? "Z")}`);
  return Number.isNaN(timeMs) ? null : timeMs;
}

/** `+02`, `+0200` and `+02:00` are the same offset; Date.parse reads the last only. */
function toOffset(zone: string): string {
  if (zone === "Z") return zone;
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
