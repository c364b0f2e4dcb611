/**
 * Turns of the event loop, for work that holds it for milliseconds: one piece per turn, so that what is short is answered
 * between two of them and not after all.
 */
import { setImmediate } from "node:timers/promises";

/** Resolves when it is the caller's turn: one caller for each round of the event loop, in the order in which they asked. */
export type NextTurn = () => Promise<void>;

/** Builds a queue for turns. Those who wait in different queues have turns in the same round. */
export function buildTurns(): NextTurn {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(() => setImmediate());
    return last;
  };
}

/** So many records are worked on at a time: about 4 ms. */
const RECORDS_AT_A_TIME = 8_192;

/** Lets everybody else have a turn between two pieces of work on so many records; few need none. */
export async function pauseAfter(records: number): Promise<void> {
  if (records > RECORDS_AT_A_TIME) await setImmediate();
}
