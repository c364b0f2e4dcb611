/**
 * The process dies: at any moment, and at each step of a commit.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Scenario } from "../scenario.ts";
import type { Trial } from "../trial.ts";

/** The steps of a commit, as ASSETMETER_TEST_FAULT names them (store/usage-store.ts). */
const POINTS = ["begun", "deduplicated", "raw", "counts", "committed"] as const;

/** The steps of upkeep that write. */
const UPKEEP = ["rollups", "compaction", "checkpoint"] as const;

/** Those at which a failure undoes the whole commit. */
const COMMIT_STEPS = ["begun", "deduplicated", "raw", "counts"] as const;

/** A commit passes every point long before. */
const POINT_MS_MAX = 30_000;

/** From the last byte of a killed process to the news of its end. */
const END_SEEN_MS_MAX = 10_000;

/** Starts again, with faults of what comes next, sends again what was not answered, compares. */
async function recover(trial: Trial, faults: Readonly<Record<string, string>> = {}) {
  await trial.end();
  await trial.start(faults);
  await trial.sendOpen();
  return trial.check();
}

/** kill -9 while four clients send. */
export const KILL_AT_RANDOM: Scenario = {
  name: "kill -9 at random",
  what: "SIGKILL at a random moment under load; what was not answered is sent again",
  rounds: { quick: 2, full: 50 },
  // The log is moved into the file every few commits, so that many of the moments are in the middle of it.
  settings: { ASSETMETER_TEST_LOG_BYTES_MAX: "100000" },
  async round(trial) {
    const moment = delay(trial.random.whole(5, 400)).then(() => trial.server().end("SIGKILL"));
    // Long batches are read on a thread.
    await Promise.all([trial.flood(3, 50, moment), trial.flood(1, 500, moment)]);
    await moment;
    return recover(trial);
  },
};

/** kill -9 at each named step of a commit. */
export const KILL_AT_POINTS: Scenario = {
  name: "kill -9 at each step of a commit",
  what: POINTS.join(", "),
  rounds: { quick: POINTS.length, full: 3 * POINTS.length },
  startsServer: true,
  async round(trial, number) {
    // In the whole form also the first commits of a server that has just started.
    if (number === 0 || number >= POINTS.length) {
      await trial.end();
      await trial.start(killAt(number, 0));
    }
    await trial.flood(3, 20, delay(POINT_MS_MAX, undefined, { ref: false }));
    // Connections break before the process is seen to have ended; on a busy machine that takes a while.
    for (let waited = 0; trial.server().isAlive() && waited < END_SEEN_MS_MAX; waited += 20) await delay(20);
    if (trial.server().isAlive()) throw new Error(`No commit passed ${pointOf(number)}.`);
    // What is sent again comes through first: each of those batches is one commit at most.
    return recover(trial, killAt(number + 1, trial.openBatches()));
  },
};

const pointOf = (number: number): string => POINTS[number % POINTS.length] as string;

/** The fault of a round: at its point, in the first commit after `commits` others; in a second one the third time that it comes up. */
function killAt(number: number, commits: number): Readonly<Record<string, string>> {
  const time = commits + Math.max(1, Math.floor(number / POINTS.length));
  return { ASSETMETER_TEST_FAULT: `kill:${pointOf(number)}:${time}` };
}

/** kill -9 while facts of some commits are added to roll-ups, their rows are put in order, or the log is moved into the file. */
export const KILL_IN_UPKEEP: Scenario = {
  name: "kill -9 in roll-ups, compaction and checkpoints",
  what: `${UPKEEP.join(", ")}: at their steps and at random between them, under load`,
  // Each of them and at random: once, or twice at each of four times.
  rounds: { quick: UPKEEP.length + 1, full: 8 * (UPKEEP.length + 1) },
  settings: { ASSETMETER_TEST_COMPACTION_ROWS_MIN: "20", ASSETMETER_TEST_LOG_BYTES_MAX: "20000" },
  async round(trial, number) {
    // Rows for compaction to begin with: it looks for them when the server starts.
    for (let batch = 0; batch < 4; batch++) await trial.send(trial.make(60));
    await trial.end();
    const point = UPKEEP[number % (UPKEEP.length + 1)];
    const time = 1 + (Math.floor(number / (UPKEEP.length + 1)) % 4);
    try {
      await trial.start(point === undefined ? {} : { ASSETMETER_TEST_FAULT: `kill:${point}:${time}` });
    } catch {
      // What waits is rolled up as soon as the store is open: before the server listens.
      return recover(trial);
    }
    const moment = point === undefined ? trial.random.whole(100, 900) : POINT_MS_MAX;
    const ended = endAt(trial, moment, point);
    await trial.flood(
      2,
      20,
      ended.catch(() => {}),
    );
    await ended;
    return recover(trial);
  },
};

/** Ends the server after so long where no point does; resolves when it has ended, and throws where a point was not met. */
async function endAt(trial: Trial, ms: number, point: string | undefined): Promise<void> {
  for (let waited = 0; trial.server().isAlive() && waited < ms; waited += 20) await delay(20);
  if (point === undefined) await trial.server().end("SIGKILL");
  else if (trial.server().isAlive()) throw new Error(`Nothing passed ${point}.`);
}

/** The commit fails at each step, the process lives on. */
export const FAIL_AT_POINTS: Scenario = {
  name: "a commit fails at each step",
  what: "a write fails by injection; the sender gets 503 and sends again",
  rounds: { quick: 2, full: COMMIT_STEPS.length },
  startsServer: true,
  async round(trial, number) {
    await trial.end();
    await trial.start({ ASSETMETER_TEST_FAULT: `fail:${COMMIT_STEPS[(2 * number + 3) % COMMIT_STEPS.length]}:2` });
    const statuses: number[] = [];
    for (let batch = 0; batch < 4; batch++) statuses.push(await trial.send(trial.make(30)));
    if (statuses.join() !== "200,503,200,200") throw new Error(`Answers were ${statuses.join(", ")}.`);
    await trial.sendOpen();
    return trial.check();
  },
};

/** A correction and its revert are killed half-way. */
export const KILL_A_CORRECTION: Scenario = {
  name: "kill -9 in a correction",
  what: "SIGKILL while everything is voided; reverted where it came through",
  rounds: { quick: 1, full: 10 },
  async round(trial) {
    await trial.send(trial.make(300));
    const url = () => `${trial.server().url}/usage/v1/corrections`;
    const post = (path: string, body: unknown) =>
      trial.ask(`${url()}${path}`, { method: "POST", type: "application/json", body: JSON.stringify(body) });
    const range = { start: "2000-01-01", end: "2100-01-01" };
    const asked = post("", { action: "void", source: "verify", ...range, reason: "verify" });
    await delay(trial.random.whole(1, 60));
    await trial.server().end("SIGKILL");
    await asked;
    await trial.start();
    const listed = await trial.ask(url(), { method: "GET" });
    const { corrections } = JSON.parse(listed?.text ?? "{}") as {
      corrections: readonly { number: number; reverted: unknown }[];
    };
    const standing = corrections.filter(({ reverted }) => reverted === null);
    if (standing.length > 0) {
      const voided = await trial.check([]);
      if (voided.doubled > 0 || voided.wrong > 0) return voided;
      for (const { number } of standing) await post(`/${number}/revert`, { reason: "verify" });
    }
    return { ...(await trial.check()), note: standing.length > 0 ? "came through, reverted" : "did not come through" };
  },
};
