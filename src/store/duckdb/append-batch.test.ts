/** What a commit costs the engine, whatever its sender makes up, and what it knows again, whatever the clock says. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBConnection } from "@duckdb/node-api";
import { afterEach, describe, expect, test, vi } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import type { UsageStore } from "../usage-store.ts";
import { openDuckdbStore } from "./open.ts";

const DAY_MS = 86_400_000;

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

  test("what is accepted while the clock is 100 days behind is known as soon as it is right again", async () => {
    const clock = buildFixedClock(1_000 * DAY_MS);
    const folder = await mkdtemp(join(tmpdir(), "assetmeter-clock-"));
    let elapsedMs = 0;
    const open = () =>
      openDuckdbStore({
        ...{ file: join(folder, "usage.duckdb"), memoryBytesMax: 256 * 1024 * 1024, threads: 1 },
        ...{ dedupeHorizonMs: 35 * DAY_MS, clock, elapsedMs: () => elapsedMs },
      });
    const send = async (store: UsageStore, ...ids: string[]) => {
      const rows = ids.map((id) => buildRow(id));
      return (await store.append(buildBatch(rows, { receivedMs: clock.now() }))).duplicates;
    };
    let store = await open();
    expect(await send(store, "before")).toEqual([]);
    await store.close();
    clock.set(900 * DAY_MS);
    store = await open();
    expect(await send(store, "before", "while it is behind")).toEqual([0]);
    clock.set(1_000 * DAY_MS);
    elapsedMs = 60_000;
    expect(await send(store, "before", "while it is behind")).toEqual([0, 1]);
    await store.close();
    store = await open();
    expect(await send(store, "before", "while it is behind")).toEqual([0, 1]);
    await store.close();
    await rm(folder, { recursive: true });
  });

  test("a store whose clock was put right by 9,000 days before its first record forgets by the right clock", async () => {
    const clock = buildFixedClock(1_000 * DAY_MS);
    const bounds = { memoryBytesMax: 256 * 1024 * 1024, threads: 1, dedupeHorizonMs: 35 * DAY_MS };
    const store = await openDuckdbStore({ file: ":memory:", ...bounds, clock, elapsedMs: () => 0 });
    clock.set(10_000 * DAY_MS);
    await store.append(buildBatch([buildRow("a")], { receivedMs: clock.now() }));
    expect((await store.describe()).rememberedFromMs).toBe(9_965 * DAY_MS);
    await store.close();
  });
});
