import { readFileSync } from "node:fs";
import type { DuckDBConnection } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildDuckdbFlavor } from "./flavor.ts";
import { noteKeptFrom, readKeptFrom } from "./kept-from.ts";
import { advanceAllRollups } from "./open-engine.contract.ts";
import { buildRebuild } from "./rebuild-rollups.ts";
import { buildRetention } from "./retention.ts";
import { openKnownRolledUp } from "./rolled-up.ts";
import { applySchema, SCHEMA_FILES } from "./schema.ts";
import { buildTransactions } from "./transactions.ts";

const DAY_MS = 86_400_000;
const MONTH_TABLES = ["usage_space_per_month", "usage_bucket_per_month", "usage_user_per_month"] as const;

/** Takes the tables away and applies the files that make them, as an older store meets them. */
async function makeAnew(connection: DuckDBConnection): Promise<void> {
  for (const table of MONTH_TABLES) {
    await connection.run(`DROP TABLE ${table}`);
    await connection.run(`DELETE FROM store_state WHERE name LIKE '%/${table}'`);
    const file = SCHEMA_FILES.find((name) => name.endsWith(`${table}.sql`));
    await connection.run(readFileSync(new URL(`./schema/${file}`, import.meta.url), "utf8"));
  }
}

describe("schema files of a store without sums per month of spaces, buckets and users", () => {
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  beforeEach(async () => {
    instance = await DuckDBInstance.create(":memory:");
    connection = await instance.connect();
    await applySchema(connection);
    const at = (day: string) => Date.parse(`${day}T12:00:00Z`);
    const days = ["2026-01-10", "2026-01-20", "2026-02-01", "2026-02-28", "2026-03-05"];
    for (const [index, day] of days.entries()) {
      // Space, user and bucket 1 or 2; the count tells the days apart: 1, 10, 100 …
      const thing = 1 + (index % 2);
      await connection.run(
        `INSERT INTO usage_raw VALUES (1, 0, ${index}, 0, ${at(day)}, 1, 1, 1, ${thing}, ${thing}, ${thing}, 0, 0, ${10 ** index}, 0, 0, 0, 0, 0)`,
      );
    }
    await advanceAllRollups(connection);
  });
  afterEach(() => {
    connection.closeSync();
    instance.closeSync();
  });

  const read = async (sql: string): Promise<string[]> =>
    (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(String).join(" "));

  it("gives them what the raw rows add up to", async () => {
    await makeAnew(connection);
    const flavor = buildDuckdbFlavor({ id: () => undefined, text: String });
    const transactions = buildTransactions();
    const rebuild = buildRebuild({
      ...{ connection, transactions, flavor, rolledUp: await openKnownRolledUp(connection, transactions) },
      keepUp: (work) => work(),
      onReplaced: () => {},
      onStep: () => {},
    });
    expect(await rebuild()).toEqual([]);
    expect(
      await read("SELECT make_date(1970, 1, 1) + day::INTEGER, space, count FROM usage_space_per_month ORDER BY ALL"),
    ).toEqual(["2026-01-01 1 1", "2026-01-01 2 10", "2026-02-01 1 100", "2026-02-01 2 1000", "2026-03-01 1 10000"]);
  });

  it("puts the month in which dropped days end with what was dropped, and says from when months are whole", async () => {
    const daysFromMs = Date.parse("2026-02-15T00:00Z");
    // As stores have it that dropped days up to inside a month, and were killed before these had gone.
    await noteKeptFrom(connection, "usage_user_per_day", daysFromMs);
    const transactions = buildTransactions();
    const retention = buildRetention({
      connection,
      transactions,
      rolledUp: await openKnownRolledUp(connection, transactions),
      keepUp: (work) => work(),
      write: (work) => work(connection),
      rememberedFromMs: () => 0,
      aheadMs: () => 0,
      onNoted: () => {},
      onStep: () => {},
    });
    await retention.deleteExpired({ usage_user_per_day: daysFromMs });
    expect((await readKeptFrom(connection)).usage_user_per_day).toBe(daysFromMs);
    expect(await read("SELECT day, user_id, count FROM usage_user_per_day ORDER BY ALL")).toEqual([
      "0 1 101",
      "0 2 10",
      `${Date.parse("2026-02-28T00:00Z") / DAY_MS} 2 1000`,
      `${Date.parse("2026-03-05T00:00Z") / DAY_MS} 1 10000`,
    ]);
    await makeAnew(connection);
    expect((await readKeptFrom(connection)).usage_user_per_month).toBe(Date.parse("2026-03-01T00:00Z"));
    expect(await read("SELECT day, user_id, count FROM usage_user_per_month ORDER BY ALL")).toEqual([
      "0 1 101",
      "0 2 1010",
      `${Date.parse("2026-03-01T00:00Z") / DAY_MS} 1 10000`,
    ]);
  });

  it("keeps sums beyond 64 bits exact", async () => {
    const most = 2n ** 63n - 1n;
    for (const day of [20_454, 20_455]) {
      await connection.run(
        `INSERT INTO usage_bucket_per_day (day, organization, bucket, kind, level, count, bytes_in, bytes_out, size_delta, objects_delta)
         VALUES (${day}, 1, 9, 1, 0, ${most}, 0, 0, 0, 0)`,
      );
    }
    await makeAnew(connection);
    expect(await read("SELECT sum(count) FROM usage_bucket_per_month WHERE bucket = 9")).toEqual([String(2n * most)]);
  });
});
