/**
 * Roll-ups computed anew from the raw rows, and what differed before.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { ceilToGrain } from "../../model/grain.ts";
import { MEASURES } from "../../model/usage-event.ts";
import { DIMENSIONS, type Dimension, type DimensionValue } from "../../model/usage-query.ts";
import { toComparedFrom } from "../compared-from.ts";
import type { SqlFlavor } from "../flavor.ts";
import {
  DIFFERENCES_MAX,
  type KeptFrom,
  ROLLUP_TABLES,
  type RollupDifference,
  type RollupTable,
} from "../usage-store.ts";
import { advanceAllRollups } from "./advance-rollups.ts";
import { timeColumn } from "./flavor.ts";
import { grainSql, insertRollupSql, rollupKeyColumns, SUM_COLUMNS } from "./rollup-sql.ts";

/** Keeps apart every 511 rows in order of arrival: sums of 511 measures of up to 2^53 stay below 2^62. */
const RAW_PART = "rowid // 511";

/** One month of a roll-up at a time: a year of large tables at once would not fit into the memory. */
type Piece = { readonly table: RollupTable; readonly startMs: number; readonly endMs: number };

/**
 * Compares every roll-up with the raw rows, from the time on from which both have all, then
 * replaces the months in which anything differs. Runs inside the caller's transaction.
 */
export async function rebuildRollups(
  connection: DuckDBConnection,
  flavor: SqlFlavor,
  keptFrom: KeptFrom,
): Promise<RollupDifference[]> {
  // Only then does a table hold what it should.
  await advanceAllRollups(connection);
  const differences: RollupDifference[] = [];
  const comparedFrom = toComparedFrom(keptFrom);
  for (const table of ROLLUP_TABLES) {
    for (const month of await readMonths(connection, table, comparedFrom[table] ?? null)) {
      const piece = { table, ...month };
      const found = await findDifferences(connection, flavor, piece);
      differences.push(...found.slice(0, DIFFERENCES_MAX - differences.length));
      if (found.length === 0) continue;
      await connection.run(`DELETE FROM ${table} WHERE ${storedIn(piece)}`);
      // Sums beyond 64 bits need parts; all others are stored as one row per key, which is smaller and faster.
      const part = (await mayOverflow(connection, piece)) ? RAW_PART : "0";
      const raw = `(SELECT *, rowid FROM usage_raw WHERE ${rawIn(piece)}) AS raw`;
      await connection.run(insertRollupSql(table, raw, part));
    }
  }
  return differences;
}

/** The months that raw rows or rows of the roll-up lie in, ascending; the first one may be cut by `sinceMs`. */
async function readMonths(
  connection: DuckDBConnection,
  table: RollupTable,
  sinceMs: number | null,
): Promise<Omit<Piece, "table">[]> {
  const { column, unitMs } = timeColumn(table);
  const since = sinceMs === null ? "true" : `time_ms >= ${sinceMs}`;
  const answer = await connection.runAndReadAll(
    `SELECT DISTINCT epoch_ms(date_trunc('month', make_timestamp(time_ms * 1000))) AS month_ms
     FROM (SELECT time_ms FROM usage_raw UNION ALL SELECT ${column} * ${unitMs} FROM ${table}) AS seen
     WHERE ${since} ORDER BY month_ms`,
  );
  return answer.getRows().map(([monthMs]) => ({
    startMs: Math.max(Number(monthMs), sinceMs ?? Number.NEGATIVE_INFINITY),
    endMs: ceilToGrain(Number(monthMs) + 1, "month"),
  }));
}

const rawIn = ({ startMs, endMs }: Piece): string => `time_ms >= ${startMs} AND time_ms < ${endMs}`;

function storedIn({ table, startMs, endMs }: Piece): string {
  const { column, unitMs } = timeColumn(table);
  return `${column} >= ${startMs / unitMs} AND ${column} < ${endMs / unitMs}`;
}

async function mayOverflow(connection: DuckDBConnection, piece: Piece): Promise<boolean> {
  const sums = SUM_COLUMNS.map((column) => `coalesce(sum(abs(${column})), 0) > 4611686018427387904`).join(" OR ");
  const answer = await connection.runAndReadAll(`SELECT ${sums} FROM usage_raw WHERE ${rawIn(piece)}`);
  return answer.getRows()[0]?.[0] === true;
}

async function findDifferences(
  connection: DuckDBConnection,
  flavor: SqlFlavor,
  piece: Piece,
): Promise<RollupDifference[]> {
  const { table } = piece;
  const { column: time, unitMs } = timeColumn(table);
  const dimensions = rollupKeyColumns(table);
  const keys = [time, ...dimensions];
  const raw = `SELECT ${grainSql(table, "time_ms")} AS ${time}, ${[...dimensions, ...SUM_COLUMNS].join(", ")}
    FROM usage_raw WHERE ${rawIn(piece)}`;
  const sums = (prefix: string): string =>
    SUM_COLUMNS.map((column) => `sum(${column}) AS ${prefix}_${column}`).join(", ");
  const stored = `SELECT ${keys.join(", ")}, ${sums("stored")} FROM ${table} WHERE ${storedIn(piece)} GROUP BY ALL`;
  const answer = await connection.runAndReadAll(`
-- One row per key whose stored sums are not those of the raw rows; a side without the key counts as zero.
SELECT ${time} * ${unitMs}, ${dimensions.join(", ")},
  ${SUM_COLUMNS.map((column) => `coalesce(stored_${column}, 0), coalesce(raw_${column}, 0)`).join(", ")}
FROM (${stored}) AS stored
FULL JOIN (SELECT ${keys.join(", ")}, ${sums("raw")} FROM (${raw}) AS fact GROUP BY ALL) AS recomputed
  USING (${keys.join(", ")})
WHERE ${SUM_COLUMNS.map((column) => `coalesce(stored_${column}, 0) <> coalesce(raw_${column}, 0)`).join(" OR ")}
ORDER BY ${keys.join(", ")}
LIMIT ${DIFFERENCES_MAX}`);
  return answer.getRows().flatMap((row) => toDifferences(table, ["time_ms", ...dimensions], row, flavor));
}

function toDifferences(
  table: RollupTable,
  keys: readonly string[],
  row: readonly unknown[],
  flavor: SqlFlavor,
): RollupDifference[] {
  const dimensionOf = new Map(
    DIMENSIONS.map((dimension): [string, Dimension] => [flavor.column(dimension), dimension]),
  );
  const key: Record<string, DimensionValue> = {};
  for (const [index, column] of keys.entries()) {
    const dimension = dimensionOf.get(column);
    if (dimension === undefined) key[column] = Number(row[index]);
    else key[dimension] = flavor.decode(dimension, row[index]);
  }
  return MEASURES.flatMap((measure, index) => {
    const stored = BigInt(String(row[keys.length + 2 * index]));
    const recomputed = BigInt(String(row[keys.length + 2 * index + 1]));
    return stored === recomputed ? [] : [{ table, key, measure, stored, recomputed }];
  });
}
