/**
 * Streamed answers have the rows of whole ones.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { UsageQuery } from "../model/usage-query.ts";
import type { UsageResultRow } from "../model/usage-result.ts";
import { buildEvent, NOW_MS, openQueries, buildQuery as query } from "./open-queries.contract.ts";
import { buildSlowQueries, type SlowQueries } from "./slow-queries.ts";
import { streamQuery } from "./stream-query.ts";

let queries: Awaited<ReturnType<typeof openQueries>>;
beforeEach(async () => {
  queries = await openQueries();
});
afterEach(async () => {
  vi.useRealTimers();
  await queries.close();
});

const stream = (fields: Partial<UsageQuery>, slowQueries?: SlowQueries) => {
  const deps = { store: queries.store, clock: queries.clock, limits: { rowsMax: 30, daysMax: 400 }, slowQueries };
  return streamQuery(query({ empty: "omit", ...fields }), { ...deps, listSources: async () => [] });
};

async function readRows(fields: Partial<UsageQuery>): Promise<UsageResultRow[]> {
  const rows: UsageResultRow[] = [];
  for await (const piece of (await stream(fields)).pieces) rows.push(...piece);
  return rows;
}

describe("streamQuery", () => {
  test("gives the rows of the whole answer in its order, more of them than one answer may have", async () => {
    const assets = Array.from({ length: 3000 }, (_, index) => 3000 - index);
    await queries.append([
      ...assets.map((asset) => buildEvent({ asset, bytesOut: asset })),
      buildEvent({ asset: null, timeMs: query().range.startMs + 3_600_000 }),
    ]);
    for (const window of ["none", "hour"] as const) {
      const asked = { groupBy: ["asset"] as const, metrics: ["requests", "traffic"] as const, window };
      const whole = await queries.run(query({ ...asked, empty: "omit" }));
      const rows = await readRows(asked);
      expect(rows).toEqual(whole.rows);
      expect(rows).toHaveLength(3001);
    }
  });

  test("nothing recorded is no row, and a filter that lists nothing too", async () => {
    expect(await readRows({ groupBy: ["asset"] })).toEqual([]);
    await queries.append([buildEvent()]);
    expect(await readRows({ filter: { space: [] } })).toEqual([]);
    expect((await stream({})).completeUntilMs).toBe(NOW_MS);
  });

  test("can be given up before and after the first piece", async () => {
    await queries.append([buildEvent({ asset: 1 })]);
    await (await stream({ groupBy: ["asset"] })).pieces.return(undefined);
    for await (const _ of (await stream({ groupBy: ["asset"] })).pieces) break;
    // What was given up holds nothing that the next one needs.
    expect(await readRows({ groupBy: ["asset"] })).toHaveLength(1);
    await queries.close();
  });

  test("is among the slowest questions once it is read, without the time that its reader takes", async () => {
    await queries.append(Array.from({ length: 5000 }, (_, asset) => buildEvent({ asset: asset + 1 })));
    const slowQueries = buildSlowQueries(queries.clock);
    vi.useFakeTimers({ toFake: ["performance"] });
    let pieces = 0;
    for await (const _ of (await stream({ groupBy: ["asset"] }, slowQueries)).pieces) {
      pieces++;
      expect(slowQueries.list()).toEqual([]);
      vi.advanceTimersByTime(60_000);
    }
    // The first piece is read ahead, the others when they are asked for.
    expect(pieces).toBeGreaterThan(1);
    expect(slowQueries.list()).toMatchObject([{ durationMs: 0, query: { groupBy: ["asset"] } }]);
  });

  test.each<[string, Partial<UsageQuery>]>([
    ["largest groups", { groupBy: ["asset"], top: { groups: 1, metric: "requests" } }],
    ["an order by a metric", { order: { by: "requests", direction: "desc" } }],
    ["windows of zero", { empty: "zero" }],
    ["a gauge", { metrics: ["stored_bytes"] }],
  ])("%s cannot be streamed", async (_, fields) => {
    await expect(stream(fields)).rejects.toMatchObject({ code: "query/invalid" });
  });
});
