/**
 * What is known in memory of the roll-ups is what the store holds, whatever is committed while a read runs.
 */
import { describe, expect, it } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import type { UsageTable } from "../usage-store.ts";
import { readRolledUp } from "./advance-rollups.ts";
import { buildDuckdbFlavor } from "./flavor.ts";
import { openDuckdbStore } from "./open.ts";
import { advanceAllRollups } from "./open-engine.contract.ts";
import { openInstance } from "./open-instance.ts";
import { readScan } from "./read-scan.ts";
import { type KnownRolledUp, openKnownRolledUp, type RolledUp } from "./rolled-up.ts";
import { applySchema } from "./schema.ts";
import { buildTransactions } from "./transactions.ts";
import type { WaitingFacts } from "./waiting-facts.ts";

const BOUNDS = { file: ":memory:", memoryBytesMax: 256 * 1024 * 1024, threads: 2 };

describe("openKnownRolledUp", () => {
  it("says nothing while a change is committed, then what was committed, and what was before where it failed", async () => {
    const instance = await openInstance(BOUNDS);
    const connection = await instance.connect();
    await applySchema(connection);
    const rolledUp = await openKnownRolledUp(connection, buildTransactions());
    const before = rolledUp.known();
    const set = (value: number) =>
      connection.run(`INSERT INTO store_state VALUES ('rolled_up/usage_total_per_day', ${value})
        ON CONFLICT (name) DO UPDATE SET value = excluded.value`);
    const fails = rolledUp.change(connection, async () => {
      await set(3);
      throw new Error("full disk");
    });
    await expect(fails).rejects.toThrow("full disk");
    expect(rolledUp.known()).toBe(before);
    const changed = rolledUp.change(connection, () => set(7));
    const seen = new Set([rolledUp.known()]);
    while ((await Promise.race([changed, new Promise((done) => setImmediate(done, "running"))])) === "running") {
      seen.add(rolledUp.known());
    }
    expect([...seen].filter((known) => known !== before && known !== null)).toEqual([]);
    expect(rolledUp.known()?.get("usage_total_per_day")).toBe(7);
    expect(rolledUp.known()).not.toBe(before);
    connection.closeSync();
    instance.closeSync();
  });

  it("is not relied on by a scan beside which it changed", async () => {
    const instance = await openInstance(BOUNDS);
    const connection = await instance.connect();
    await applySchema(connection);
    // One fact of commit 1 that the tables hold: with a memory that says they do not, it is there twice.
    await connection.run(
      "INSERT INTO usage_raw VALUES (1, 0, 1, 0, 3600000, 1, 1, 1, 1, 0, 0, 7, 0, 5, 0, 0, 0, 0, 0)",
    );
    await advanceAllRollups(connection);
    const flavor = buildDuckdbFlavor({ id: () => undefined, text: () => "" });
    const scan = buildScan(
      { segments: [{ table: "usage_total_per_day", startMs: 0, endMs: 86_400_000 }] },
      "usage_total_per_day",
    );
    const stale: RolledUp = new Map();
    const answers = [stale, new Map()];
    const read = async (rolledUp: Pick<KnownRolledUp, "known"> & Partial<Pick<KnownRolledUp, "changing">>) => {
      const reader = await instance.connect();
      const rows = await readScan(reader, scan, {
        flavor,
        rolledUp: { changing: () => null, ...rolledUp, waiting: { mayHave: () => true } },
      });
      reader.closeSync();
      return rows.map(({ sums }) => sums[0]);
    };
    expect(await read({ known: () => stale })).toEqual([10n]);
    expect(await read({ known: () => answers.shift() ?? null })).toEqual([5n]);
    expect(await read({ known: () => null })).toEqual([5n]);
    // Beside a change the statement itself says which state it read: one step further than was known, and just that one.
    const committed = await readRolledUp(connection);
    expect(await read({ known: () => null, changing: () => stale })).toEqual([5n]);
    expect(await read({ known: () => null, changing: () => committed })).toEqual([5n]);
    connection.closeSync();
    instance.closeSync();
  });

  it.each<[string, UsageTable, (startMs: number) => boolean]>([
    ["where facts wait in another range", "usage_total_per_day", (startMs) => startMs === 0],
    ["where raw rows are read beside a table", "usage_raw", () => false],
  ])("lets no scan see a part of a commit that came while it began, %s", async (_, firstTable, waitsBefore) => {
    const instance = await openInstance(BOUNDS);
    const connection = await instance.connect();
    await applySchema(connection);
    // A commit with a fact of either day, which no table holds.
    const insert = (timeMs: number) =>
      connection.run(
        `INSERT INTO usage_raw VALUES (1, ${timeMs}, 1, 0, ${timeMs}, 1, 1, 1, 1, 0, 0, 7, 0, 5, 0, 0, 0, 0, 0)`,
      );
    await insert(3_600_000);
    await insert(90_000_000);
    const scan = buildScan(
      {
        segments: [
          { table: firstTable, startMs: 0, endMs: 86_400_000 },
          { table: "usage_total_per_hour", startMs: 86_400_000, endMs: 172_800_000 },
        ],
      },
      "usage_total_per_day",
    );
    const known: RolledUp = new Map();
    // The second day's fact is noted after the question was worded: only the first day's would be read.
    let asked = 0;
    const mayHave: WaitingFacts["mayHave"] = (_commit, { startMs }) => waitsBefore(startMs) || ++asked > 1;
    const rows = await readScan(connection, scan, {
      flavor: buildDuckdbFlavor({ id: () => undefined, text: () => "" }),
      rolledUp: { known: () => known, changing: () => null, waiting: { mayHave } },
    });
    expect(rows.map(({ sums }) => sums[0])).toEqual([10n]);
    connection.closeSync();
    instance.closeSync();
  });

  it("lets a scan count each fact once while facts go over to the roll-ups", async () => {
    // Every commit is rolled up at once, so tables change all the time that scans run.
    const clock = buildFixedClock(0);
    const store = await openDuckdbStore({ ...BOUNDS, dedupeHorizonMs: 1, clock, rollUpFactsMin: 1 });
    let appended = 0;
    const scan = buildScan({ sums: [{ measure: "count", kinds: null }] }, "usage_total_per_day");
    const scanning = async () => {
      for (let round = 0; round < 60; round++) {
        const least = appended;
        const [row] = await store.scan(scan);
        const counted = Number(row?.sums[0] ?? 0n);
        expect(counted).toBeGreaterThanOrEqual(least);
        expect(counted).toBeLessThanOrEqual(appended + 1);
      }
    };
    let isAppending = true;
    const appending = async () => {
      while (isAppending) {
        await store.append(buildBatch([buildRow(`r${appended}`, {})]));
        appended += 1;
      }
    };
    const running = appending();
    await Promise.all([scanning(), scanning()]);
    isAppending = false;
    await running;
    await store.close();
  });
});
