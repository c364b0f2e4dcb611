import { describe, expect, it } from "vitest";
import { buildPartsSql, buildScanSql } from "./build-sql.ts";
import { buildDuckdbFlavor } from "./duckdb/flavor.ts";
import { buildScan } from "./usage-store.contract.ts";
import type { UsageScan } from "./usage-store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAY_ONE_MS = Date.UTC(2026, 2, 1);
const NAMES = new Map([
  ["GET", 1],
  ["media", 2],
]);
const flavor = buildDuckdbFlavor({ id: (name) => NAMES.get(name), text: (id) => [...NAMES.keys()][id - 1] ?? "" });

/** The shapes that the endpoints ask for; usage-store.contract.ts runs the same shapes. */
const CASES: Record<string, UsageScan> = {
  "one-total": buildScan({ sums: [{ measure: "bytesOut", kinds: ["api", "delivery"] }] }, "usage_total_per_day"),
  "hours-with-raw-edges": buildScan({
    segments: [
      { table: "usage_raw", startMs: DAY_ONE_MS + HOUR_MS / 2, endMs: DAY_ONE_MS + HOUR_MS },
      { table: "usage_total_per_hour", startMs: DAY_ONE_MS + HOUR_MS, endMs: DAY_ONE_MS + 3 * HOUR_MS },
    ],
    filter: { kind: ["api"], operation: ["GET", "unknown"] },
    windows: { split: "step", originMs: DAY_ONE_MS, stepMs: HOUR_MS },
  }),
  "months-by-space": buildScan(
    { groupBy: ["space"], windows: { split: "starts", startsMs: [DAY_ONE_MS, DAY_ONE_MS + 31 * DAY_MS] } },
    "usage_space_per_day",
  ),
  "largest-assets": buildScan(
    {
      filter: { kind: ["delivery"] },
      groupBy: ["asset"],
      sums: [{ measure: "bytesOut", kinds: null }],
      orderBySum: { sum: 0, direction: "desc" },
      rowsMax: 100,
    },
    "usage_asset_per_day",
  ),
  "largest-assets-and-the-rest": buildScan(
    {
      groupBy: ["asset"],
      sums: [
        { measure: "count", kinds: null },
        { measure: "bytesOut", kinds: null },
      ],
      orderBySum: { sum: 1, direction: "desc" },
      restAfter: 100,
    },
    "usage_asset_per_month",
  ),
  "everything-less-what-a-list-leaves-out": buildScan({
    filter: { bucket: ["media", "GET"] },
    segments: [{ table: "usage_raw", startMs: DAY_ONE_MS - HOUR_MS, endMs: DAY_ONE_MS }],
    leftOut: {
      dimension: "bucket",
      everything: [{ table: "usage_total_per_day", startMs: DAY_ONE_MS, endMs: DAY_ONE_MS + DAY_MS }],
      segments: [{ table: "usage_bucket_per_day", startMs: DAY_ONE_MS, endMs: DAY_ONE_MS + DAY_MS }],
    },
  }),
  "places-of-kept-buckets": buildScan(
    { groupBy: ["bucket"], keep: ["media", null], anyOrder: true },
    "usage_bucket_per_day",
  ),
  "kept-buckets-and-the-rest": buildScan({ groupBy: ["bucket"], keep: ["media"] }, "usage_bucket_per_day"),
};

describe("buildScanSql", () => {
  for (const [name, scan] of Object.entries(CASES)) {
    it(`writes ${name} as its golden file says`, async () => {
      const { sql } = buildScanSql(scan, flavor);
      await expect(`${sql}\n`).toMatchFileSnapshot(`golden/${name}.${flavor.name}.sql`);
    });
  }

  it("writes sums over parts of the groups as its golden file says", async () => {
    const scan = CASES["largest-assets-and-the-rest"] as UsageScan;
    const { sql } = buildPartsSql(scan, flavor);
    await expect(`${sql}\n`).toMatchFileSnapshot(`golden/parts-of-assets.${flavor.name}.sql`);
  });

  it("looks up no names to sort by where any order will do, and stops at the same number of rows", () => {
    const scan = buildScan({ groupBy: ["bucket"], rowsMax: 5, anyOrder: true }, "usage_bucket_per_day");
    const { sql } = buildScanSql(scan, flavor);
    expect(sql).not.toMatch(/ORDER BY|usage_name/);
    expect(sql).toMatch(/GROUP BY g0\nLIMIT 5$/);
  });

  it("reads the facts that tables do not hold yet in one piece where they are the same", () => {
    const segments = [
      { table: "usage_space_per_day", startMs: 0, endMs: DAY_MS },
      { table: "usage_space_per_hour", startMs: DAY_MS, endMs: DAY_MS + HOUR_MS },
      { table: "usage_raw", startMs: DAY_MS + HOUR_MS, endMs: DAY_MS + HOUR_MS + 1 },
    ] as const;
    const { sql } = buildScanSql(buildScan({ segments }), flavor, { missing: () => "commit_number > 7" });
    expect(sql.split("UNION ALL")).toHaveLength(4);
    expect(sql).toContain(`time_ms >= 0\n     AND time_ms < ${DAY_MS + HOUR_MS}\n     AND commit_number > 7\n   LIMIT`);
  });

  it("refuses a table that lacks a dimension of the scan, which would be a wrong plan", () => {
    expect(() => buildScanSql(buildScan({ groupBy: ["asset"] }, "usage_total_per_day"), flavor)).toThrow(/has asset/);
  });

  it("tells a long list of numbers that follow one another by their runs, in whatever order and however often", () => {
    const spaces = [...Array.from({ length: 40 }, (_, index) => 100 - index), 7, 100];
    const { sql } = buildScanSql(buildScan({ filter: { space: spaces } }), flavor);
    expect(sql).toContain("AND (space BETWEEN 7 AND 7 OR space BETWEEN 61 AND 100)");
  });

  it("tells a long list of numbers that lie close together by a bit for each, and any other by comparing", () => {
    const sqlOf = (spaces: number[]) => buildScanSql(buildScan({ filter: { space: spaces } }), flavor).sql;
    const evens = Array.from({ length: 16 }, (_, index) => 100 + 2 * index);
    // 100 to 130, and one bit more for all that is outside.
    const place = "CASE WHEN space BETWEEN 100 AND 130 THEN (space - 100)::INTEGER ELSE 31 END";
    expect(sqlOf(evens)).toContain(
      `AND (space BETWEEN 100 AND 130 AND get_bit('${"10".repeat(15)}10'::BIT, ${place}) = 1)`,
    );
    expect(sqlOf(evens.slice(1))).toContain("AND space IN (102, 104,");
    expect(sqlOf(evens.map((space) => 100 * space))).toContain("AND space IN (10000, 10200,");
  });

  it("refuses a fraction where SQL needs an integer", () => {
    expect(() => buildScanSql(buildScan({ filter: { space: [1.5] } }), flavor)).toThrow(/1\.5/);
  });
});
