/**
 * UsageRow[] -> rows of usage_raw, column by column, straight into the table inside the running transaction. No SQL runs
 * and no temporary table is made: for one event those took ten times as long as everything else of its commit.
 */
import { setImmediate } from "node:timers/promises";
import { type DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { UsageRow } from "../../model/usage-row.ts";
import { assertInvariant } from "../../platform/errors.ts";
import { encodeKind } from "./flavor.ts";
import { cutIdentities, HIGH_BYTES, LOW_BYTES } from "./identity-columns.ts";
import type { WritableNames } from "./names.ts";

/** DuckDB's vector size: a data chunk holds no more rows. */
const CHUNK_ROWS_MAX = 2048;

/** Chunks that the engine takes over together: about 1 ms. */
const CHUNKS_PER_FLUSH = 4;

/** Writes rows into usage_raw; see buildFactAppender. */
export type FactAppender = (
  rows: readonly UsageRow[],
  commit: { readonly number: number; readonly receivedMs: number },
) => Promise<void>;

/** How a column is written: 64-bit integers as two halves, which needs no BigInt per value. */
type Column = {
  readonly bytes: number;
  fill(rows: readonly UsageRow[], commit: { readonly number: number; readonly receivedMs: number }): ArrayBufferLike;
};

/**
 * Builds the writer of a connection. Rows are written by kind: columns that a kind leaves at 0 then take no room. Between
 * two chunks everybody else has a turn: without that a commit of 50,000 rows would hold up every answer for 200 ms.
 */
export async function buildFactAppender(connection: DuckDBConnection, names: WritableNames): Promise<FactAppender> {
  const empty = await connection.run("SELECT * FROM usage_raw LIMIT 0");
  const byName = buildColumns(names);
  const columns = empty.columnNames().map((name) => {
    const column = byName[name];
    assertInvariant(column !== undefined, `usage_raw.${name} is written`);
    return column;
  });
  const handle = duckdb.create_data_chunk(empty.columnTypes().map((type) => type.toLogicalType().logical_type));
  const chunk = new DuckDBDataChunk(handle);
  return async (rows, commit) => {
    const ordered = orderByKind(rows);
    const appender = await connection.createAppender("usage_raw");
    try {
      for (let from = 0; from < ordered.length; from += CHUNK_ROWS_MAX) {
        if (from > 0) await setImmediate();
        const part = ordered.slice(from, from + CHUNK_ROWS_MAX);
        chunk.reset();
        chunk.rowCount = part.length;
        for (const [index, { bytes, fill }] of columns.entries()) {
          const vector = duckdb.data_chunk_get_vector(handle, index);
          duckdb.copy_data_to_vector(vector, 0, fill(part, commit) as ArrayBuffer, 0, part.length * bytes);
        }
        appender.appendDataChunk(chunk);
        // Some chunks at a time: each for itself takes twice as long, all together hold up everybody else.
        if ((from / CHUNK_ROWS_MAX) % CHUNKS_PER_FLUSH === CHUNKS_PER_FLUSH - 1) appender.flushSync();
      }
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
  };
}

/** Rows of one kind together, each kind in order of arrival. */
function orderByKind(rows: readonly UsageRow[]): readonly UsageRow[] {
  const byKind = Map.groupBy(rows, ({ kind }) => kind);
  if (byKind.size === 1) return rows;
  return [...byKind].sort(([a], [b]) => encodeKind(a) - encodeKind(b)).flatMap(([, own]) => own);
}

function buildColumns(names: WritableNames): Readonly<Record<string, Column>> {
  return {
    commit_number: wide((_, { number }) => number),
    received_ms: wide((_, { receivedMs }) => receivedMs),
    identity_low: { bytes: LOW_BYTES, fill: (rows) => cutIdentities(rows, 0, LOW_BYTES).buffer },
    identity_high: { bytes: HIGH_BYTES, fill: (rows) => cutIdentities(rows, LOW_BYTES, HIGH_BYTES).buffer },
    time_ms: wide((row) => row.timeMs),
    organization: wide((row) => row.organization),
    source: named((row) => row.source, names),
    kind: { bytes: 1, fill: fillKinds },
    space: wide((row) => row.space ?? 0),
    user_id: wide((row) => row.user ?? 0),
    bucket: named((row) => row.bucket ?? "", names),
    asset: wide((row) => row.asset ?? 0),
    operation: named((row) => row.operation, names),
    count: wide((row) => row.count),
    bytes_in: wide((row) => row.bytesIn),
    bytes_out: wide((row) => row.bytesOut),
    size_delta: wide((row) => row.sizeDelta),
    objects_delta: wide((row) => row.objectsDelta),
    correction: { bytes: 4, fill: (rows) => new Int32Array(rows.length).buffer },
  };
}

type Read = (row: UsageRow, commit: { readonly number: number; readonly receivedMs: number }) => number;

/** BIGINT, in two's complement: the high half is rounded down, so that -1 becomes (-1, 2^32 - 1). */
function wide(read: Read): Column {
  return {
    bytes: 8,
    fill(rows, commit) {
      const halves = new Int32Array(2 * rows.length);
      for (let index = 0; index < rows.length; index++) {
        const value = read(rows[index] as UsageRow, commit);
        // Most numbers are small ones.
        if ((value | 0) === value) {
          halves[2 * index] = value;
          halves[2 * index + 1] = value >> 31;
          continue;
        }
        assertInvariant(Number.isSafeInteger(value), "every number of a row is a safe integer");
        const high = Math.floor(value / 2 ** 32);
        // `| 0` takes the value modulo 2^32 first.
        halves[2 * index] = (value - high * 2 ** 32) | 0;
        halves[2 * index + 1] = high;
      }
      return halves.buffer;
    },
  };
}

/** INTEGER, the number of a name. Names mostly repeat from row to row: then none is looked up. */
function named(read: (row: UsageRow) => string, names: WritableNames): Column {
  return {
    bytes: 4,
    fill(rows) {
      const ids = new Int32Array(rows.length);
      let [last, lastId] = ["", 0];
      for (let index = 0; index < rows.length; index++) {
        const name = read(rows[index] as UsageRow);
        if (name !== last) [last, lastId] = [name, names.ensure(name)];
        ids[index] = lastId;
      }
      return ids.buffer;
    },
  };
}

function fillKinds(rows: readonly UsageRow[]): ArrayBufferLike {
  const kinds = new Uint8Array(rows.length);
  for (let index = 0; index < rows.length; index++) kinds[index] = encodeKind((rows[index] as UsageRow).kind);
  return kinds.buffer;
}
