/**
 * Hours with traffic -> the gaps between them: where records may be missing. Pure.
 */
import { HOUR_MS } from "../model/time-range.ts";

/** A run of whole hours [startMs, endMs), UTC ms, without any traffic. */
export type Gap = { readonly startMs: number; readonly endMs: number };

/**
 * Every run of hours without traffic between two hours with it, ascending. `hoursMs` are the starts of hours with
 * traffic, ascending, without repetition. A run that ends after `completeUntilMs` is left out: what belongs there may
 * still be on its way.
 */
export function findGaps(hoursMs: readonly number[], completeUntilMs: number): readonly Gap[] {
  return hoursMs.flatMap((endMs, index) => {
    const before = hoursMs[index - 1];
    if (before === undefined || before + HOUR_MS >= endMs || endMs > completeUntilMs) return [];
    return [{ startMs: before + HOUR_MS, endMs }];
  });
}
