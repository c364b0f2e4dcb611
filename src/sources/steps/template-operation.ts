/**
 * Step template-operation: names the operation of an API request in a log by its path with the ids taken out.
 */
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import type { PathContext } from "./step.ts";

/** Sets the operation of API lines that neither a rule nor the log itself names. Events and deliveries have theirs already. */
export function templateOperation(passage: Passage, { known }: PathContext): Rejection | null {
  if (passage.request !== null && passage.kind === "api" && passage.operation === "") {
    passage.operation = known.paths.templateOf(passage.request.path);
  }
  return null;
}
