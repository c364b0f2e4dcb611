/** What the store relies on in the engine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openInstance, type StoreInstance } from "./open-instance.ts";

let folder: string;
let instance: StoreInstance;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-instance-"));
  const file = join(folder, "usage.duckdb");
  instance = await openInstance({ file, memoryBytesMax: 256 * 1024 * 1024, threads: 1 });
});
afterEach(() => {
  instance.closeSync();
  rmSync(folder, { recursive: true });
});

/** Blocks of 256 KiB that the engine keeps of tables when it may keep nothing. */
async function countKeptBlocks(connection: DuckDBConnection): Promise<number> {
  // Refused, because some of it is in use; what is not has been given back by then.
  await connection.run("SET memory_limit = '256KiB'").catch(() => {});
  const kept = await connection.runAndReadAll(
    "SELECT memory_usage_bytes // 262144 FROM duckdb_memory() WHERE tag = 'BASE_TABLE'",
  );
  await connection.run("SET memory_limit = '256MiB'");
  return Number(kept.getRows()[0]?.[0]);
}

test("rows that were committed and moved into the file take no memory, however commits lie in row groups", async () => {
  const [writer, reader] = [await instance.connect(), await instance.connect()];
  await writer.run("CREATE TABLE fact (value BIGINT)");
  const kept: number[] = [];
  for (let commit = 1; commit <= 24; commit++) {
    await writer.run("INSERT INTO fact SELECT range FROM range(30000)");
    if (commit % 6 > 0) continue;
    await writer.run("CHECKPOINT");
    kept.push(await countKeptBlocks(reader));
  }
  // 720,000 rows are 22 row groups. A few blocks are in use at any moment; DuckDB 1.5.5 kept 20, and 5 more every time.
  expect(Math.max(...kept)).toBeLessThan(5);
  writer.closeSync();
  reader.closeSync();
});
