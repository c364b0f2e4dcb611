/**
 * The thread that asks for health and statistics while its opener sends events: answers that have come would wait for a turn
 * of the sender's otherwise, up to 10 ms. probes.ts is its only client.
 */
import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { answerTasks } from "../src/platform/thread.ts";
import { ask } from "./http-client.ts";
import type { ProbeSettings, ProbeTask, ProbeTimes } from "./probes.ts";

const { url, token, paths, everyMs } = workerData as ProbeSettings;
const agent = new Agent({ keepAlive: true });
let isPaused = true;
let asking: Promise<number[][]> = Promise.resolve([]);

/** One question at a time, `everyMs` after the last answer. */
async function probe(path: string): Promise<number[]> {
  const times: number[] = [];
  while (!isPaused) {
    const begunMs = performance.now();
    await ask(`${url}${path}`, token, agent);
    times.push(performance.now() - begunMs);
    await delay(everyMs);
  }
  return times;
}

answerTasks(async (task: ProbeTask): Promise<ProbeTimes> => {
  isPaused = task === "pause";
  if (isPaused) return asking;
  asking = Promise.all(paths.map(probe));
  // Whoever pauses is told; without this the thread would end before, and the run would have no figures.
  asking.catch(() => {});
  return [];
});
