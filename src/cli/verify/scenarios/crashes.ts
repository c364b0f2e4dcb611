/**
 * The process dies: at any moment, and at each step of a commit.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Scenario } from "../scenario.ts";
import type { Trial } from "../trial.ts";
import { addDifferences, type Difference, DROPPED_SUMS, NO_DIFFERENCE } from "../truth.ts";

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
    } catch (error) {
      // What waits is rolled up as soon as the store is open: before the server listens.
      if (!wasKilled(error)) throw error;
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

/** True of a start that a fault has ended. Of any other one that fails, nothing would be proved by what comes after it. */
const wasKilled = (error: unknown): boolean => /ended \(SIGKILL\)/.test(String(error));

/**
 * At the how-manieth step of dropping each round kills. Every start that drops notes what goes; then eight roll-ups per day and hour
 * are put together, one by one, then raw rows go. So the second round dies in the first roll-up, the next two come three
 * of them further each, and the last one dies in raw rows. Sums per minute, which every start drops, go in between.
 */
const DROPPING_KILLS = [1, 2, 5, 5, 4] as const;

/**
 * A clock by which everything of the verifier is past its retention, days in whole months too, and ids are forgotten. Believed at
 * once: nobody waits for 35 days.
 */
const CLOCK_SET_ON = {
  ASSETMETER_TEST_CLOCK_OFFSET_MS: String(35 * 24 * 3_600_000),
  ASSETMETER_TEST_CLOCK_IS_BELIEVED: "1",
};

/** A start that drops everything but months. */
const DROPPING = {
  ...CLOCK_SET_ON,
  ASSETMETER_RAW_RETENTION_DAYS: "1",
  ASSETMETER_MINUTE_RETENTION_DAYS: "1",
  ASSETMETER_HOUR_RETENTION_DAYS: "1",
  ASSETMETER_DAY_RETENTION_DAYS: "1",
};

/** Events of the first start: they arrived by its clock, so their ids are remembered and their raw rows stay. */
const FORGOTTEN_NEVER = 10;

/** kill -9 while rows past their retention go. */
export const KILL_IN_RETENTION: Scenario = {
  name: "kill -9 in retention",
  what: "raw rows, minutes, hours and days are dropped, killed at several steps; each start goes on",
  // A data directory takes five more starts than there are rounds: only where there is time for it.
  rounds: { quick: 0, full: DROPPING_KILLS.length },
  // Other starts drop nothing but what is noted of minutes: what a kill has left is compared as it is.
  settings: { ASSETMETER_DEDUPE_HORIZON_DAYS: "1", ASSETMETER_MINUTE_RETENTION_DAYS: "36600" },
  startsServer: true,
  async round(trial, number) {
    if (number === 0) {
      await trial.start(CLOCK_SET_ON);
      await trial.send(trial.make(FORGOTTEN_NEVER));
      await trial.end();
      await trial.start();
      await trial.send(trial.make(400));
      // All of them are in every roll-up then: what is added after the note has no time of its own that could go.
      await trial.check();
    }
    await trial.end();
    try {
      await trial.start({ ...DROPPING, ASSETMETER_TEST_FAULT: `kill:retention:${DROPPING_KILLS[number]}` });
      await endAt(trial, POINT_MS_MAX, "retention");
    } catch (error) {
      if (!wasKilled(error)) throw error;
    }
    await trial.start();
    // Later facts of a time that is being dropped.
    await trial.send(trial.make(50));
    const left = await checkSums(trial);
    if (number < DROPPING_KILLS.length - 1) return left;
    await trial.end();
    await trial.start(DROPPING);
    await waitForDropped(trial);
    return addDifferences(left, await checkSums(trial));
  },
};

/** Asks all that can be asked where only months are left. */
async function checkSums(trial: Trial): Promise<Difference> {
  let found = NO_DIFFERENCE;
  for (const question of DROPPED_SUMS) found = addDifferences(found, await trial.compareAnswer(question));
  return found;
}

/** Resolves when every raw row is gone that may go: raw rows go last. */
async function waitForDropped(trial: Trial): Promise<void> {
  for (let waited = 0; waited < POINT_MS_MAX; waited += 20) {
    const { rows } = (await trial.askOperator("/usage/v1/store-report")) as { rows: Record<string, number> };
    if (rows.usage_raw === FORGOTTEN_NEVER) return;
    await delay(20);
  }
  throw new Error("What a kill has left to be dropped is still there.");
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
