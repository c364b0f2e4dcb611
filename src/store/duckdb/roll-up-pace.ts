/**
 * When facts are added to the roll-ups: as soon as enough of them wait, step after step, until none of these does. What comes
 * meanwhile waits for the next time. Nobody waits for it, but intake that runs too far ahead.
 */

/** So many facts wait to be rolled up together. Reading so many beside a roll-up takes about a millisecond. */
const ROLL_UP_FACTS_MIN = 100_000;

/** More facts than these hold up intake until some of them are rolled up. */
const WAITING_FACTS_MAX = 2_000_000;

/** Counts what waits. */
export interface RollUpPace {
  /** Notes facts that the roll-ups' tables do not hold, by the number of the last commit, and begins to roll up when enough wait. */
  add(facts: number, lastCommit: number): void;
  /** True when facts come faster than they are rolled up, which would make every answer slower. */
  isBehind(): boolean;
  /** Lets no further step begin. */
  stop(): void;
}

/** What is done at that pace. `factsMin`: so many facts wait; the store's own number when left out. */
export type RollUpWork = {
  readonly factsMin: number | undefined;
  /** Adds some facts of the commits up to this one to the roll-ups. False: they hold all of them. */
  readonly step: (upTo: number) => Promise<boolean>;
  /** Told when a step fails: everything stays right, but slower. */
  readonly onError: (error: unknown) => void;
};

/** Nothing waits. */
export function buildRollUpPace({ factsMin = ROLL_UP_FACTS_MIN, step, onError }: RollUpWork): RollUpPace {
  let [waiting, lastCommit, isRunning, isStopped] = [0, 0, false, false];
  const run = async (): Promise<void> => {
    // Never up to whatever has come by then: with a commit every few milliseconds there is always one more, and each step would
    // add a few facts, at the price of a step.
    while (!isStopped && waiting >= factsMin) {
      const [before, upTo] = [waiting, lastCommit];
      // Each step is a turn of its own: compaction and the close of the store come in between.
      while (await step(upTo)) if (isStopped) return;
      waiting -= before;
    }
  };
  return {
    add: (facts, commit) => {
      waiting += facts;
      lastCommit = commit;
      if (waiting < factsMin || isRunning) return;
      isRunning = true;
      run()
        .catch(onError)
        .finally(() => {
          isRunning = false;
        });
    },
    isBehind: () => waiting > WAITING_FACTS_MAX,
    stop: () => {
      isStopped = true;
    },
  };
}
