/**
 * Roll-ups are computed anew month by month: whatever comes in between, each month is right or as it was.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import { type CommitPoint, ROLLUP_TABLES, type UsageStore, type UsageTable } from "../usage-store.ts";
import { openDuckdbStore } from "./open.ts";

const DAY_MS = 86_400_000;

/** 1970: every table of January and February. */
const FEBRUARY_MS = 31 * DAY_MS;
const MARCH_MS = FEBRUARY_MS + 28 * DAY_MS;

let folder: string;
let file: string;
let store: UsageStore;
let onStep: () => void;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assetmeter-rebuild-"));
  file = join(folder, "usage.duckdb");
  onStep = () => {};
  store = await open();
  // 1 + 2 on 11 January, 10 on 10 February.
  const facts = [1, 2, 10].map((count) => buildRow(`${count}`, { count, timeMs: (count < 10 ? 10 : 40) * DAY_MS }));
  await store.append(buildBatch(facts, { receivedMs: 41 * DAY_MS }));
  // Puts every fact into the roll-ups' tables.
  expect(await store.rebuildRollups()).toEqual([]);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function open(): Promise<UsageStore> {
  const bounds = { memoryBytesMax: 256 * 1024 * 1024, threads: 2, dedupeHorizonMs: 35 * DAY_MS };
  const onCommitPoint = (point: CommitPoint) => {
    if (point === "rollups") onStep();
  };
  return openDuckdbStore({ file, ...bounds, clock: buildFixedClock(100 * DAY_MS), onCommitPoint });
}

/** Makes every sum of January and of February in these tables too large by 100. */
async function damage(tables: readonly UsageTable[]): Promise<void> {
  await store.close();
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  for (const table of tables) await connection.run(`UPDATE ${table} SET count = count + 100`);
  connection.closeSync();
  instance.closeSync();
  store = await open();
}

/** What a table says of January and of February. */
async function sums(table: UsageTable): Promise<unknown[]> {
  const windows = { split: "starts", startsMs: [0, FEBRUARY_MS] } as const;
  const segments = [{ table, startMs: 0, endMs: MARCH_MS }];
  return (await store.scan(buildScan({ segments, windows }, table))).map((row) => row.sums[0]);
}

describe("rebuildRollups", () => {
  it("lets commits in while it runs, and neither loses nor doubles what they add", async () => {
    await damage(ROLLUP_TABLES);
    const ended: string[] = [];
    let appended: Promise<unknown> | null = null;
    onStep = () => {
      const late = [20, 40].map((day) => buildRow(`late ${day}`, { count: day, timeMs: day * DAY_MS }));
      appended ??= store.append(buildBatch(late, { receivedMs: 41 * DAY_MS })).then(() => ended.push("append"));
    };
    const differences = await store.rebuildRollups();
    ended.push("rebuild");
    await appended;
    // Of 26 months it is the first in which the commit begins.
    expect(ended).toEqual(["append", "rebuild"]);
    expect(differences.map(({ table, stored, recomputed }) => [table, stored, recomputed])).toEqual(
      ROLLUP_TABLES.flatMap((table) => [
        [table, 103n, 3n],
        [table, 110n, 10n],
      ]),
    );
    for (const table of ["usage_raw", ...ROLLUP_TABLES] as const) expect(await sums(table)).toEqual([23n, 50n]);
    expect(await store.rebuildRollups()).toEqual([]);
  });

  it("leaves each month right or as it was where it fails, and finds the others the next time", async () => {
    await damage(["usage_space_per_day"]);
    let steps = 0;
    onStep = () => {
      if (++steps === 2) throw new Error("killed");
    };
    await expect(store.rebuildRollups()).rejects.toMatchObject({ code: "store/unavailable" });
    expect(await sums("usage_space_per_day")).toEqual([3n, 110n]);
    await store.close();
    store = await open();
    expect((await store.rebuildRollups()).map(({ stored, recomputed }) => [stored, recomputed])).toEqual([[110n, 10n]]);
    expect(await sums("usage_space_per_day")).toEqual([3n, 10n]);
  });

  it("keeps away from what is dropped while it runs", async () => {
    await damage(["usage_total_per_day", "usage_asset_per_day"]);
    let dropped: Promise<number> | null = null;
    onStep = () => {
      dropped ??= store.deleteExpired({ usage_raw: FEBRUARY_MS });
    };
    const differences = await store.rebuildRollups();
    expect(await dropped).toBe(2);
    expect(differences.map(({ table, stored }) => [table, stored])).toEqual([
      ["usage_total_per_day", 103n],
      ["usage_total_per_day", 110n],
      ["usage_asset_per_day", 110n],
    ]);
    // The raw rows of January were gone: nobody knows that it is not 103.
    expect(await sums("usage_asset_per_day")).toEqual([103n, 10n]);
    expect(await sums("usage_total_per_day")).toEqual([3n, 10n]);
  });

  it("ends after the month in which the store is closed, and does not say that nothing differed", async () => {
    await damage(["usage_space_per_day"]);
    let closed: Promise<void> | null = null;
    onStep = () => {
      closed ??= store.close();
    };
    await expect(store.rebuildRollups()).rejects.toMatchObject({ code: "store/unavailable" });
    await closed;
    store = await open();
    expect(await sums("usage_space_per_day")).toEqual([3n, 110n]);
  });
});
