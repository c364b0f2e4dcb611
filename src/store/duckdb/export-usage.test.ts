/**
 * The files that the engine writes of facts: their order, their texts and their times.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportUsage } from "./export-usage.ts";
import { openInstance, type StoreInstance } from "./open-instance.ts";
import { applySchema } from "./schema.ts";

const HOUR_MS = 3_600_000;
/** 2026-03-01T08:30:00.123Z. */
const TIME_MS = 1_772_353_800_123;

let folder: string;
let instance: StoreInstance;
let connection: DuckDBConnection;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-export-"));
  // More than one thread: with one alone every order is kept.
  instance = await openInstance({ file: join(folder, "usage.duckdb"), memoryBytesMax: 512 * 1024 * 1024, threads: 4 });
  connection = await instance.connect();
  await applySchema(connection);
});
afterEach(() => {
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Facts whose asset is their number by arrival, from 1, of sources with the numbers 1, 8, 15, … and without bucket and
 * operation, and `names` names n1, n2, ….
 */
async function store(facts: number, names: number): Promise<void> {
  await connection.run(`INSERT INTO usage_name SELECT range, 'n' || range FROM range(1, ${names + 1})`);
  await connection.run(
    `INSERT INTO usage_raw BY NAME SELECT 1 AS commit_number, ${TIME_MS + HOUR_MS} AS received_ms, range AS identity_low,
       0 AS identity_high, ${TIME_MS} AS time_ms, 1 AS organization, (range - 1) * 7 % ${names} + 1 AS source, 1 AS kind,
       0 AS space, 0 AS user_id, 0 AS bucket, range AS asset, 0 AS operation, 1 AS count, 0 AS bytes_in, 0 AS bytes_out,
       0 AS size_delta, 0 AS objects_delta
     FROM range(1, ${facts + 1})`,
  );
}

async function write(format: "parquet" | "csv"): Promise<{ readonly file: string; readonly rows: number }> {
  const file = join(folder, `out.${format}`);
  const range = { startMs: TIME_MS, endMs: TIME_MS + 1 };
  return { file, rows: await exportUsage(connection, { organization: null, ...range, format, file }) };
}

async function read(sql: string) {
  return (await connection.runAndReadAll(sql)).getRowsJson();
}

describe("exportUsage", () => {
  for (const [facts, names] of [
    [300, 600],
    [5_000, 20_000],
    [400_000, 10],
  ] as const) {
    it(`writes ${facts} facts with ${names} names in the order in which they arrived, each with its own texts`, async () => {
      await store(facts, names);
      const { file, rows } = await write("parquet");
      expect(rows).toBe(facts);
      const answer = await read(
        `SELECT count(*) FILTER (asset = file_row_number + 1),
           count(*) FILTER (source = 'n' || (asset - 1) * 7 % ${names} + 1),
           count(*) FILTER (bucket IS NULL AND operation = '')
         FROM read_parquet('${file}', file_row_number = true)`,
      );
      expect(answer).toEqual([[String(facts), String(facts), String(facts)]]);
    });
  }

  it("writes facts of a store that has no names", async () => {
    await store(2, 1);
    await connection.run("DELETE FROM usage_name");
    const { file } = await write("parquet");
    expect(await read(`SELECT asset, source, bucket, operation FROM '${file}'`)).toEqual([
      ["1", null, null, ""],
      ["2", null, null, ""],
    ]);
  });

  for (const zone of ["America/New_York", "Asia/Tokyo"]) {
    it(`writes times in UTC on a machine in ${zone}`, async () => {
      await connection.run(`SET TimeZone = '${zone}'`);
      await store(1, 1);
      const csv = readFileSync((await write("csv")).file, "utf8").split("\n")[1];
      expect(csv?.split(",").slice(0, 2)).toEqual(["2026-03-01T08:30:00.123Z", "2026-03-01T09:30:00.123Z"]);
      const { file } = await write("parquet");
      const schema = await read(`SELECT name, logical_type FROM parquet_schema('${file}') WHERE type = 'INT64'`);
      const times = schema.filter(([, type]) => String(type).includes("isAdjustedToUTC=1"));
      expect(times.map(([name]) => name)).toEqual(["time", "received"]);
      expect(await read(`SELECT epoch_ms(time), epoch_ms(received) FROM '${file}'`)).toEqual([
        [String(TIME_MS), String(TIME_MS + HOUR_MS)],
      ]);
    });
  }
});
