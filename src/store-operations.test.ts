/**
 * What an operator sees of a store: figures of the store itself, not what the settings make one think.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openParts } from "./app.ts";
import { readConfig } from "./config.ts";
import { DAY_MS } from "./model/time-range.ts";
import { buildFixedClock } from "./platform/clock.ts";
import { buildLogger } from "./platform/log.ts";
import { buildSlowQueries } from "./query/slow-queries.ts";
import { openDuckdbStore } from "./store/duckdb/open.ts";
import { buildOperations } from "./store-operations.ts";

const NOW_MS = Date.parse("2026-03-02T00:00Z");

describe("buildOperations", () => {
  it("says since when the store remembers, also when the clock was set on a year", async () => {
    const clock = buildFixedClock(NOW_MS);
    let elapsedMs = 0;
    const store = await openDuckdbStore({
      ...{ file: ":memory:", memoryBytesMax: 256 * 1024 * 1024, threads: 1, dedupeHorizonMs: 35 * DAY_MS, clock },
      elapsedMs: () => elapsedMs,
    });
    const operations = buildOperations({
      ...{ store, clock, slowQueries: buildSlowQueries(clock) },
      config: { dataDir: "", filesS3Bucket: "", filesS3Prefix: "" },
    });
    expect((await operations.describe()).rememberedFromMs).toBe(NOW_MS - 35 * DAY_MS);
    clock.set(NOW_MS + 365 * DAY_MS);
    elapsedMs = 1000.25;
    const { rememberedFromMs, clockAheadMs } = await operations.describe();
    expect([rememberedFromMs, clockAheadMs]).toEqual([NOW_MS - 35 * DAY_MS + 1001, 365 * DAY_MS - 1001]);
    await store.close();
  });

  it("shows questions that were answered as a stream among the slowest", async () => {
    const folder = mkdtempSync(join(tmpdir(), "assetmeter-operations-"));
    const config = readConfig({ environment: {}, overrides: { dataDir: folder, logLevel: "silent" } });
    const parts = await openParts(config, buildFixedClock(NOW_MS), buildLogger("silent"));
    try {
      await parts.catalog.createOrganization({ id: 1, name: "one" });
      const range = "start=2026-03-01T00:00:00Z&end=2026-03-02T00:00:00Z";
      const { statusCode } = await parts.server.inject({
        method: "GET",
        url: `/usage/v1/query?metric=requests&group_by=asset&${range}`,
        headers: { authorization: `Bearer ${parts.issueOwnSecret(1)}`, accept: "application/x-ndjson" },
      });
      expect(statusCode).toBe(200);
      const { slowQueries } = await parts.operations.describe();
      expect(slowQueries).toMatchObject([{ query: { organization: 1, groupBy: ["asset"] } }]);
    } finally {
      await parts.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
