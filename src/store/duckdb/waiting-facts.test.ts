/**
 * A question leaves facts aside only where none of them can be part of its answer.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import type { UsageStore } from "../usage-store.ts";
import { openDuckdbStore } from "./open.ts";
import { ANY_SPAN, buildWaitingFacts } from "./waiting-facts.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OPTIONS = {
  memoryBytesMax: 256 * 1024 * 1024,
  threads: 2,
  dedupeHorizonMs: DAY_MS,
  clock: buildFixedClock(0),
};

describe("buildWaitingFacts", () => {
  it("knows of every noted commit that is not settled, in any range that it touches", () => {
    const waiting = buildWaitingFacts();
    waiting.note(3, { startMs: 10, endMs: 20 });
    waiting.note(5, { startMs: 40, endMs: 50 });
    expect(waiting.mayHave(2, { startMs: 0, endMs: 10 })).toBe(false);
    expect(waiting.mayHave(2, { startMs: 19, endMs: 30 })).toBe(true);
    expect(waiting.mayHave(5, { startMs: 0, endMs: 100 })).toBe(false);
    waiting.settle(3);
    expect(waiting.mayHave(0, { startMs: 45, endMs: 46 })).toBe(true);
    waiting.settle(5);
    expect(waiting.mayHave(0, ANY_SPAN)).toBe(false);
  });

  it("keeps a bounded number of entries and forgets none of 5,000 commits", () => {
    const waiting = buildWaitingFacts();
    for (let commit = 1; commit <= 5_000; commit++) waiting.note(commit, { startMs: commit, endMs: commit + 1 });
    for (const after of [0, 999, 1_000, 2_500, 4_999]) {
      expect(waiting.mayHave(after, { startMs: after + 1, endMs: after + 2 })).toBe(true);
    }
    expect(waiting.mayHave(5_000, ANY_SPAN)).toBe(false);
  });

  it("takes back what wrote nothing, and nothing else", () => {
    const waiting = buildWaitingFacts();
    waiting.note(1, { startMs: 0, endMs: 10 });
    waiting.note(2, { startMs: 90, endMs: 100 })();
    expect(waiting.mayHave(0, { startMs: 50, endMs: 100 })).toBe(false);
    const takeBack = waiting.note(3, { startMs: 90, endMs: 100 });
    waiting.note(4, { startMs: 0, endMs: 5 });
    takeBack();
    expect(waiting.mayHave(2, { startMs: 90, endMs: 100 })).toBe(true);
  });
});

describe("openDuckdbStore", () => {
  it("answers every range with the facts that wait and those that are rolled up, after every batch and after an open", async () => {
    // A day of its own for every batch, some of them in the past of others, some sent twice.
    const batch = fc.record({ day: fc.nat(4), isSentTwice: fc.boolean() });
    const plan = fc.array(batch, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(plan, fc.constantFrom(1, 3, 1_000), async (batches, rollUpFactsMin) => {
        const folder = mkdtempSync(join(tmpdir(), "assetmeter-waiting-"));
        const open = () => openDuckdbStore({ ...OPTIONS, file: join(folder, "usage.duckdb"), rollUpFactsMin });
        const expected = [0, 0, 0, 0, 0];
        const readCounts = (store: UsageStore) =>
          Promise.all(
            expected.map(async (_, number) => {
              const range = { startMs: number * DAY_MS, endMs: (number + 1) * DAY_MS };
              const scan = buildScan(
                { segments: [{ table: "usage_total_per_day", ...range }], sums: [{ measure: "count", kinds: null }] },
                "usage_total_per_day",
              );
              return Number((await store.scan(scan))[0]?.sums[0] ?? 0n);
            }),
          );
        const store = await open();
        for (const [index, { day, isSentTwice }] of batches.entries()) {
          const rows = [buildRow(`r${index}`, { timeMs: day * DAY_MS + HOUR_MS, count: 1 })];
          for (let sent = 0; sent < (isSentTwice ? 2 : 1); sent++) await store.append(buildBatch(rows));
          expected[day] = (expected[day] ?? 0) + 1;
          expect(await readCounts(store)).toEqual(expected);
        }
        await store.close();
        const reopened = await open();
        expect(await readCounts(reopened)).toEqual(expected);
        await reopened.close();
        rmSync(folder, { recursive: true, force: true });
      }),
      { numRuns: 20 },
    );
  });
});
