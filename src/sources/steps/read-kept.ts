/**
 * Step read-kept: a line that was refused before -> its identity, its time and its request, as they were read then. Other
 * records pass untouched.
 */
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { parseKeptLine } from "../replay/kept-line.ts";

/** Stands behind read-line: the steps from there on do not see whether a line comes for the first time. */
export function readKept(passage: Passage): Rejection | null {
  const { record } = passage;
  if (record.form !== "kept") return null;
  const kept = parseKeptLine(record.replay);
  if (kept === null) return { reason: "malformed", detail: "What was kept of the line cannot be read." };
  passage.id = kept.id;
  passage.timeMs = kept.timeMs;
  passage.request = kept.request;
  return null;
}
