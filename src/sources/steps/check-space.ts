/**
 * Step check-space: a sender that is limited to some spaces may not write usage that belongs to no space.
 */
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import type { StepContext } from "./step.ts";

/** Stands behind resolve-assets, because a record without a space may take that of its asset. */
export function checkSpace(passage: Passage, context: StepContext): Rejection | null {
  if (passage.space !== null || context.submission.allowedSpaces === null) return null;
  return { reason: "unknown-space", detail: "The token is limited to spaces, so the record has to name one of them." };
}
