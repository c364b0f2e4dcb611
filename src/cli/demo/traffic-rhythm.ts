/**
 * When sample traffic happens: quiet nights, busy weekdays, a little more every week. Pure.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-01 was a Thursday; counted from Monday it is day 3. */
const EPOCH_WEEKDAY = 3;
/** Share of the traffic of 24 UTC hours, hour 0 first, as people between London and Helsinki make it. */
const HOUR_WEIGHTS = [3, 2, 2, 2, 3, 5, 9, 14, 18, 20, 21, 21, 20, 21, 21, 20, 19, 18, 17, 16, 14, 11, 8, 5] as const;
/** Monday first. */
const WEEKDAY_WEIGHTS = [10, 11, 11, 10, 9, 5, 4] as const;
/** What the last hour has more than the first. */
const GROWTH_RATIO = 0.3;

/**
 * The times of `events` events, ascending, in [endMs - days, endMs), in UTC milliseconds. Exactly `events` times come,
 * spread over the hours by weight and evenly inside each hour, with `unit()` moving each within its share.
 */
export function* spreadTimes(
  range: { readonly endMs: number; readonly days: number; readonly events: number },
  unit: () => number,
): Generator<number> {
  const startMs = range.endMs - range.days * DAY_MS;
  const hours = range.days * 24;
  const weights = Array.from({ length: hours }, (_, hour) => weightOf(startMs + hour * HOUR_MS, hour / hours));
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
  let weightSoFar = 0;
  let sent = 0;
  for (const [hour, weight] of weights.entries()) {
    weightSoFar += weight;
    // Rounding what is due so far, not each hour, loses no event: the last hour brings the sum to `events`.
    const due = hour === hours - 1 ? range.events : Math.round((weightSoFar / weightSum) * range.events);
    const here = due - sent;
    for (let index = 0; index < here; index++) {
      yield startMs + hour * HOUR_MS + Math.floor(((index + unit()) / here) * HOUR_MS);
    }
    sent = due;
  }
}

function weightOf(timeMs: number, progressRatio: number): number {
  const dayOfEpoch = Math.floor(timeMs / DAY_MS);
  const weekday = (((dayOfEpoch + EPOCH_WEEKDAY) % 7) + 7) % 7;
  const hourOfDay = Math.floor((timeMs - dayOfEpoch * DAY_MS) / HOUR_MS);
  return (HOUR_WEIGHTS[hourOfDay] ?? 1) * (WEEKDAY_WEIGHTS[weekday] ?? 1) * (1 + GROWTH_RATIO * progressRatio);
}
