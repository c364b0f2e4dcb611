/** How much a commit costs the engine, whatever its sender makes up. */
import { DuckDBConnection } from "@duckdb/node-api";
import { afterEach, describe, expect, test, vi } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import { openDuckdbStore } from "./open.ts";

afterEach(() => vi.restoreAllMocks());

describe("appendBatch", () => {
  test("a commit whose every row names a bucket of its own takes as many statements as one of a single bucket", async () => {
    const bounds = { memoryBytesMax: 256 * 1024 * 1024, threads: 1, dedupeHorizonMs: 86_400_000 };
    const store = await openDuckdbStore({ file: ":memory:", ...bounds, clock: buildFixedClock(0) });
    const run = vi.spyOn(DuckDBConnection.prototype, "run");
    const countStatements = async (prefix: string, bucketOf: (index: number) => string): Promise<number> => {
      const before = run.mock.calls.length;
      const rows = Array.from({ length: 1_000 }, (_, i) => buildRow(`${prefix}${i}`, { bucket: bucketOf(i) }));
      await store.append(buildBatch(rows));
      return run.mock.calls.length - before;
    };
    const single = await countStatements("a", () => "media");
    expect(await countStatements("b", (index) => `made up ${index}`)).toBe(single);
    const found = await store.scan(buildScan({ groupBy: ["bucket"] }));
    expect(found.map(({ group }) => group[0]).sort()).toEqual(
      ["media", ...Array.from({ length: 1_000 }, (_, index) => `made up ${index}`)].sort(),
    );
    await store.close();
  });
});
