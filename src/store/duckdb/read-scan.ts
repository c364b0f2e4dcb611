/**
 * Runs scans: all rows at once, or in pieces as the engine makes them.
 */
import type { DuckDBConnection, DuckDBResultReader, DuckDBValue } from "@duckdb/node-api";
import { buildPartsSql, buildScanSql, type SqlStatement } from "../build-sql.ts";
import type { SqlFlavor } from "../flavor.ts";
import type { MissingFacts } from "../scan-pieces.ts";
import type { UsageScan, UsageScanRow } from "../usage-store.ts";
import { notRolledUp, readRolledUp } from "./advance-rollups.ts";
import { hasManyGroups, readLargest } from "./read-largest.ts";
import type { KnownRolledUp, RolledUp } from "./rolled-up.ts";

/** How values are written, and how far the roll-ups' tables go. */
export type ScanAccess = { readonly flavor: SqlFlavor; readonly rolledUp: Pick<KnownRolledUp, "known"> };

/** Answers all rows of a scan. May leave a transaction open that has read only: the connection is to be closed. */
export async function readScan(
  connection: DuckDBConnection,
  scan: UsageScan,
  { flavor, rolledUp }: ScanAccess,
): Promise<readonly UsageScanRow[]> {
  const known = rolledUp.known();
  if (known !== null && !hasManyGroups(scan)) {
    // One statement reads one moment of the store. Whether it is the moment that `known` is of shows afterwards.
    const rows = await readRows(connection, scan, flavor, buildScanSql(scan, flavor, missingOf(known)));
    if (rolledUp.known() === known) return rows;
  }
  const missing = await beginReading(connection);
  const read = (part: UsageScan, parts: readonly number[] | null) =>
    readRows(connection, part, flavor, buildScanSql(part, flavor, missing, parts));
  if (!hasManyGroups(scan)) return read(scan, null);
  const largest = await readLargest(scan, {
    read,
    readParts: async () => (await ask(connection, buildPartsSql(scan, flavor, missing))).getRows(),
  });
  return largest ?? read(scan, null);
}

async function readRows(
  connection: DuckDBConnection,
  scan: UsageScan,
  flavor: SqlFlavor,
  statement: SqlStatement,
): Promise<readonly UsageScanRow[]> {
  return (await ask(connection, statement)).getRows().map((row) => toScanRow(row, scan, flavor));
}

/** A statement without texts is one call to the engine; with them it is three, to parse, to bind and to run it. */
function ask(connection: DuckDBConnection, { sql, texts }: SqlStatement): Promise<DuckDBResultReader> {
  return texts.length === 0 ? connection.runAndReadAll(sql) : connection.runAndReadAll(sql, [...texts]);
}

/** Where a stream gets its connection, and how it words what goes wrong. */
export type StreamAccess = {
  connect(): Promise<DuckDBConnection>;
  guard<T>(work: () => Promise<T>): Promise<T>;
};

/** Gives the rows of a scan in pieces of at most 2,048; the connection is closed with the stream, however it ends. */
export async function* streamScan(
  { connect, guard }: StreamAccess,
  scan: UsageScan,
  flavor: SqlFlavor,
): AsyncGenerator<readonly UsageScanRow[]> {
  const connection = await connect();
  try {
    const result = await guard(async () => {
      const { sql, texts } = buildScanSql(scan, flavor, await beginReading(connection));
      return connection.stream(sql, [...texts]);
    });
    for (;;) {
      const chunk = await guard(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getRows().map((row) => toScanRow(row, scan, flavor));
    }
  } finally {
    connection.closeSync();
  }
}

/**
 * Begins to read one moment of the store, and answers which facts its tables do not hold at that moment. Nothing is
 * written: closing the connection ends it. Each call to the engine takes a quarter of a millisecond, hence both in one.
 */
async function beginReading(connection: DuckDBConnection): Promise<MissingFacts> {
  return missingOf(await readRolledUp(connection, "BEGIN TRANSACTION READ ONLY; "));
}

function missingOf(rolledUp: RolledUp): MissingFacts {
  return (table) => notRolledUp(rolledUp.get(table) ?? 0);
}

function toScanRow(row: readonly DuckDBValue[], scan: UsageScan, flavor: SqlFlavor): UsageScanRow {
  const dimensions = scan.groupBy;
  const rest = Number(row[dimensions.length + 1]) === 1;
  return {
    windowIndex: Number(row[0]),
    group: dimensions.map((dimension, index) => (rest ? null : flavor.decode(dimension, row[index + 1]))),
    rest,
    sums: scan.sums.map((_, index) => BigInt(row[dimensions.length + 2 + index] as bigint)),
  };
}
