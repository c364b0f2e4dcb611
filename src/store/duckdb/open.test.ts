import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { runCorrectionContract } from "../corrections.contract.ts";
import { runObjectCorrectionContract } from "../object-corrections.contract.ts";
import { runReplayContract } from "../replay.contract.ts";
import { buildBatch, buildRow, buildScan, runUsageStoreContract } from "../usage-store.contract.ts";
import { openDuckdbStore } from "./open.ts";
import { ROW_GROUP_ROWS } from "./open-instance.ts";

const DAY_MS = 86_400_000;

async function openInFolder() {
  const folder = await mkdtemp(join(tmpdir(), "assetmeter-store-"));
  const clock = buildFixedClock(0);
  const options = {
    file: join(folder, "usage.duckdb"),
    memoryBytesMax: 512 * 1024 * 1024,
    threads: 2,
    dedupeHorizonMs: 35 * DAY_MS,
    clock,
    // Small enough for the few rows of a test to be merged, clustered and cut.
    compaction: { mergeRowsMin: 12, mergeRowsMinOfFew: 12, clusterRowsMin: 1, sliceRows: 12 },
    // Some facts are in the roll-ups' tables and some wait: answers must not tell which.
    rollUpFactsMin: 3,
  } as const;
  return {
    store: await openDuckdbStore(options),
    reopen: () => openDuckdbStore(options),
    setClock: clock.set,
    options,
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

const CONTRACT = { name: "DuckDB", open: openInFolder, dedupeHorizonDays: 35 };
runUsageStoreContract(CONTRACT);
runCorrectionContract(CONTRACT);
runObjectCorrectionContract(CONTRACT);
runReplayContract(CONTRACT);

describe("openDuckdbStore", () => {
  it("says that the file cannot be opened when it is something else", async () => {
    const opened = await openInFolder();
    await opened.store.close();
    await writeFile(opened.options.file, "this is no database, but a text of some length ".repeat(200));
    await expect(opened.reopen()).rejects.toMatchObject({ code: "store/unavailable" });
    await opened.dispose();
  });

  it("counts a whole batch of 20,000 rows, more than one data chunk, each once", async () => {
    const opened = await openInFolder();
    const rows = Array.from({ length: 20_000 }, (_, n) => buildRow(`r${n}`, { space: (n % 10) + 1, bytesOut: n }));
    await opened.store.append(buildBatch(rows));
    await opened.store.append(buildBatch(rows.slice(5000)));
    const [sum] = await opened.store.scan(
      buildScan({ sums: [{ measure: "bytesOut", kinds: null }] }, "usage_total_per_day"),
    );
    // 0 + 1 + … + 19,999
    expect(sum?.sums).toEqual([199_990_000n]);
    await opened.store.close();
    await opened.dispose();
  });

  it("tells apart two identities whose first five bytes are equal, days apart, before and after a restart", async () => {
    const opened = await openInFolder();
    const identity = (last: number) => Uint8Array.from([1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, last]);
    const first = buildRow("first", { identity: identity(1) });
    const second = buildRow("second", { identity: identity(2) });
    // Again with another time: only their arrival tells where to look for them.
    const again = [first, second].map((row) => ({ ...row, timeMs: row.timeMs + 12_345 }));
    const { store } = opened;
    expect((await store.append(buildBatch([first], { receivedMs: 0 }))).duplicates).toEqual([]);
    expect((await store.append(buildBatch([second], { receivedMs: 9 * DAY_MS }))).duplicates).toEqual([]);
    expect((await store.append(buildBatch(again, { receivedMs: 20 * DAY_MS }))).duplicates).toEqual([0, 1]);
    expect((await store.append(buildBatch(again, { receivedMs: 36 * DAY_MS }))).duplicates).toEqual([1]);
    await store.close();
    opened.setClock(36 * DAY_MS);
    const reopened = await opened.reopen();
    expect((await reopened.append(buildBatch(again, { receivedMs: 37 * DAY_MS }))).duplicates).toEqual([0, 1]);
    await reopened.close();
    await opened.dispose();
  });

  it("finds a roll-up that was damaged from outside, names what differs, and puts it right", async () => {
    const opened = await openInFolder();
    await opened.store.append(
      buildBatch([buildRow("a", { space: 3, count: 5 }), buildRow("b", { space: 4, count: 2 })]),
    );
    // Puts every fact into the roll-ups' tables.
    expect(await opened.store.rebuildRollups()).toEqual([]);
    await opened.store.close();
    const instance = await DuckDBInstance.create(opened.options.file);
    const connection = await instance.connect();
    await connection.run("UPDATE usage_space_per_day SET count = 50 WHERE space = 3");
    await connection.run("DELETE FROM usage_space_per_hour WHERE space = 4");
    connection.closeSync();
    instance.closeSync();

    const store = await opened.reopen();
    const differences = await store.rebuildRollups();
    expect(differences.map(({ table, key, stored, recomputed }) => [table, key.space, stored, recomputed])).toEqual([
      ["usage_space_per_day", 3, 50n, 5n],
      ["usage_space_per_hour", 4, 0n, 2n],
    ]);
    expect(await store.rebuildRollups()).toEqual([]);
    for (const table of ["usage_space_per_hour", "usage_space_per_day"] as const) {
      expect((await store.scan(buildScan({}, table)))[0]?.sums).toEqual([7n]);
    }
    await store.close();
    await opened.dispose();
  });

  it("counts each row once when a step of compaction writes more of them than a row group has", async () => {
    const opened = await openInFolder();
    await opened.store.close();
    const store = await openDuckdbStore({
      ...opened.options,
      compaction: { mergeRowsMin: 1_000_000, mergeRowsMinOfFew: 1_000_000, clusterRowsMin: 1, sliceRows: 1_000_000 },
    });
    const assets = Array.from({ length: ROW_GROUP_ROWS + 1 }, (_, n) => buildRow(`a${n}`, { asset: n + 1 }));
    await store.append(buildBatch(assets));
    opened.setClock((assets[0]?.timeMs ?? 0) + 60 * DAY_MS);
    // Facts go to the roll-ups by themselves, and what compaction finds then is put in order.
    const isInOrder = async () => {
      const { rows, unclusteredRows } = await store.describe();
      return rows.usage_asset_per_day === assets.length && unclusteredRows.usage_asset_per_day === 0;
    };
    do while (await store.compactStep());
    while (!(await isInOrder()));
    expect((await store.scan(buildScan({}, "usage_asset_per_day")))[0]?.sums).toEqual([BigInt(assets.length)]);
    expect(await store.rebuildRollups()).toEqual([]);
    await store.close();
    await opened.dispose();
  });

  it("counts what comes after every raw row was dropped and the store was opened again", async () => {
    const opened = await openInFolder();
    const old = Array.from({ length: 3 }, (_, n) => buildRow(`old ${n}`, { timeMs: 0 }));
    for (const row of old) await opened.store.append(buildBatch([row], { receivedMs: 0 }));
    // Puts the three commits into the roll-ups' tables.
    expect(await opened.store.rebuildRollups()).toEqual([]);
    opened.setClock(100 * DAY_MS);
    expect(await opened.store.deleteExpired({ usage_raw: 50 * DAY_MS })).toBe(3);
    await opened.store.close();
    const store = await opened.reopen();
    await store.append(buildBatch([buildRow("new", { timeMs: 100 * DAY_MS })], { receivedMs: 100 * DAY_MS }));
    // A commit numbered anew from 1 would pass for one that the tables hold: 3 and not 4.
    expect((await store.scan(buildScan({}, "usage_total_per_day")))[0]?.sums).toEqual([4n]);
    await store.close();
    await opened.dispose();
  });

  it("brings a file in an older format to its own, with all that was counted", async () => {
    const opened = await openInFolder();
    const { file } = opened.options;
    await opened.store.append(buildBatch([1, 2, 4].map((bytesOut) => buildRow(`${bytesOut}`, { bytesOut }))));
    await opened.store.close();
    await rename(file, `${file}.new`);
    const engine = await DuckDBInstance.create(":memory:");
    const connection = await engine.connect();
    await connection.run(`ATTACH '${file}.new' AS new; ATTACH '${file}' AS old (STORAGE_VERSION 'v1.0.0')`);
    await connection.run("COPY FROM DATABASE new TO old");
    const readFormats = async () => {
      const answer = await connection.runAndReadAll(
        "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal AND path IS NOT NULL ORDER BY 1",
      );
      return answer.getRows().flat();
    };
    expect(await readFormats()).toEqual(["v1.0.0+", "v1.5.0+"]);
    await connection.run("DETACH old; DETACH new");

    const scan = buildScan({ sums: [{ measure: "bytesOut", kinds: null }] }, "usage_total_per_day");
    let store = await opened.reopen();
    await store.append(buildBatch([buildRow("8", { bytesOut: 8 }), buildRow("1", { bytesOut: 1 })]));
    expect((await store.scan(scan))[0]?.sums).toEqual([15n]);
    await store.close();
    store = await opened.reopen();
    expect((await store.scan(scan))[0]?.sums).toEqual([15n]);
    await store.close();
    await connection.run(`ATTACH '${file}' AS old`);
    expect(await readFormats()).toEqual(["v1.5.0+"]);
    connection.closeSync();
    engine.closeSync();
    await opened.dispose();
  });

  it("counts nothing of a batch that fails in the middle, and counts it whole when it is sent again", async () => {
    const opened = await openInFolder();
    const broken = buildRow("b", { operation: "PUT", count: Number.NaN });
    await expect(opened.store.append(buildBatch([buildRow("a"), broken]))).rejects.toMatchObject({
      code: "store/unavailable",
    });
    expect(await opened.store.scan(buildScan())).toEqual([]);
    expect(await opened.store.readSourceCounts(1)).toEqual([]);
    const mended = buildBatch([buildRow("a"), buildRow("b", { operation: "PUT" })]);
    expect(await opened.store.append(mended)).toEqual({ duplicates: [] });
    expect((await opened.store.scan(buildScan({ filter: { operation: ["PUT"] } })))[0]?.sums).toEqual([1n]);
    await opened.store.close();
    await opened.dispose();
  });
});
