/** A store that is closed has let go of its file, whatever was being read of it. */
import { readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import { openDuckdbStore } from "./open.ts";

const FOLDER_OF_FILES = "/proc/self/fd";
const isLinux = process.platform === "linux";
if (!isLinux) process.stdout.write(`skipped: the files that a process has open are seen in ${FOLDER_OF_FILES} alone\n`);

/** More rows than a stream holds ready: the engine waits for whoever reads it. */
const ROWS = 50_000;

describe.skipIf(!isLinux)("a store that was closed", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "assetmeter-store-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = () =>
    openDuckdbStore({
      file: join(folder, "usage.duckdb"),
      ...{ memoryBytesMax: 512 * 1024 * 1024, threads: 2, dedupeHorizonMs: 35 * 86_400_000, clock: buildFixedClock(0) },
    });
  const listOpenFiles = () =>
    readdirSync(FOLDER_OF_FILES)
      .map((name) => {
        try {
          return readlinkSync(join(FOLDER_OF_FILES, name));
        } catch {
          // The folder was open itself while it was listed.
          return "";
        }
      })
      .filter((file) => file.startsWith(folder));
  const fill = async () => {
    const store = await open();
    await store.append(
      buildBatch(Array.from({ length: ROWS }, (_, index) => buildRow(`row ${index}`, { asset: index + 1 }))),
    );
    return store;
  };

  test("while its identities were still read has no file open", async () => {
    await (await fill()).close();
    for (let times = 0; times < 3; times++) {
      const store = await open();
      expect(listOpenFiles()).not.toEqual([]);
      await store.close();
      expect(listOpenFiles()).toEqual([]);
    }
  });

  test("behind a list that nobody read to its end has no file open", async () => {
    const store = await fill();
    const rows = store.scanStream(buildScan({ groupBy: ["asset"] }));
    // The first rows alone.
    for await (const piece of rows) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await store.close();
    expect(listOpenFiles()).toEqual([]);
  });
});
