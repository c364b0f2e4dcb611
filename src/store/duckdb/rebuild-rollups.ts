/**
 * Roll-ups computed anew from the raw rows, and what differed before.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { ceilToGrain } from "../../model/grain.ts";
import { MEASURES } from "../../model/usage-event.ts";
import { DIMENSIONS, type Dimension, type DimensionValue } from "../../model/usage-query.ts";
import { toComparedFrom } from "../compared-from.ts";
import type { SqlFlavor } from "../flavor.ts";
import { DIFFERENCES_MAX, ROLLUP_TABLES, type RollupDifference, type RollupTable } from "../usage-store.ts";
import { advanceRollups, readRolledUp, readRolledUpByAll } from "./advance-rollups.ts";
import { timeColumn } from "./flavor.ts";
import { readKeptFrom } from "./kept-from.ts";
import { type KnownRolledUp, readLastCommit } from "./rolled-up.ts";
import { grainSql, insertRollupSql, rollupKeyColumns, SUM_COLUMNS } from "./rollup-sql.ts";
import type { Transactions } from "./transactions.ts";

/** Keeps apart every 511 rows in order of arrival: sums of 511 measures of up to 2^53 stay below 2^62. */
const RAW_PART = "rowid // 511";

/** A month of a roll-up, or what of it can be compared. */
type Month = { readonly table: RollupTable; readonly startMs: number; readonly endMs: number };

/** The same with the last commit whose facts the roll-up holds: raw rows of later ones are no part of its sums yet. */
type Piece = Month & { readonly lastCommit: number };

/** What rebuilding needs of an open store. */
export type RebuildParts = {
  /** A connection on which nothing runs outside `keepUp`. */
  readonly connection: DuckDBConnection;
  readonly transactions: Pick<Transactions, "copy">;
  readonly rolledUp: Pick<KnownRolledUp, "change">;
  readonly flavor: SqlFlavor;
  /** Runs work that rewrites or drops stored rows, after other such work. */
  keepUp<T>(work: () => Promise<T>): Promise<T>;
  /** Told when rows of a roll-up were written anew. */
  readonly onReplaced: () => void;
  /** Told of every month that is written anew before it is committed. */
  readonly onStep: () => void;
};

/**
 * Builds UsageStore.rebuildRollups. Each month of a roll-up is a turn and a transaction of its own, beside which commits go
 * on: a year of large tables takes minutes, for which intake would stand still, and would not fit into the memory. What is
 * committed meanwhile is in neither of the two sums that are compared; what is dropped between two turns is left out from
 * there on. A store that is closed gives no further turn, which rejects: the rest was not compared.
 */
export function buildRebuild(parts: RebuildParts): () => Promise<RollupDifference[]> {
  const { connection, rolledUp, keepUp } = parts;
  return async () => {
    // Only then do the tables hold what they should. To wait for facts that are committed from now on would have no end.
    const lastCommit = await keepUp(() => readLastCommit(connection));
    const misses = async () => (await readRolledUpByAll(connection)) < lastCommit;
    while (await keepUp(async () => (await misses()) && rolledUp.change(connection, advanceRollups)));
    const differences: RollupDifference[] = [];
    for (const table of ROLLUP_TABLES) {
      for (const month of await keepUp(() => readMonths(connection, table))) {
        const found = await keepUp(() => rebuildMonth(month, parts));
        differences.push(...found.slice(0, DIFFERENCES_MAX - differences.length));
      }
    }
    return differences;
  };
}

/** Compares a month with its raw rows and puts it right; answers what differed. No other upkeep runs meanwhile. */
async function rebuildMonth(month: Month, parts: RebuildParts): Promise<RollupDifference[]> {
  const { connection, transactions, rolledUp, flavor } = parts;
  const { piece, found } = await transactions.copy(connection, async () => {
    const read = await readPiece(connection, month);
    return { piece: read, found: read === null ? [] : await findDifferences(connection, flavor, read) };
  });
  if (piece === null || found.length === 0) return [];
  await rolledUp.change(connection, async () => {
    await replacePiece(connection, piece);
    parts.onStep();
  });
  parts.onReplaced();
  return found;
}

/** What of a month can be compared; null when nothing of it can. Needs a transaction, or it would be of several moments. */
async function readPiece(connection: DuckDBConnection, month: Month): Promise<Piece | null> {
  const { table, startMs, endMs } = month;
  const sinceMs = toComparedFrom(await readKeptFrom(connection))[table] ?? startMs;
  const lastCommit = (await readRolledUp(connection)).get(table) ?? 0;
  return sinceMs >= endMs ? null : { table, startMs: Math.max(startMs, sinceMs), endMs, lastCommit };
}

async function replacePiece(connection: DuckDBConnection, piece: Piece): Promise<void> {
  const { table } = piece;
  await connection.run(`DELETE FROM ${table} WHERE ${storedIn(piece)}`);
  // Sums beyond 64 bits need parts; all others are stored as one row per key, which is smaller and faster.
  const part = (await mayOverflow(connection, piece)) ? RAW_PART : "0";
  const raw = `(SELECT *, rowid FROM usage_raw WHERE ${rawIn(piece)}) AS raw`;
  await connection.run(insertRollupSql(table, raw, part));
}

/** The months that raw rows or rows of the roll-up lie in, ascending. */
async function readMonths(connection: DuckDBConnection, table: RollupTable): Promise<Month[]> {
  const { column, unitMs } = timeColumn(table);
  const answer = await connection.runAndReadAll(
    `SELECT DISTINCT epoch_ms(date_trunc('month', make_timestamp(time_ms * 1000))) AS month_ms
     FROM (SELECT time_ms FROM usage_raw UNION ALL SELECT ${column} * ${unitMs} FROM ${table}) AS seen
     ORDER BY month_ms`,
  );
  return answer.getRows().map(([monthMs]) => ({
    table,
    startMs: Number(monthMs),
    endMs: ceilToGrain(Number(monthMs) + 1, "month"),
  }));
}

const rawIn = ({ startMs, endMs, lastCommit }: Piece): string =>
  `time_ms >= ${startMs} AND time_ms < ${endMs} AND commit_number <= ${lastCommit}`;

function storedIn({ table, startMs, endMs }: Month): string {
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
