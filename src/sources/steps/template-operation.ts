/**
 * Step template-operation: names the operation of an API request in a log by its path with the ids taken out.
 */
import { toOperationTemplate } from "../access-log/operation-template.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";

/** Sets the operation of API lines that neither a rule nor the log itself names. Events and deliveries have theirs already. */
export function templateOperation(passage: Passage): Rejection | null {
  if (passage.request !== null && passage.kind === "api" && passage.operation === "") {
    passage.operation = toOperationTemplate(passage.request.path);
  }
  return null;
}
