/**
 * Stores that remember many ids: facts by SQL, because it is about their ids alone.
 */
import { DuckDBInstance } from "@duckdb/node-api";
import type { UsageRow } from "../src/model/usage-row.ts";
import { openDuckdbStore } from "../src/store/duckdb/open.ts";

/** Fills a store with `known` and with facts of another organization that arrived over the last month. */
export async function rememberIds(file: string, count: number, known: readonly UsageRow[] = []): Promise<void> {
  const clock = { now: () => Date.now() };
  const options = { file, memoryBytesMax: 2 ** 31, threads: 2, dedupeHorizonMs: 35 * 86_400_000, clock };
  const store = await openDuckdbStore(options);
  await store.append({ rows: known, rejected: [], checkpoints: [], receivedMs: clock.now() });
  await store.close();
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  // Commit 0 lies before all others: nothing waits to be rolled up.
  await connection.run(`${FACTS_SQL(Date.now() - 30 * 86_400_000, count)} INSERT INTO usage_raw BY NAME FROM fact`);
  connection.closeSync();
  instance.closeSync();
}

/** The beginning of a statement with `count` facts of the 30 days from `fromMs` (UTC ms) on, as `fact`. */
export const FACTS_SQL = (fromMs: number, count: number): string => `
WITH fact AS (
  SELECT 0 AS commit_number, ${fromMs} + (range * 2592000000) // ${count} AS received_ms,
    hash(range + 7919) AS identity_low, (hash(range) & 4294967295)::UINTEGER AS identity_high,
    ${fromMs} + (range * 2592000000) // ${count} AS time_ms, 2 AS organization, 1 AS source,
    (1 + range % 2)::UTINYINT AS kind, 1 AS space, 1 + range % 500 AS user_id, 0 AS bucket, 1 + range % 997 AS asset,
    1 + range % 2 AS operation, 1 AS count, 0 AS bytes_in, 1000 + range % 1000 AS bytes_out, 0 AS size_delta,
    0 AS objects_delta, 0 AS correction
  FROM range(${count})
)`;
