/**
 * UsageRow[] -> rows of usage_raw, column by column, straight into the table inside the running transaction. No SQL runs
 * and no temporary table is made: for one event those took ten times as long as everything else of its commit.
 */
import { setImmediate } from "node:timers/promises";
import { type DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { IDENTITY_BYTES, type UsageRow } from "../../model/usage-row.ts";
import { assertInvariant } from "../../platform/errors.ts";
import { encodeKind } from "./flavor.ts";
import type { WritableNames } from "./names.ts";

/** DuckDB's vector size: a data chunk holds no more rows. */
const CHUNK_ROWS_MAX = 2048;

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
        // Each chunk for itself: together they are written in one piece, in which nobody else has a turn.
        appender.flushSync();
      }
    } finally {
      appender.closeSync();
    }
  };
}

/** Rows of one kind together, each kind in order of arrival. */
function orderByKind(rows: readonly UsageRow[]): readonly UsageRow[] {
  const [first] = rows;
  if (rows.every((row) => row.kind === first?.kind)) return rows;
  return rows.toSorted((a, b) => encodeKind(a.kind) - encodeKind(b.kind));
}

function buildColumns(names: WritableNames): Readonly<Record<string, Column>> {
  return {
    commit_number: wide((_, { number }) => number),
    received_ms: wide((_, { receivedMs }) => receivedMs),
    identity: { bytes: IDENTITY_BYTES, fill: fillIdentities },
    time_ms: wide((row) => row.timeMs),
    organization: wide((row) => row.organization),
    source: narrow((row) => names.ensure(row.source)),
    kind: { bytes: 1, fill: (rows) => Uint8Array.from(rows, (row) => encodeKind(row.kind)).buffer },
    space: wide((row) => row.space ?? 0),
    user_id: wide((row) => row.user ?? 0),
    bucket: narrow((row) => names.ensure(row.bucket ?? "")),
    asset: wide((row) => row.asset ?? 0),
    operation: narrow((row) => names.ensure(row.operation)),
    count: wide((row) => row.count),
    bytes_in: wide((row) => row.bytesIn),
    bytes_out: wide((row) => row.bytesOut),
    size_delta: wide((row) => row.sizeDelta),
    objects_delta: wide((row) => row.objectsDelta),
    correction: narrow(() => 0),
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

/** INTEGER. */
function narrow(read: Read): Column {
  return { bytes: 4, fill: (rows, commit) => Int32Array.from(rows, (row) => read(row, commit)).buffer };
}

function fillIdentities(rows: readonly UsageRow[]): ArrayBufferLike {
  const bytes = new Uint8Array(rows.length * IDENTITY_BYTES);
  for (const [index, row] of rows.entries()) bytes.set(row.identity, index * IDENTITY_BYTES);
  return bytes.buffer;
}
