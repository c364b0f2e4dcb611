/**
 * Runs scans: all rows at once, or in pieces as the engine makes them.
 */
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { buildPartsSql, buildScanSql, type MissingFacts } from "../build-sql.ts";
import type { SqlFlavor } from "../flavor.ts";
import type { UsageScan, UsageScanRow } from "../usage-store.ts";
import { notRolledUp, readRolledUp } from "./advance-rollups.ts";
import { hasManyGroups, readLargest } from "./read-largest.ts";
import { buildDisturbed, type Transactions } from "./transactions.ts";

/** Answers all rows of a scan. Leaves a transaction open that has read only: the connection is to be closed. */
export async function readScan(
  connection: DuckDBConnection,
  scan: UsageScan,
  flavor: SqlFlavor,
): Promise<readonly UsageScanRow[]> {
  const missing = await beginReading(connection);
  const read = async (part: UsageScan, parts: readonly number[] | null): Promise<readonly UsageScanRow[]> => {
    const { sql, texts } = buildScanSql(part, flavor, missing, parts);
    const answer = await connection.runAndReadAll(sql, [...texts]);
    return answer.getRows().map((row) => toScanRow(row, part, flavor));
  };
  if (!hasManyGroups(scan)) return read(scan, null);
  const largest = await readLargest(scan, {
    read,
    readParts: async () => {
      const { sql, texts } = buildPartsSql(scan, flavor, missing);
      return (await connection.runAndReadAll(sql, [...texts])).getRows();
    },
  });
  return largest ?? read(scan, null);
}

/** Where a stream gets its connection, and how it words what goes wrong. */
export type StreamAccess = {
  connect(): Promise<DuckDBConnection>;
  guard<T>(work: () => Promise<T>): Promise<T>;
  readonly transactions: Pick<Transactions, "mark" | "isExact" | "mayBeExact">;
};

/**
 * Gives the rows of a scan in pieces of at most 2,048; the connection is closed with the stream, however it ends. A stream
 * beside which a commit failed ends with `store/unavailable`: rows that are out cannot be read again.
 */
export async function* streamScan(
  { connect, guard, transactions }: StreamAccess,
  scan: UsageScan,
  flavor: SqlFlavor,
): AsyncGenerator<readonly UsageScanRow[]> {
  const since = transactions.mark();
  const connection = await connect();
  try {
    const result = await guard(async () => {
      const { sql, texts } = buildScanSql(scan, flavor, await beginReading(connection));
      return connection.stream(sql, [...texts]);
    });
    for (;;) {
      const chunk = await guard(() => result.fetchChunk());
      const isLast = chunk === null || chunk.rowCount === 0;
      if (!(isLast ? await transactions.isExact(since) : transactions.mayBeExact(since))) throw buildDisturbed();
      if (isLast) return;
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
  const rolledUp = await readRolledUp(connection, "BEGIN TRANSACTION READ ONLY; ");
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
