import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ROLLUP_TABLES, type RollupTable, USAGE_TABLES } from "../usage-store.ts";
import { advanceRollups, notRolledUp, readRolledUp } from "./advance-rollups.ts";
import { advanceAllRollups } from "./open-engine.contract.ts";
import { applySchema } from "./schema.ts";

/** Facts as `commit, space, count`; the rest is the same for all. */
type Fact = readonly [commitNumber: number, space: number, count: bigint];

async function openTables(facts: readonly Fact[]) {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await applySchema(connection);
  const insert = (rows: readonly Fact[]) =>
    Promise.all(
      rows.map(([commit, space, count], index) =>
        connection.run(
          `INSERT INTO usage_raw VALUES (${commit}, 0, ${commit * 1000 + index}, 0, 3600000, 1, 1, 1, ${space}, 0, 0, 7, 0, ${count}, 0, 0, 0, 0, 0)`,
        ),
      ),
    );
  await insert(facts);
  const sum = async (from: string): Promise<bigint> => {
    const answer = await connection.runAndReadAll(`SELECT coalesce(sum(count), 0) FROM ${from}`);
    return BigInt(String(answer.getRows()[0]?.[0]));
  };
  return {
    connection,
    insert,
    /** A roll-up as readers see it: its table and the facts that wait. */
    read: async (table: RollupTable): Promise<bigint> => {
      const rolledUp = (await readRolledUp(connection)).get(table) ?? 0;
      return (await sum(table)) + (await sum(`usage_raw WHERE ${notRolledUp(rolledUp)}`));
    },
    stored: (table: RollupTable) => sum(table),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

describe("advanceRollups", () => {
  it("moves every fact into every table, one family of tables a step, and then has nothing to do", async () => {
    const tables = await openTables([
      [1, 5, 10n],
      [2, 5, 20n],
    ]);
    let steps = 0;
    while (await advanceRollups(tables.connection)) {
      steps++;
      for (const table of ROLLUP_TABLES) expect([table, await tables.read(table)]).toEqual([table, 30n]);
    }
    expect(steps).toBe(new Set(ROLLUP_TABLES.map((table) => USAGE_TABLES[table].family)).size);
    for (const table of ROLLUP_TABLES) expect([table, await tables.stored(table)]).toEqual([table, 30n]);
    tables.close();
  });

  it("loses and doubles nothing when it is rolled back, at any step", async () => {
    const tables = await openTables([[1, 5, 10n]]);
    for (let step = 0; step < ROLLUP_TABLES.length; step++) {
      await tables.connection.run("BEGIN TRANSACTION");
      await advanceRollups(tables.connection);
      await tables.connection.run("ROLLBACK");
      for (const table of ROLLUP_TABLES) expect([table, await tables.read(table)]).toEqual([table, 10n]);
      await advanceRollups(tables.connection);
    }
    tables.close();
  });

  it("adds later commits to what is there", async () => {
    const tables = await openTables([[1, 5, 10n]]);
    await advanceAllRollups(tables.connection);
    await tables.insert([
      [2, 5, 1n],
      [3, 6, 2n],
    ]);
    expect(await tables.stored("usage_space_per_day")).toBe(10n);
    expect(await tables.read("usage_space_per_day")).toBe(13n);
    await advanceAllRollups(tables.connection);
    expect(await tables.stored("usage_space_per_day")).toBe(13n);
    tables.close();
  });

  it("adds each fact once to tables of a family that are not equally far, and then takes them further together", async () => {
    const tables = await openTables([[1, 5, 10n]]);
    await advanceAllRollups(tables.connection);
    await tables.insert([[2, 5, 1n]]);
    await advanceAllRollups(tables.connection);
    // The middle one of three is as a store leaves it whose roll-ups were made one by one.
    await tables.connection.run("DELETE FROM usage_space_per_day; DELETE FROM usage_bucket_per_minute");
    await tables.connection.run(
      "UPDATE store_state SET value = 0 WHERE name IN ('rolled_up/usage_space_per_day', 'rolled_up/usage_bucket_per_minute')",
    );
    await tables.insert([[3, 6, 2n]]);
    while (await advanceRollups(tables.connection)) {
      for (const table of ROLLUP_TABLES) expect([table, await tables.read(table)]).toEqual([table, 13n]);
    }
    for (const table of ROLLUP_TABLES) expect([table, await tables.stored(table)]).toEqual([table, 13n]);
    tables.close();
  });

  it("keeps sums beyond 64 bits exact by adding them up in parts", async () => {
    // 1,100 times 2^53 - 1 is 9,907,919,180,215,090,100, above 2^63 = 9,223,372,036,854,775,808.
    const tables = await openTables(Array.from({ length: 1100 }, () => [1, 5, 2n ** 53n - 1n]));
    await advanceAllRollups(tables.connection);
    for (const table of ROLLUP_TABLES)
      expect([table, await tables.stored(table)]).toEqual([table, 9_907_919_180_215_090_100n]);
    tables.close();
  });

  it("never changes what readers see, whatever was committed and rolled up between", async () => {
    const facts = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.bigInt({ min: 0n, max: 2n ** 53n - 1n })), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(facts, fc.integer({ min: 0, max: 15 })), { maxLength: 4 }), async (rounds) => {
        const tables = await openTables([]);
        let expected = 0n;
        for (const [index, [rows, steps]] of rounds.entries()) {
          await tables.insert(rows.map(([space, count]) => [index + 1, space, count]));
          expected += rows.reduce((sum, [, count]) => sum + count, 0n);
          for (let step = 0; step < steps; step++) await advanceRollups(tables.connection);
          for (const table of ROLLUP_TABLES) expect(await tables.read(table)).toBe(expected);
        }
        tables.close();
      }),
      { numRuns: 10 },
    );
  });
});
