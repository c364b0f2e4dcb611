/**
 * What a store says of the upkeep that it has left to do.
 */
import { afterEach, describe, expect, it } from "vitest";
import { DAY_MS } from "../../model/time-range.ts";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow } from "../usage-store.contract.ts";
import type { StoreDescription, UsageStore } from "../usage-store.ts";
import type { CompactionBounds } from "./compaction.ts";
import { openDuckdbStore } from "./open.ts";

const NOW_MS = Date.parse("2026-03-10T00:00Z");
const NEVER = 1_000_000;

let store: UsageStore;
afterEach(() => store.close());

async function open(bounds: Partial<CompactionBounds>, rollUpFactsMin = 1): Promise<void> {
  store = await openDuckdbStore({
    ...{ file: ":memory:", memoryBytesMax: 256 * 1024 * 1024, threads: 1, dedupeHorizonMs: DAY_MS },
    clock: buildFixedClock(NOW_MS),
    rollUpFactsMin,
    compaction: { mergeRowsMin: NEVER, mergeRowsMinOfFew: NEVER, clusterRowsMin: NEVER, sliceRows: 60, ...bounds },
  });
}

/** Stores facts of so many assets, a minute apart, with one bucket: as many rows per asset and day, and per bucket and minute. */
async function append(assets: number, day: string): Promise<void> {
  const timeMs = Date.parse(`${day}T10:00Z`);
  const rows = Array.from({ length: assets }, (_, n) =>
    buildRow(`${day} ${n}`, { timeMs: timeMs + n * 60_000, asset: n + 1, bucket: "b", bytesOut: 1 }),
  );
  await store.append(buildBatch(rows, { receivedMs: NOW_MS }));
}

/** The description once the facts are in the roll-ups, where they go by themselves. */
async function describeRolledUp(): Promise<StoreDescription> {
  while ((await store.describe()).waitingFacts > 0);
  // Its figures are read one after another: what was rolled up in between is in some of them alone.
  return store.describe();
}

const allOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe("buildCompactor", () => {
  it("owes the months that are over and have enough rows out of order, and nothing when it has no step left", async () => {
    await open({ clusterRowsMin: 3 });
    await append(2, "2025-12-01");
    await append(4, "2026-01-01");
    await append(5, "2026-02-01");
    await append(6, "2026-03-01");
    const { rows, unclusteredRows } = await describeRolledUp();
    expect(rows.usage_asset_per_day).toBe(17);
    expect(unclusteredRows.usage_asset_per_day).toBe(9);
    expect(rows.usage_bucket_per_minute).toBe(17);
    expect(unclusteredRows.usage_bucket_per_minute).toBe(0);
    while (await store.compactStep());
    expect(allOf((await store.describe()).unclusteredRows)).toBe(0);
  });

  it("owes rows that nothing has merged once there are enough of them, whatever their month is, each once", async () => {
    await open({ mergeRowsMin: 5, mergeRowsMinOfFew: 5, clusterRowsMin: 3 });
    await append(3, "2026-03-01");
    expect((await describeRolledUp()).unclusteredRows.usage_asset_per_day).toBe(0);
    await append(4, "2026-01-01");
    expect((await describeRolledUp()).unclusteredRows.usage_asset_per_day).toBe(7);
    while (await store.compactStep());
    expect(allOf((await store.describe()).unclusteredRows)).toBe(0);
  });

  it("owes days and months of few things before those of many: their rows become few", async () => {
    await open({ mergeRowsMin: 100, mergeRowsMinOfFew: 3 });
    for (const bytesOut of [1, 2, 4]) {
      const row = buildRow(`${bytesOut}`, { timeMs: NOW_MS, space: 7, bucket: "b", asset: 1, user: 1, bytesOut });
      await store.append(buildBatch([row], { receivedMs: NOW_MS }));
      await describeRolledUp();
    }
    const { unclusteredRows } = await store.describe();
    const owed = Object.entries(unclusteredRows).filter(([, rows]) => rows > 0);
    const names = ["total_per_day", "space_per_month", "space_per_day", "bucket_per_month", "bucket_per_day"];
    expect(owed).toEqual(names.map((name) => [`usage_${name}`, 3]));
    while (await store.compactStep());
    const { rows } = await store.describe();
    for (const name of names) expect([name, rows[`usage_${name}` as "usage_total_per_day"]]).toEqual([name, 1]);
    expect(rows.usage_asset_per_day).toBe(3);
  });

  it("owes the rest of what it has begun", async () => {
    await open({ mergeRowsMin: 100 });
    await append(100, "2026-03-01");
    await describeRolledUp();
    const owed: number[] = [];
    while (await store.compactStep()) owed.push(allOf((await store.describe()).unclusteredRows));
    // Steps of 60 rows or so: every table with a row per asset is left half done by one of them.
    const tables = ["usage_asset_per_day", "usage_asset_per_month"].length;
    expect(owed.filter((rows) => rows % 100 !== 0)).toHaveLength(tables);
    expect(owed.at(-1)).toBe(0);
  });
});

describe("describe", () => {
  it("says how many facts the roll-ups do not hold yet", async () => {
    await open({}, 3);
    await append(2, "2026-03-01");
    expect((await store.describe()).waitingFacts).toBe(2);
    await append(1, "2026-03-02");
    expect((await describeRolledUp()).rows.usage_asset_per_day).toBe(3);
  });
});
