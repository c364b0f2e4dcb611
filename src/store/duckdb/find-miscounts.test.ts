/**
 * The books of a store that is whole balance, whatever was done to it; those of a damaged one do not.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow } from "../usage-store.contract.ts";
import type { UsageStore } from "../usage-store.ts";
import { openDuckdbStore } from "./open.ts";

const DAY_MS = 86_400_000;

let folder: string;
let file: string;
let store: UsageStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assetmeter-miscounts-"));
  file = join(folder, "usage.duckdb");
  store = await open();
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function open(): Promise<UsageStore> {
  const bounds = { memoryBytesMax: 256 * 1024 * 1024, threads: 2, dedupeHorizonMs: 35 * DAY_MS };
  return openDuckdbStore({ file, ...bounds, clock: buildFixedClock(100 * DAY_MS) });
}

/** Closes the store, changes its file by hand, and opens it again. */
async function damage(sql: string): Promise<void> {
  await store.close();
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  store = await open();
}

/** Source s of organization 1: two facts on day 10, three on day 90; one of them twice, and two records refused. */
async function fill(): Promise<void> {
  const at = (day: number, ids: string) => [...ids].map((id) => buildRow(id, { timeMs: day * DAY_MS }));
  const rejected = [{ organization: 1, source: "s", reason: "malformed", count: 2, samples: [] }];
  await store.append(buildBatch(at(10, "ab"), { receivedMs: 10 * DAY_MS }));
  await store.append(buildBatch([...at(90, "cde"), ...at(10, "a")], { receivedMs: 11 * DAY_MS, rejected }));
}

/** Voids event c and puts another in its place, by a correction that says no more than it must. */
async function replace(): Promise<void> {
  const row = buildRow("c", { timeMs: 90 * DAY_MS, bytesOut: 7 });
  const said = { reason: "wrong size", author: "t1 Ada", madeMs: 91 * DAY_MS, isPreview: false };
  const target = { by: "ids", identities: [row.identity] } as const;
  const { events } = await store.correct({ organization: 1, source: "s", target, replacements: [row], ...said });
  expect(events).toBe(1);
}

const OF_S = { organization: 1, source: "s" };

describe("findMiscounts", () => {
  it("finds none after duplicates, refusals, a replay, corrections and everything that retention drops", async () => {
    await fill();
    expect(await store.findMiscounts()).toEqual([]);
    await replace();
    expect(await store.findMiscounts()).toEqual([]);
    const before = { ...OF_S, number: 1, reason: "malformed", receivedMs: 11 * DAY_MS };
    const again = { ...before, position: "line 1", text: "x", replay: "x", refusal: null };
    await store.append(buildBatch([buildRow("f", { timeMs: 90 * DAY_MS })], { replayed: [again] }));
    expect(await store.findMiscounts()).toEqual([]);
    expect(await store.readSourceCounts(1)).toMatchObject([{ accepted: 6, duplicates: 1, rejected: { malformed: 1 } }]);
    expect(await store.deleteExpired({ usage_raw: 50 * DAY_MS })).toBe(2);
    expect(await store.findMiscounts()).toEqual([]);
    await store.deleteExpired({ usage_total_per_hour: 80 * DAY_MS });
    // Later than everything that was dropped, and than nothing that was: their hour is gone, the facts stay.
    await store.append(buildBatch([buildRow("g", { timeMs: 60 * DAY_MS }), buildRow("h", { timeMs: 85 * DAY_MS })]));
    expect(await store.findMiscounts()).toEqual([]);
  });

  it("names the source of a fact that is missing, and of one that nobody has counted", async () => {
    await fill();
    await damage(
      `DELETE FROM usage_raw WHERE time_ms = ${90 * DAY_MS} AND identity_low IN (SELECT min(identity_low) FROM usage_raw WHERE time_ms = ${90 * DAY_MS})`,
    );
    const accepted = { ...OF_S, outcome: "accepted", counted: 5, against: "facts", sinceMs: null } as const;
    expect(await store.findMiscounts()).toEqual([{ ...accepted, found: 4 }]);
    await damage(
      "INSERT INTO usage_raw SELECT * FROM usage_raw UNION ALL SELECT * REPLACE (2 AS organization) FROM usage_raw",
    );
    expect(await store.findMiscounts()).toEqual([
      { ...accepted, found: 8 },
      { ...accepted, organization: 2, counted: 0, found: 4 },
    ]);
  });

  it("finds a missing fact also where older ones have been dropped: by the hours since then", async () => {
    await fill();
    expect(await store.deleteExpired({ usage_raw: 50 * DAY_MS })).toBe(2);
    await replace();
    await damage(`DELETE FROM usage_raw WHERE correction = 0 AND time_ms = ${90 * DAY_MS}`);
    const accepted = { ...OF_S, outcome: "accepted", counted: 3, against: "facts", sinceMs: 50 * DAY_MS };
    expect(await store.findMiscounts()).toEqual([{ ...accepted, found: 0 }]);
  });

  it("finds hours that do not add up to the counts in all", async () => {
    await fill();
    await damage("UPDATE source_hour_tally SET records = records + 10 WHERE outcome IN ('duplicate', 'malformed')");
    const miscount = { ...OF_S, against: "hours", sinceMs: null };
    // Duplicates in all are added up from the same tally as long as that is short.
    expect(await store.findMiscounts()).toEqual([{ ...miscount, outcome: "rejected", counted: 2, found: 12 }]);
  });
});
