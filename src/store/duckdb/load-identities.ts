/**
 * Fills the identity index from the table when a store is opened, in the background: until it is done every row of a
 * batch is looked up in the table, which is slower and just as exact.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { endStream } from "./end-stream.ts";
import { pick, readFingerprints } from "./fingerprints.ts";
import { IDENTITY_COLUMNS, LOW_BYTES } from "./identity-columns.ts";
import type { IdentityIndex } from "./known-identities.ts";
import type { StoreInstance } from "./open-instance.ts";

/** What is loaded: identities that arrived at `fromMs` (UTC ms) or later, by the periods of the index. */
export type LoadOrder = { readonly index: IdentityIndex; readonly fromMs: number; readonly periodMs: number };

/** The running load. `isDone` turns true once every remembered identity is in the index; `stop` ends it early. */
export type IdentityLoad = { isDone(): boolean; stop(): Promise<void> };

/**
 * Reads the identities on a connection of its own. A failed load leaves `isDone` false for good, which costs speed and
 * nothing else; `onError` is told.
 */
export function loadIdentities(
  instance: Pick<StoreInstance, "connect">,
  order: LoadOrder,
  onError: (error: unknown) => void,
): IdentityLoad {
  let done = false;
  let stopped = false;
  const run = async (): Promise<void> => {
    const connection = await instance.connect();
    try {
      // One snapshot for all periods: what is committed from now on adds itself. Rows of a commit that fails meanwhile may be
      // seen (transactions.ts): an identity too many is suspected and looked up, and nothing else comes of it.
      await connection.run("BEGIN TRANSACTION READ ONLY");
      const periods = await readPeriods(connection, order);
      order.index.reserve(periods.reduce((sum, { count }) => sum + count, 0));
      for (const { number, receivedMs } of periods) {
        for await (const identities of readIdentities(connection, order, number)) {
          if (stopped) return;
          const fingerprints = readFingerprints(identities, LOW_BYTES);
          // No identity stands in the table twice: those that are suspected only look alike.
          const alike = order.index.add(fingerprints, receivedMs);
          order.index.share(pick(fingerprints, alike), receivedMs);
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
     WHERE received_ms >= ${Math.ceil(fromMs)} AND correction = 0 GROUP BY period ORDER BY period`,
  );
  return answer.getRows().map((row) => {
    const [number, count, receivedMs] = row.map(Number) as [number, number, number];
    return { number, count, receivedMs };
  });
}

/**
 * Identities that are added together: one after the other they would wait for memory twice as long. 2 ms, as every answer waits
 * for some of them meanwhile; four times as many are no faster.
 */
const LOADED_TOGETHER = 4 * 2_048;

/** The first columns of the identities of one period, many at a time: requests are answered in between. */
async function* readIdentities(
  connection: DuckDBConnection,
  { fromMs, periodMs }: LoadOrder,
  period: number,
): AsyncGenerator<Uint8Array> {
  const start = Math.max(Math.ceil(fromMs), period * periodMs);
  const result = await connection.stream(
    `SELECT ${IDENTITY_COLUMNS[0]} FROM usage_raw
     WHERE received_ms >= ${start} AND received_ms < ${(period + 1) * periodMs} AND correction = 0`,
  );
  const gathered = new Uint8Array(LOADED_TOGETHER * LOW_BYTES);
  let length = 0;
  let isOver = false;
  try {
    while (!isOver) {
      const fetched = await result.fetchChunk();
      const rows = fetched?.rowCount ?? 0;
      isOver = rows === 0;
      const bytes = rows * LOW_BYTES;
      if (length > 0 && (isOver || length + bytes > gathered.length)) {
        yield gathered.subarray(0, length);
        length = 0;
      }
      if (fetched === null || isOver) return;
      const vector = duckdb.data_chunk_get_vector(fetched.chunk, 0);
      gathered.set(duckdb.vector_get_data(vector, bytes), length);
      length += bytes;
    }
  } finally {
    if (!isOver) await endStream(connection, result);
  }
}
