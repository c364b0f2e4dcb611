/**
 * Waits for work that goes on behind an open store or a server that answers: ids of millions of events are read into memory for
 * some seconds, in which an answer takes three times as long.
 */
import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 1000;
const STEPS_MAX = 300;
const QUIET_STEPS = 3;
/** Processor time in one step below which nothing goes on. */
const IDLE_MS = 50;

/** Resolves when a process has used next to no processor time for three seconds; after five minutes in any case. */
export async function waitUntilIdle(readProcessorMs: () => number): Promise<void> {
  let quiet = 0;
  for (let step = 0; step < STEPS_MAX && quiet < QUIET_STEPS; step++) {
    const before = readProcessorMs();
    await sleep(STEP_MS);
    quiet = readProcessorMs() - before < IDLE_MS ? quiet + 1 : 0;
  }
}

/** Processor time of this process so far, milliseconds, of all its threads. */
export function ownProcessorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
