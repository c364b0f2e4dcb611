import { describe, expect, test } from "vitest";
import type { RollupTable } from "../usage-store.ts";
import { cutColumns, cutIntoSlices } from "./compaction-slice.ts";
import { openEngineForEachTest } from "./open-engine.contract.ts";

const engine = openEngineForEachTest();

/**
 * Some buckets of organization 1, each with a row for each of some hours or days, a thousand rows together: how many rows, hours
 * or days, and buckets each slice of 250 rows has.
 */
async function cutBuckets(table: RollupTable, time: string, times: number, buckets: number): Promise<unknown[][]> {
  await engine().run(
    `INSERT INTO ${table} (${time}, organization, bucket, kind, count, bytes_in, bytes_out, size_delta, objects_delta, level)
     SELECT ${time}, 1, bucket, 2, 1, 0, 0, 0, 0, 0 FROM range(${times}) AS t(${time}), range(${buckets}) AS b(bucket)`,
  );
  const order = { table, where: "level = 0", rows: 1000, level: 1, cutBy: cutColumns(table) };
  const slices: unknown[][] = [];
  for (const { where } of await cutIntoSlices(engine(), order, 250)) {
    const found = await engine().runAndReadAll(
      `SELECT count(*)::INTEGER, count(DISTINCT ${time})::INTEGER, count(DISTINCT bucket)::INTEGER FROM ${table} WHERE ${where}`,
    );
    slices.push(...found.getRows());
  }
  return slices;
}

describe("cutIntoSlices", () => {
  test("cuts hours by time: each slice has 25 hours of all ten buckets", async () => {
    const slices = await cutBuckets("usage_bucket_per_hour", "hour", 100, 10);
    expect(slices).toEqual(Array.from({ length: 4 }, () => [250, 25, 10]));
  });

  test("cuts one hour by thing: no slice has all of its rows", async () => {
    const slices = await cutBuckets("usage_bucket_per_hour", "hour", 1, 1000);
    expect(slices).toEqual(Array.from({ length: 4 }, () => [250, 1, 250]));
  });

  test("cuts hours by time, and inside an hour by thing: every row is in one slice", async () => {
    // Slices end in the middle of the second, third and fourth of five hours.
    const slices = await cutBuckets("usage_bucket_per_hour", "hour", 5, 200);
    expect(slices.map(([rows, hours]) => [rows, hours])).toEqual(Array.from({ length: 4 }, () => [250, 2]));
  });

  test("cuts days by thing: each slice has all hundred days of some buckets, and together they have every row once", async () => {
    const slices = await cutBuckets("usage_bucket_per_day", "day", 100, 10);
    expect(slices.map(([, days]) => days)).toEqual([100, 100, 100, 100]);
    expect(slices.reduce((sum, [rows]) => sum + Number(rows), 0)).toBe(1000);
    expect(slices.reduce((sum, [, , buckets]) => sum + Number(buckets), 0)).toBe(10);
  });
});
