/**
 * Step note-lateness: marks events that came later than their source is expected to deliver. They count like any other.
 */
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { settingsOf } from "./resolve-sources.ts";
import type { StepContext } from "./step.ts";

/**
 * A source without a bound (0) has no late events: otherwise every event would be, by the milliseconds of its way here.
 * An event exactly as old as the bound is not late. Of lines only those of a
 * log that is followed are: an imported file is always read after it was written.
 */
export function noteLateness(passage: Passage, context: StepContext): Rejection | null {
  const { latenessBoundMs, tracksWatermark } = settingsOf(passage);
  if (passage.record.form !== "event" && !tracksWatermark) return null;
  passage.isLate = latenessBoundMs > 0 && passage.timeMs < context.arrivedMs - latenessBoundMs;
  return null;
}
