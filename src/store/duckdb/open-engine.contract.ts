/**
 * An engine in memory with the store's tables, for tests of what reads and writes them.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { afterEach, beforeEach } from "vitest";
import { advanceRollups } from "./advance-rollups.ts";
import { openInstance, type StoreInstance } from "./open-instance.ts";
import { applySchema } from "./schema.ts";

/** Opens an empty one for each test of the file; answers how to get its connection. */
export function openEngineForEachTest(): () => DuckDBConnection {
  let instance: StoreInstance;
  let connection: DuckDBConnection;
  beforeEach(async () => {
    instance = await openInstance({ file: ":memory:", memoryBytesMax: 256 * 1024 * 1024, threads: 1 });
    connection = await instance.connect();
    await applySchema(connection);
  });
  afterEach(() => {
    connection.closeSync();
    instance.closeSync();
  });
  return () => connection;
}

/** Adds all facts to all tables inside the caller's transaction. */
export async function advanceAllRollups(connection: DuckDBConnection): Promise<void> {
  while (await advanceRollups(connection));
}
