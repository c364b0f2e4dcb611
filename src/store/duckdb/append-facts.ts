/**
 * UsageColumns -> rows of usage_raw, column by column, straight into the table inside the running transaction. No SQL runs
 * and no temporary table is made: for one event those took ten times as long as everything else of its commit.
 */
import { setImmediate } from "node:timers/promises";
import { type DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { UsageColumns } from "../../model/usage-columns.ts";
import { USAGE_KINDS } from "../../model/usage-event.ts";
import { IDENTITY_BYTES } from "../../model/usage-row.ts";
import { assertInvariant } from "../../platform/errors.ts";
import { encodeKind } from "./flavor.ts";
import { HIGH_BYTES, LOW_BYTES } from "./identity-columns.ts";
import type { WritableNames } from "./names.ts";

/** DuckDB's vector size: a data chunk holds no more rows. */
const CHUNK_ROWS_MAX = 2048;

/** Chunks that the engine takes over together: about 1 ms. */
const CHUNKS_PER_FLUSH = 4;

/** Which commit rows belong to. */
type Commit = { readonly number: number; readonly receivedMs: number };

/** Writes those of the rows into usage_raw that are not `known` (1 by index); see buildFactAppender. */
export type FactAppender = (rows: UsageColumns, known: Uint8Array, commit: Commit) => Promise<void>;

/** The rows that `order` names by their indexes. */
type Part = { readonly rows: UsageColumns; readonly order: Uint32Array; readonly commit: Commit };

/** How a column is written, in the engine's own layout. */
type Column = { readonly bytes: number; fill(part: Part): ArrayBufferLike };

/**
 * Builds the writer of a connection. Rows are written by kind: columns that a kind leaves at 0 then take no room. Between
 * two chunks everybody else has a turn: without that a commit of 50,000 rows held up every answer for 200 ms.
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
  return async (rows, known, commit) => {
    const all = orderByKind(rows, known);
    const appender = await connection.createAppender("usage_raw");
    try {
      for (let from = 0; from < all.length; from += CHUNK_ROWS_MAX) {
        if (from > 0) await setImmediate();
        const order = all.subarray(from, from + CHUNK_ROWS_MAX);
        const part = { rows, order, commit };
        chunk.reset();
        chunk.rowCount = order.length;
        for (const [index, { bytes, fill }] of columns.entries()) {
          const vector = duckdb.data_chunk_get_vector(handle, index);
          duckdb.copy_data_to_vector(vector, 0, fill(part) as ArrayBuffer, 0, order.length * bytes);
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

/** The indexes of the rows that are not known, those of one kind together, each kind in order of arrival. */
function orderByKind({ length, kind }: UsageColumns, known: Uint8Array): Uint32Array {
  const starts = new Uint32Array(USAGE_KINDS.length + 1);
  for (let index = 0; index < length; index++) if (known[index] !== 1) starts[kind[index]! + 1]!++;
  for (let each = 0; each < USAGE_KINDS.length; each++) starts[each + 1]! += starts[each]!;
  const order = new Uint32Array(starts[USAGE_KINDS.length]!);
  for (let index = 0; index < length; index++) if (known[index] !== 1) order[starts[kind[index]!]!++] = index;
  return order;
}

/** Memory of a column is the same for every chunk: the engine copies what is in it. */
function buildColumns(names: WritableNames): Readonly<Record<string, Column>> {
  const noCorrection = new ArrayBuffer(4 * CHUNK_ROWS_MAX);
  return {
    commit_number: same(({ number }) => number),
    received_ms: same(({ receivedMs }) => receivedMs),
    identity_low: identityPart(0, LOW_BYTES),
    identity_high: identityPart(LOW_BYTES, HIGH_BYTES),
    time_ms: wide((rows) => rows.timeMs),
    organization: wide((rows) => rows.organization),
    source: named((rows) => rows.source, names),
    kind: kinds(),
    space: wide((rows) => rows.space),
    user_id: wide((rows) => rows.user),
    bucket: named((rows) => rows.bucket, names),
    asset: wide((rows) => rows.asset),
    operation: named((rows) => rows.operation, names),
    count: wide((rows) => rows.count),
    bytes_in: wide((rows) => rows.bytesIn),
    bytes_out: wide((rows) => rows.bytesOut),
    size_delta: wide((rows) => rows.sizeDelta),
    objects_delta: wide((rows) => rows.objectsDelta),
    correction: { bytes: 4, fill: () => noCorrection },
  };
}

/** BIGINT, the same in every row of a commit. */
function same(read: (commit: Commit) => number): Column {
  const values = new BigInt64Array(CHUNK_ROWS_MAX);
  return {
    bytes: 8,
    fill: ({ commit }) => values.fill(BigInt(read(commit))).buffer,
  };
}

/**
 * BIGINT, in two's complement, as two halves, which needs no BigInt per value: the high half is rounded down, so that -1
 * becomes (-1, 2^32 - 1).
 */
function wide(read: (rows: UsageColumns) => Float64Array): Column {
  const halves = new Int32Array(2 * CHUNK_ROWS_MAX);
  return {
    bytes: 8,
    fill({ rows, order }) {
      const values = read(rows);
      for (let place = 0; place < order.length; place++) {
        const value = values[order[place]!]!;
        // Most numbers are small ones.
        if ((value | 0) === value) {
          halves[2 * place] = value;
          halves[2 * place + 1] = value >> 31;
          continue;
        }
        assertInvariant(Number.isSafeInteger(value), "every number of a row is a safe integer");
        const high = Math.floor(value / 2 ** 32);
        // `| 0` takes the value modulo 2^32 first.
        halves[2 * place] = (value - high * 2 ** 32) | 0;
        halves[2 * place + 1] = high;
      }
      return halves.buffer;
    },
  };
}

/** INTEGER, the number of a name. Names mostly repeat from row to row: then none is looked up. */
function named(read: (rows: UsageColumns) => Uint32Array, names: WritableNames): Column {
  const ids = new Int32Array(CHUNK_ROWS_MAX);
  return {
    bytes: 4,
    fill({ rows, order }) {
      const places = read(rows);
      const known: number[] = [];
      for (let place = 0; place < order.length; place++) {
        const name = places[order[place]!]!;
        ids[place] = known[name] ??= names.ensure(rows.names[name]!);
      }
      return ids.buffer;
    },
  };
}

/** The stored numbers of kinds by their places in USAGE_KINDS. */
const KIND_CODES = Uint8Array.from(USAGE_KINDS, encodeKind);

function kinds(): Column {
  const codes = new Uint8Array(CHUNK_ROWS_MAX);
  return {
    bytes: 1,
    fill({ rows: { kind }, order }) {
      for (let place = 0; place < order.length; place++) codes[place] = KIND_CODES[kind[order[place]!]!]!;
      return codes.buffer;
    },
  };
}

/** `bytes` of each identity, from its byte `first` on. */
function identityPart(first: number, bytes: number): Column {
  const part = new Uint8Array(CHUNK_ROWS_MAX * bytes);
  return {
    bytes,
    fill({ rows: { identities }, order }) {
      for (let place = 0, to = 0; place < order.length; place++) {
        const from = order[place]! * IDENTITY_BYTES + first;
        for (let byte = 0; byte < bytes; byte++) part[to++] = identities[from + byte]!;
      }
      return part.buffer;
    },
  };
}
