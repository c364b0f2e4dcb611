/**
 * Rows are dropped in steps: no answer tells how far they went, and nobody waits for more than one of them.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import type { CommitPoint, UsageStore, UsageTable } from "../usage-store.ts";
import { openDuckdbStore } from "./open.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Everything from before February 1970 goes. */
const CUT_MS = 31 * DAY_MS;
const BEFORE = { usage_raw: CUT_MS, usage_space_per_hour: CUT_MS, usage_space_per_day: CUT_MS };

/** Six facts of three spaces on each of three days, two of them from before the cut: 1 + 2 + 4 + … + 131,072. */
const FACTS = Array.from({ length: 18 }, (_, n) => {
  const timeMs = [10, 20, 40].map((day) => day * DAY_MS)[Math.floor(n / 6)] ?? 0;
  return buildRow(`fact ${n}`, { space: 1 + (n % 3), timeMs: timeMs + (n % 2) * HOUR_MS, count: 2 ** n });
});

let folder: string;
let onRetention: () => void;
const clock = buildFixedClock(0);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assetmeter-retention-"));
  clock.set(100 * DAY_MS);
  onRetention = () => {};
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function open(elapsedMs?: () => number): Promise<UsageStore> {
  return openDuckdbStore({
    file: join(folder, "usage.duckdb"),
    memoryBytesMax: 256 * 1024 * 1024,
    threads: 2,
    dedupeHorizonMs: 35 * DAY_MS,
    clock,
    elapsedMs,
    // A step takes a space or two of a roll-up, or three raw rows.
    compaction: { mergeRowsMin: 1_000_000, mergeRowsMinOfFew: 1_000_000, clusterRowsMin: 1_000_000, sliceRows: 3 },
    onCommitPoint: (point: CommitPoint) => {
      if (point === "retention") onRetention();
    },
  });
}

async function openWithFacts(): Promise<UsageStore> {
  const store = await open();
  await store.append(buildBatch(FACTS, { receivedMs: 41 * DAY_MS }));
  // Puts every fact into the roll-ups' tables.
  expect(await store.rebuildRollups()).toEqual([]);
  return store;
}

/** The counts of a table's rows by space: all of them, or those from the cut on. */
async function sums(store: UsageStore, table: UsageTable, startMs: number): Promise<unknown[]> {
  const segments = [{ table, startMs, endMs: 100 * DAY_MS }];
  const rows = await store.scan(buildScan({ segments, groupBy: ["space"] }, table));
  return rows.map((row) => row.sums[0]);
}

/** What a planner that knows what was noted may read. */
async function answers(store: UsageStore): Promise<unknown> {
  return {
    hours: await sums(store, "usage_space_per_hour", 0),
    days: await sums(store, "usage_space_per_day", 0),
    daysKept: await sums(store, "usage_space_per_day", CUT_MS),
    rawKept: await sums(store, "usage_raw", CUT_MS),
    months: await sums(store, "usage_space_per_month", 0),
  };
}

const ofSpace = (space: number, from: number) =>
  FACTS.slice(from).reduce((sum, row) => sum + (row.space === space ? BigInt(row.count) : 0n), 0n);
const ALL = [1, 2, 3].map((space) => ofSpace(space, 0));
const KEPT = [1, 2, 3].map((space) => ofSpace(space, 12));
const ANSWERS = { hours: ALL, days: ALL, daysKept: KEPT, rawKept: KEPT, months: ALL };

/** What is left when all is dropped: of each roll-up a row a space for the time before the cut, and what came after it. */
async function expectDropped(store: UsageStore): Promise<void> {
  const { rows, keptFrom } = await store.describe();
  expect(keptFrom).toEqual(BEFORE);
  expect(rows).toMatchObject({ usage_raw: 6, usage_space_per_hour: 9, usage_space_per_day: 6 });
}

