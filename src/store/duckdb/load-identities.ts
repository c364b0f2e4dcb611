/**
 * Fills the identity index from the table when a store is opened, in the background: until it is done every row of a
 * batch is looked up in the table, which is slower and just as exact.
 */
import type { DuckDBInstance } from "@duckdb/node-api";
import type { IdentityIndex } from "./known-identities.ts";

/** The running load. `isDone` turns true once every remembered identity is in the index; `stop` ends it early. */
export type IdentityLoad = { isDone(): boolean; stop(): Promise<void> };

/**
 * Reads the identities that arrived at `fromMs` (UTC ms) or later on a connection of its own. A failed load leaves
 * `isDone` false for good, which costs speed and nothing else; `onError` is told.
 */
export function loadIdentities(
  instance: DuckDBInstance,
  index: IdentityIndex,
  fromMs: number,
  onError: (error: unknown) => void,
): IdentityLoad {
  let done = false;
  let stopped = false;
  const run = async (): Promise<void> => {
    const connection = await instance.connect();
    try {
      const result = await connection.stream(
        `SELECT (identity & 4294967295)::UINTEGER, ((identity >> 32) & 255)::UTINYINT, received_ms::DOUBLE
         FROM usage_raw WHERE received_ms >= ${fromMs}`,
      );
      while (!stopped) {
        // One chunk of 2,048 rows a turn: requests are answered in between.
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) {
          done = true;
          return;
        }
        const [prints, segments, arrivals] = [0, 1, 2].map((column) => chunk.getColumnVector(column));
        for (let row = 0; row < chunk.rowCount; row++) {
          index.load(Number(prints?.getItem(row)), Number(segments?.getItem(row)), Number(arrivals?.getItem(row)));
        }
      }
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
