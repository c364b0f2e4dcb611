/**
 * The only place that asks for the time. Everything else takes a Clock, so that a test can hold it still.
 */

/** Tells the time. `now()` is UTC milliseconds since 1970; it may step back when the machine's clock is corrected. */
export interface Clock {
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** Milliseconds since this process began, from a clock that nobody can set. */
export const systemElapsedMs = (): number => performance.now();

/** A clock that stands at `timeMs` until `set` moves it: for tests and for sample traffic that must be the same twice. */
export function buildFixedClock(timeMs: number): Clock & { set(timeMs: number): void } {
  let current = timeMs;
  return {
    now: () => current,
    set: (next) => {
      current = next;
    },
  };
}
