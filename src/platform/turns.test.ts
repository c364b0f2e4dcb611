import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { buildTurns, pauseAfter } from "./turns.ts";

describe("buildTurns", () => {
  it("gives three pieces of work a round of the event loop each, in the order in which they asked", async () => {
    const turn = buildTurns();
    let round = 0;
    let isOver = false;
    const count = (async () => {
      for (; !isOver; round++) await setImmediate();
    })();
    const rounds = await Promise.all([1, 2, 3].map(() => turn().then(() => round)));
    isOver = true;
    await count;
    expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
    expect(new Set(rounds).size).toBe(3);
  });

  it("gives a turn to whoever asks after all others had theirs", async () => {
    const turn = buildTurns();
    await turn();
    await setImmediate();
    await expect(turn()).resolves.toBeUndefined();
  });
});

describe("pauseAfter", () => {
  it("lets others have a turn after many records, and none after few", async () => {
    const order: string[] = [];
    const other = setImmediate().then(() => order.push("other"));
    await pauseAfter(100);
    order.push("few");
    await pauseAfter(100_000);
    order.push("many");
    await other;
    expect(order).toEqual(["few", "other", "many"]);
  });
});