describe("deleteExpired", () => {
  it("leaves every answer as it is, and the rest for the next time, wherever it fails", async () => {
    const store = await openWithFacts();
    let failed = true;
    // Each time one step further: the first only notes what will go, then come the tables by spaces, and raw rows.
    for (let failing = 1; failed; failing++) {
      let steps = 0;
      onRetention = () => {
        if (++steps === failing) throw new Error("killed");
      };
      failed = await store.deleteExpired(BEFORE).then(
        () => false,
        () => true,
      );
      expect(await answers(store)).toEqual(ANSWERS);
      expect(await store.readKeptFrom()).toEqual(failing === 1 ? {} : BEFORE);
      // The days of one space are one row, and nothing else has gone.
      if (failing === 3) expect((await store.describe()).rows).toMatchObject({ usage_space_per_day: 8, usage_raw: 18 });
    }
    await store.close();
    const reopened = await open();
    expect(await reopened.rebuildRollups()).toEqual([]);
    expect(await answers(reopened)).toEqual(ANSWERS);
    await expectDropped(reopened);
    await reopened.close();
  });

  it("lets a commit in before the next step that the writer is needed for, and loses none of its facts", async () => {
    const store = await openWithFacts();
    let steps = 0;
    let appended: Promise<number> | null = null;
    onRetention = () => {
      // The first one only notes what will go. An old fact, which no roll-up holds when the rows of its day go.
      const late = buildRow("late", { space: 4, timeMs: 20 * DAY_MS, count: 5 });
      if (++steps === 2) appended = store.append(buildBatch([late], { receivedMs: 41 * DAY_MS })).then(() => steps);
    };
    expect(await store.deleteExpired({ usage_raw: CUT_MS })).toBe(12);
    expect([await appended, steps]).toEqual([2, 5]);
    expect(await sums(store, "usage_space_per_day", 0)).toEqual([...ALL, 5n]);
    await store.close();
  });

  it("comes to its end while records come in all the time", async () => {
    const store = await openWithFacts();
    let isOver = false;
    let appended = 0;
    const intake = (async () => {
      while (!isOver) await store.append(buildBatch([buildRow(`more ${appended++}`)], { receivedMs: 41 * DAY_MS }));
    })();
    expect(await store.deleteExpired({ usage_raw: CUT_MS })).toBe(12);
    isOver = true;
    await intake;
    await store.close();
  });

  it("tells what goes before the first row does", async () => {
    const store = await openWithFacts();
    const noted: Promise<unknown>[] = [];
    onRetention = () => {
      noted.push(store.readKeptFrom());
    };
    await store.deleteExpired(BEFORE);
    const atSteps = (await Promise.all(noted)).slice(1);
    // Two of the days, four of the hours and four of raw rows.
    expect(atSteps).toEqual(Array.from({ length: 10 }, () => BEFORE));
    await store.close();
  });

  it("ends after the step in which the store is closed", async () => {
    const store = await openWithFacts();
    let steps = 0;
    let closed: Promise<void> | null = null;
    onRetention = () => {
      if (++steps === 2) closed = store.close();
    };
    // After the notes, one space: two days of it have become one row.
    expect(await store.deleteExpired(BEFORE)).toBe(1);
    await closed;
    expect(steps).toBe(2);
    await expect(store.deleteExpired(BEFORE)).rejects.toMatchObject({ code: "store/unavailable" });
    const reopened = await open();
    expect(await answers(reopened)).toEqual(ANSWERS);
    await reopened.deleteExpired(BEFORE);
    await expectDropped(reopened);
    await reopened.close();
  });

  it("keeps what is counted of sources in all when their hours go, merged or not", async () => {
    const store = await open();
    const at = { receivedMs: 90 * DAY_MS };
    const rows = [buildRow("old", { timeMs: 5 * DAY_MS }), buildRow("new", { timeMs: 40 * DAY_MS })];
    await store.append(buildBatch(rows, { ...at, late: new Set([0]) }));
    await store.append(buildBatch(rows.slice(0, 1), { receivedMs: 20 * DAY_MS }));
    const counted = await store.readSourceCounts(1);
    expect(counted).toMatchObject([{ received: 3, accepted: 2, late: 1, duplicates: 1, firstEventMs: 5 * DAY_MS }]);
    await store.deleteExpired({ usage_total_per_hour: CUT_MS });
    expect(await store.readSourceCounts(1)).toEqual(counted);
    const hours = await store.readSourceHours(1, { startMs: 0, endMs: 100 * DAY_MS, rowsMax: 10 });
    expect(hours).toMatchObject([{ hourMs: 40 * DAY_MS, accepted: 1, duplicates: 0 }]);
    expect(await store.findMiscounts()).toEqual([]);
    await store.close();
  });

  it("drops no more by a clock that is set on 400 days than by the right one, and catches up when time has passed", async () => {
    clock.set(45 * DAY_MS);
    let elapsedMs = 0;
    let store = await open(() => elapsedMs);
    await store.append(buildBatch(FACTS, { receivedMs: 45 * DAY_MS }));
    /** Everything but months, kept for 35 days by the clock. */
    const drop = () => {
      const beforeMs = clock.now() - 35 * DAY_MS;
      return store.deleteExpired({
        usage_raw: beforeMs,
        usage_space_per_hour: beforeMs,
        usage_space_per_day: beforeMs,
      });
    };
    clock.set(445 * DAY_MS);
    // 35 days before the 45th; the days' month is January.
    const kept = { usage_space_per_hour: 10 * DAY_MS, usage_space_per_day: 0 };
    expect([await drop(), await store.readKeptFrom()]).toEqual([0, kept]);
    await store.close();
    // Nor does a start make the clock right.
    store = await open(() => elapsedMs);
    expect([await drop(), await store.readKeptFrom()]).toEqual([0, kept]);
    expect(await answers(store)).toMatchObject({ hours: ALL, days: ALL, months: ALL });
    expect((await store.describe()).rows.usage_raw).toBe(18);
    // Set right again, the clock is believed as soon as the time has passed: 35 days before the 81st is the 46th.
    elapsedMs = 36 * DAY_MS;
    clock.set(81 * DAY_MS);
    await drop();
    expect(await store.readKeptFrom()).toEqual({
      ...{ usage_raw: 46 * DAY_MS, usage_space_per_hour: 46 * DAY_MS, usage_space_per_day: 31 * DAY_MS },
    });
    expect((await store.describe()).rows.usage_raw).toBe(0);
    await store.close();
  });
});
