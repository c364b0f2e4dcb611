/**
 * Step check-time: refuses records from the future. What lies in the past is welcome, so that old logs can be imported,
 * unless the source says how far back.
 */
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { settingsOf } from "./resolve-sources.ts";
import type { StepContext } from "./step.ts";

const DAY_MS = 86_400_000;

/** A record exactly `futureToleranceMs` ahead of our clock is still taken. */
export function checkTime(passage: Passage, context: StepContext): Rejection | null {
  const { futureToleranceMs } = context.limits;
  if (passage.timeMs <= context.arrivedMs + futureToleranceMs) return checkAge(passage, context);
  const time = new Date(passage.timeMs).toISOString();
  return {
    reason: "in-future",
    detail: `${time} is more than ${futureToleranceMs / 1000} s ahead of this server's clock.`,
  };
}

function checkAge(passage: Passage, context: StepContext): Rejection | null {
  const { oldestDays } = settingsOf(passage).settings;
  if (oldestDays === null || passage.timeMs >= context.arrivedMs - oldestDays * DAY_MS) return null;
  const time = new Date(passage.timeMs).toISOString();
  return { reason: "too-old", detail: `${time} is more than ${oldestDays} days old.` };
}
