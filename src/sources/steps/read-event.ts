/**
 * Step read-event: CloudEvents object -> the fields of a usage event, or why it is none. Lines pass untouched.
 */
import { parseEvent } from "../events/parse-event.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import type { StepContext } from "./step.ts";

/** Reads an event into the passage. What was readable before the first fault stays: rejections are shown by source and id. */
export function readEvent(passage: Passage, context: StepContext): Rejection | null {
  return passage.record.form === "event" ? parseEvent(passage.record.value, passage, context.arrivedMs) : null;
}
