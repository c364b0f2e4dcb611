import { describe, expect, it } from "vitest";
import { buildRollUpPace } from "./roll-up-pace.ts";

/**
 * Roll-ups of a store that a commit of `factsOfCommit` facts comes to during every step until `commitsMax` have come. A round is
 * five steps, as of five families of tables. Resolves when nothing more happens.
 */
async function runBeside(options: { factsMin: number; factsOfCommit: number; commitsMax: number }) {
  const { factsMin, factsOfCommit, commitsMax } = options;
  let [commits, done, most] = [0, 0, 0];
  const rounds: number[] = [];
  const behindAt: number[] = [];
  let inRound = 0;
  const commit = () => {
    commits++;
    pace.add(factsOfCommit, commits);
    most = Math.max(most, (commits - done) * factsOfCommit);
    if (pace.isBehind()) behindAt.push(commits);
  };
  const pace = buildRollUpPace({
    factsMin,
    step: async (upTo) => {
      if (inRound === 0 && done >= Math.min(upTo, commits)) return false;
      inRound = (inRound + 1) % 5;
      if (inRound === 0) {
        rounds.push((Math.min(upTo, commits) - done) * factsOfCommit);
        done = Math.min(upTo, commits);
      }
      if (commits < commitsMax) commit();
      return true;
    },
    onError: (error) => {
      throw error;
    },
  });
  while (commits < commitsMax) {
    commit();
    // All that the pace does by itself is done before the next turn of the event loop.
    await new Promise(setImmediate);
  }
  return { rounds, behindAt, most };
}

describe("the pace of roll-ups", () => {
  it("adds as many facts in every round as are to wait, also when commits come during every step", async () => {
    const { rounds } = await runBeside({ factsMin: 100, factsOfCommit: 10, commitsMax: 1_000 });
    // Ten commits in the first, and five that came during its steps count for the next.
    expect(rounds.length).toBeGreaterThan(50);
    for (const facts of rounds) expect(facts).toBeGreaterThanOrEqual(100);
  });

  it("never holds up intake for facts that were rolled up long ago", async () => {
    const { behindAt, most } = await runBeside({ factsMin: 100_000, factsOfCommit: 50_000, commitsMax: 1_000 });
    expect(most).toBeLessThan(1_000_000);
    expect(behindAt).toEqual([]);
  });

  it("holds up intake while more than two million facts wait, and no longer", async () => {
    let finish = (_more: boolean): void => {};
    const pace = buildRollUpPace({
      factsMin: 1,
      step: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
      onError: () => {},
    });
    pace.add(2_000_000, 1);
    expect(pace.isBehind()).toBe(false);
    pace.add(1, 2);
    expect(pace.isBehind()).toBe(true);
    finish(false);
    await new Promise(setImmediate);
    expect(pace.isBehind()).toBe(false);
  });
});
