/**
 * Step check-time: refuses records from the future. What lies in the past is welcome, so that old logs can be imported.
 */
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import type { StepContext } from "./step.ts";

/** A record exactly `futureToleranceMs` ahead of our clock is still taken. */
export function checkTime(passage: Passage, context: StepContext): Rejection | null {
  const { futureToleranceMs } = context.limits;
  if (passage.timeMs <= context.arrivedMs + futureToleranceMs) return null;
  const time = new Date(passage.timeMs).toISOString();
  return {
    reason: "in-future",
    detail: `${time} is more than ${futureToleranceMs / 1000} s ahead of this server's clock.`,
  };
}
