import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import { buildEngineLog } from "./engine-log.ts";
import { type DuckdbStoreOptions, openDuckdbStore } from "./open.ts";
import { openInstance } from "./open-instance.ts";

describe("the engine's log", () => {
  let folder: string;
  beforeEach(async () => {
    // A quote in the path must not end the statement that the engine opens the file by.
    folder = await mkdtemp(join(tmpdir(), "assetmeter-store's-log-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = (more: Partial<DuckdbStoreOptions>) =>
    openDuckdbStore({
      file: join(folder, "usage.duckdb"),
      memoryBytesMax: 256 * 1024 * 1024,
      threads: 1,
      dedupeHorizonMs: 86_400_000,
      clock: buildFixedClock(0),
      ...more,
    });
  const bytesOf = (name: string): number => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  const countOf = async (store: Awaited<ReturnType<typeof open>>) =>
    (await store.scan(buildScan({}, "usage_total_per_day")))[0]?.sums;

  it("is moved into the file after a commit when it is long enough, and stays where it is when it is not", async () => {
    for (const [logBytesMax, isMoved] of [
      [undefined, false],
      [1, true],
    ] as const) {
      const store = await open({ logBytesMax });
      const before = bytesOf("usage.duckdb");
      await store.append(buildBatch([buildRow(`moved ${isMoved}`)]));
      // Upkeep has its turns in order: this one comes after the checkpoint.
      await store.compactStep();
      expect(bytesOf("usage.duckdb.wal") === 0).toBe(isMoved);
      expect(bytesOf("usage.duckdb") > before).toBe(isMoved);
      await store.close();
    }
    const store = await open({});
    expect(await countOf(store)).toEqual([2n]);
    await store.close();
  });

  it("is tried again after the next commit when the turn before it failed, and what was committed counts", async () => {
    const errors: unknown[] = [];
    const store = await open({
      logBytesMax: 1,
      onCheckpointError: (error) => errors.push(error),
      onCommitPoint: (point) => {
        if (point === "checkpoint" && errors.length === 0) throw new Error("no room");
      },
    });
    await store.append(buildBatch([buildRow("a")]));
    await store.compactStep();
    expect(errors).toMatchObject([{ cause: { message: "no room" } }]);
    expect(bytesOf("usage.duckdb.wal")).toBeGreaterThan(0);
    await store.append(buildBatch([buildRow("b")]));
    await store.compactStep();
    expect(errors).toHaveLength(1);
    expect(bytesOf("usage.duckdb.wal")).toBe(0);
    expect(await countOf(store)).toEqual([2n]);
    await store.close();
  });

  it("stays while a stream is read that began before the last commit, and is moved after the first commit behind it", async () => {
    const errors: unknown[] = [];
    const store = await open({ logBytesMax: 1, onCheckpointError: (error) => errors.push(error) });
    const readTo = (position: string) => {
      return { checkpoints: [{ organization: 1, source: "log", stream: "file", position, watermarkMs: 0 }] };
    };
    await store.append(buildBatch([buildRow("a")], readTo("1")));
    await store.compactStep();
    const stream = store.scanStream(buildScan({}, "usage_total_per_day"))[Symbol.asyncIterator]();
    expect((await stream.next()).value).toMatchObject([{ sums: [1n] }]);
    // Changes a row that the stream's moment still has.
    await store.append(buildBatch([buildRow("b")], readTo("2")));
    await store.compactStep();
    expect(bytesOf("usage.duckdb.wal")).toBeGreaterThan(0);
    expect((await stream.next()).done).toBe(true);
    await store.append(buildBatch([buildRow("c")], readTo("3")));
    await store.compactStep();
    expect(bytesOf("usage.duckdb.wal")).toBe(0);
    expect(errors).toEqual([]);
    await store.close();
  });

  it("is left alone when its length cannot be told, as the commit before it is over", () => {
    // Longer than any path may be.
    const file = "x".repeat(5_000);
    const never = () => expect.fail("nothing is moved");
    const log = buildEngineLog({
      ...{ file, bytesMax: 1, whileNobodyWrites: never, checkpoint: never, readsEnded: never, onError: never },
    });
    expect(() => log.committed()).not.toThrow();
  });

  it("is not moved by a step of upkeep that a store is closed in", async () => {
    const errors: unknown[] = [];
    for (let round = 0; round < 5; round++) {
      const store = await open({ logBytesMax: 1, rollUpFactsMin: 1, onCheckpointError: (error) => errors.push(error) });
      await store.append(buildBatch([buildRow(`closed ${round}`)]));
      await store.close();
    }
    expect(errors).toEqual([]);
  });

  describe("while somebody reads who began before the last commit", () => {
    /** Moves the log of such a store; answers how often that was tried, and what it came to. */
    async function moveBeside(endReading: (reader: DuckDBConnection) => Promise<void>) {
      const file = join(folder, "usage.duckdb");
      const instance = await openInstance({ file, memoryBytesMax: 256 * 1024 * 1024, threads: 1 });
      const [writer, reader] = [await instance.connect(), await instance.connect()];
      await writer.run("CREATE TABLE counted AS SELECT 1 AS n");
      await reader.run("BEGIN TRANSACTION READ ONLY; SELECT n FROM counted");
      await writer.run("UPDATE counted SET n = 2");
      let tries = 0;
      const isMoved = await new Promise<boolean>((settled, failed) => {
        buildEngineLog({
          file,
          bytesMax: 1,
          whileNobodyWrites: (move) => {
            const moving = move();
            moving.then(settled, failed);
            return moving;
          },
          checkpoint: async () => {
            tries += 1;
            await writer.run("CHECKPOINT");
          },
          readsEnded: () => endReading(reader),
          onError: failed,
        }).committed();
      });
      const walBytes = bytesOf("usage.duckdb.wal");
      for (const connection of [writer, reader]) connection.closeSync();
      instance.closeSync();
      return { tries, isMoved, isEmpty: walBytes === 0 };
    }

    it("is moved as soon as they have ended, without another commit", async () => {
      const moved = await moveBeside(async (reader) => {
        await reader.run("ROLLBACK");
      });
      expect(moved).toEqual({ tries: 2, isMoved: true, isEmpty: true });
    });

    it("stays when they do not end: commits do not wait for them", async () => {
      expect(await moveBeside(() => new Promise(() => {}))).toEqual({ tries: 2, isMoved: false, isEmpty: false });
    });
  });
});
