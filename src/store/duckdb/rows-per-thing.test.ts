/**
 * What is noted of rows in order is the most that an asset has of them, whoever put them in order and when.
 */
import { describe, expect, it } from "vitest";
import { readStoreState } from "./advance-rollups.ts";
import { openEngineForEachTest } from "./open-engine.contract.ts";
import { countRowsPerThing, noteRowsPerThing, rowsPerThing } from "./rows-per-thing.ts";
import { buildTransactions } from "./transactions.ts";

const DAY_MS = 86_400_000;
const dayOf = (text: string): number => Date.parse(text) / DAY_MS;
const TABLE = "usage_asset_per_day";

const engine = openEngineForEachTest();

/** Rows of one asset on each of some days. */
async function insert(asset: number, level: number, days: readonly string[], kind = 1): Promise<void> {
  for (const day of days) {
    await engine().run(
      `INSERT INTO ${TABLE} (day, organization, space, asset, kind, level, count, bytes_in, bytes_out, size_delta, objects_delta)
       VALUES (${dayOf(day)}, 1, 1, ${asset}, ${kind}, ${level}, 1, 0, 0, 0, 0)`,
    );
  }
}

async function most(start: string, end: string): Promise<number | null> {
  const range = { startMs: Date.parse(start), endMs: Date.parse(end) };
  return rowsPerThing(await readStoreState(engine()), { table: TABLE, ...range });
}

describe("rowsPerThing", () => {
  it("is unknown until rows that were in order before are counted, and then their most in each month of a range", async () => {
    await insert(7, 2, ["2026-01-01", "2026-01-02", "2026-02-01"]);
    await insert(7, 2, ["2026-01-02"], 2);
    await insert(8, 2, ["2026-02-01", "2026-02-28"]);
    expect(await most("2026-01-01", "2026-03-01")).toBeNull();
    expect(await countRowsPerThing({ connection: engine(), transactions: buildTransactions() })).toBe(true);
    expect(await countRowsPerThing({ connection: engine(), transactions: buildTransactions() })).toBe(false);
    expect(await most("2026-01-01", "2026-02-01")).toBe(3);
    expect(await most("2026-02-01", "2026-02-02")).toBe(2);
    expect(await most("2026-01-31", "2026-03-01")).toBe(5);
    expect(await most("2026-03-01", "2026-04-01")).toBe(0);
  });

  it("counts neither rows that are not in order nor those of no asset", async () => {
    await insert(0, 2, ["2026-01-01", "2026-01-02", "2026-01-03"]);
    await insert(7, 1, ["2026-01-01", "2026-01-02"]);
    await insert(7, 2, ["2026-01-03"]);
    await countRowsPerThing({ connection: engine(), transactions: buildTransactions() });
    expect(await most("2026-01-01", "2026-02-01")).toBe(1);
  });

  it("never falls when a month is written anew", async () => {
    await countRowsPerThing({ connection: engine(), transactions: buildTransactions() });
    await insert(7, 2, ["2026-01-01", "2026-01-02"]);
    await noteRowsPerThing(engine(), TABLE, TABLE);
    await engine().run(`DELETE FROM ${TABLE}`);
    await insert(7, 2, ["2026-01-01"]);
    await noteRowsPerThing(engine(), TABLE, TABLE);
    expect(await most("2026-01-01", "2026-02-01")).toBe(2);
  });
});
