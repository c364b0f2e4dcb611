/**
 * Fills the identity index from the table when a store is opened, in the background: until it is done every row of a
 * batch is looked up in the table, which is slower and just as exact.
 */
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { IDENTITY_BYTES } from "../../model/usage-row.ts";
import { readFingerprints } from "./fingerprints.ts";
import type { IdentityIndex } from "./known-identities.ts";

/** What is loaded: identities that arrived at `fromMs` (UTC ms) or later, by the periods of the index. */
export type LoadOrder = { readonly index: IdentityIndex; readonly fromMs: number; readonly periodMs: number };

/** The running load. `isDone` turns true once every remembered identity is in the index; `stop` ends it early. */
export type IdentityLoad = { isDone(): boolean; stop(): Promise<void> };

/**
 * Reads the identities on a connection of its own. A failed load leaves `isDone` false for good, which costs speed and
 * nothing else; `onError` is told.
 */
export function loadIdentities(
  instance: DuckDBInstance,
  order: LoadOrder,
  onError: (error: unknown) => void,
): IdentityLoad {
  let done = false;
  let stopped = false;
  const run = async (): Promise<void> => {
    const connection = await instance.connect();
    try {
      // One snapshot for all periods: what is committed from now on adds itself.
      await connection.run("BEGIN TRANSACTION READ ONLY");
      const periods = await readPeriods(connection, order);
      order.index.reserve(periods.reduce((sum, { count }) => sum + count, 0));
      for (const { number, receivedMs } of periods) {
        for await (const identities of readIdentities(connection, order, number)) {
          if (stopped) return;
          order.index.add(readFingerprints(identities), receivedMs);
        }
      }
      done = true;
    } finally {
      connection.closeSync();
    }
  };
  const running = run().catch(onError);
  return {
    isDone: () => done,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

/** A period of the index that has something in it. `receivedMs`: any time of it. */
type LoadedPeriod = { readonly number: number; readonly count: number; readonly receivedMs: number };

async function readPeriods(
  connection: DuckDBConnection,
  { fromMs, periodMs }: LoadOrder,
): Promise<readonly LoadedPeriod[]> {
  const answer = await connection.runAndReadAll(
    `SELECT received_ms // ${periodMs} AS period, count(*), min(received_ms) FROM usage_raw
     WHERE received_ms >= ${Math.ceil(fromMs)} GROUP BY period ORDER BY period`,
  );
  return answer.getRows().map((row) => {
    const [number, count, receivedMs] = row.map(Number) as [number, number, number];
    return { number, count, receivedMs };
  });
}

/** The identities of one period, some thousand at a time: requests are answered in between. */
async function* readIdentities(
  connection: DuckDBConnection,
  { fromMs, periodMs }: LoadOrder,
  period: number,
): AsyncGenerator<Uint8Array> {
  const start = Math.max(Math.ceil(fromMs), period * periodMs);
  const result = await connection.stream(
    `SELECT identity FROM usage_raw WHERE received_ms >= ${start} AND received_ms < ${(period + 1) * periodMs}`,
  );
  for (;;) {
    const fetched = await result.fetchChunk();
    if (fetched === null || fetched.rowCount === 0) return;
    const vector = duckdb.data_chunk_get_vector(fetched.chunk, 0);
    yield duckdb.vector_get_data(vector, fetched.rowCount * IDENTITY_BYTES);
  }
}
