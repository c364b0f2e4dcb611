/**
 * Step read-line: log line -> its identity, its time and where its fields stand, or why it is none. Events pass untouched.
 */
import { LINE_FORMATS, lineBytesMaxOf } from "../access-log/formats.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { settingsOf } from "./resolve-sources.ts";
import type { StepContext } from "./step.ts";

/** Reads a line into the passage. Rejected lines have no identity: sending them again is rejected again. */
export function readLine(passage: Passage, context: StepContext): Rejection | null {
  const { record } = passage;
  if (record.form !== "line") return null;
  const lineBytesMax = lineBytesMaxOf(context.submission.format, context.limits.lineBytesMax);
  if (record.bytes.length > lineBytesMax) {
    return { reason: "line-too-long", detail: `The line is longer than ${lineBytesMax} bytes.` };
  }
  const format = LINE_FORMATS.get(context.submission.format);
  if (format === undefined) {
    return { reason: "malformed", detail: `The source's format ${context.submission.format} has no lines.` };
  }
  const { bytes, terminated, before, isPlain = false, columns = null, part = 0 } = record;
  const line = { bytes, isTerminated: terminated, before, isPlain, columns, part };
  // The parts may have been found before the steps: access-log/repeated-requests.ts.
  const read = passage.parts ?? format.read(line, settingsOf(passage).settings);
  if ("reason" in read) return read;
  passage.timeMs = read.timeMs;
  if ("shape" in read) {
    passage.id = record.contentId;
    passage.parts = read;
  } else {
    passage.id = read.id ?? record.contentId;
    passage.found = read;
  }
  return null;
}
