/**
 * Work on one thing, one piece after another; work on different things runs side by side. What waits is bounded.
 */
import { AppError } from "../platform/errors.ts";

/** How many pieces may wait. */
export type WaitingBounds = {
  /** For one thing. */
  readonly ofOneMax: number;
  /** For all of them together. */
  readonly ofAllMax: number;
};

/** Runs work when all that was given before it under the same key has ended, well or badly. */
export interface OneByOne {
  /**
   * Answers and rejects as the work does. Rejects with `request/too-many` in place of waiting where enough waits: work that
   * has nothing before it is never refused.
   */
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
}

/** Seconds after which a refused caller may try again: what waits for the thread that hashes passwords takes so long. */
const RETRY_AFTER_S = 2;

/** The work under one key: how much of it there is, and when the last of it ends. */
type Line = { pieces: number; last: Promise<void> };

/** Nothing runs yet. */
export function buildOneByOne({ ofOneMax, ofAllMax }: WaitingBounds): OneByOne {
  const lines = new Map<string, Line>();
  let waiting = 0;
  const enter = (key: string): Line => {
    const known = lines.get(key);
    if (known === undefined) {
      const line = { pieces: 1, last: Promise.resolve() };
      lines.set(key, line);
      return line;
    }
    // The first of the pieces runs.
    if (known.pieces - 1 >= ofOneMax || waiting >= ofAllMax) {
      throw new AppError("request/too-many", "Too many logins wait.", { retryAfterS: RETRY_AFTER_S });
    }
    known.pieces += 1;
    waiting += 1;
    return known;
  };
  const leave = (key: string, line: Line): void => {
    line.pieces -= 1;
    // Whoever is next no longer waits.
    if (line.pieces > 0) waiting -= 1;
    else lines.delete(key);
  };
  return {
    run: async (key, work) => {
      const line = enter(key);
      const before = line.last;
      const { promise, resolve } = Promise.withResolvers<void>();
      line.last = promise;
      await before;
      try {
        return await work();
      } finally {
        leave(key, line);
        resolve();
      }
    },
  };
}
