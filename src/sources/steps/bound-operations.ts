/**
 * Step bound-operations: keeps the number of distinct operations of a source bounded. Without it a scanner that asks for
 * a million paths makes a million roll-up rows per hour.
 */
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { settingsOf } from "./resolve-sources.ts";
import type { StepContext } from "./step.ts";

/** What further operations are counted under. */
export const OTHER_OPERATION = "(other)";

/**
 * Replaces an operation that is one too many for its source. Operations are remembered while the thread runs that runs
 * the steps; a restart begins to count anew, so the bound holds per run and thread. Stands behind everything that can refuse the record: what
 * is refused takes no place.
 */
export function boundOperations(passage: Passage, context: StepContext): Rejection | null {
  const operations = context.known.operationsOf(settingsOf(passage));
  if (operations.has(passage.operation)) return null;
  if (operations.size < context.limits.operationsPerSourceMax) operations.add(passage.operation);
  else if (passage.operation !== "") passage.operation = OTHER_OPERATION;
  return null;
}
