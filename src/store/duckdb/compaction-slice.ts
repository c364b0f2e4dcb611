/**
 * One step of compaction: the rows of some neighbouring things (of hours: of some days), read, added up, and written back in
 * order, in one transaction. Commits append to the same table at the same time; they touch no row that is rewritten here.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type RollupTable, USAGE_TABLES } from "../usage-store.ts";
import { timeColumn } from "./flavor.ts";
import { ROW_GROUP_ROWS } from "./open-instance.ts";
import { LEVEL_CLUSTERED, orderColumns, rollupKeyColumns, SUM_COLUMNS, thingColumn } from "./rollup-sql.ts";
import { noteRowsPerThing } from "./rows-per-thing.ts";
import type { Transactions } from "./transactions.ts";

/**
 * What is to be rewritten: the rows of `table` that `where` names, about `rows` of them, to `level`. `cutBy` are the columns
 * that they are cut by: rows that become one must not differ in them.
 */
export type CompactionOrder = {
  readonly table: RollupTable;
  readonly where: string;
  readonly rows: number;
  readonly level: number;
  readonly cutBy: readonly string[];
};

/** A part of an order: small enough for one step. */
export type CompactionSlice = CompactionOrder & {
  /** SQL that tells the slice's parts apart, ascending; what rows are ordered by first. Null: one part. */
  readonly part: string | null;
};

/**
 * Parts of a slice. Inside a part, which is as long as a row group, rows are in the order of their kinds first: all kinds of one
 * thing lie in one row group or in two, wherever row groups begin and end.
 */
export const PARTS = 4;

/** Rows that are looked at to find where to cut. */
const SAMPLE_ROWS = 20_000;

/** Sums up to this are written as one row; a slice with larger ones keeps its rows apart, as adding up could wrap. */
const SUM_MAX = 2n ** 62n;

/**
 * What compaction cuts rows by: which of them come to lie in the same row groups. Days and months are mostly asked of one thing for
 * long. Hours are asked of everything for a short while, at the edges of each range that does not begin at midnight: cut by
 * thing, all row groups of a month had rows of every hour, 720,000 of a thousand buckets. Inside an hour they are cut by thing,
 * or a million rows of one hour would be one step.
 */
export function cutColumns(table: RollupTable): readonly string[] {
  const thing = thingColumn(table);
  return USAGE_TABLES[table].grain === "hour" ? [timeColumn(table).column, thing] : [thing];
}

/** Cuts an order into slices of about `sliceRows` rows, ascending by organization and what they are cut by, that cover all of it. */
export async function cutIntoSlices(
  connection: DuckDBConnection,
  order: CompactionOrder,
  sliceRows: number,
): Promise<CompactionSlice[]> {
  const sliceCount = Math.max(1, Math.ceil(order.rows / sliceRows));
  // More than a row group are cut into parts also where they are one slice: else each of its row groups would have all things.
  if (sliceCount === 1 && order.rows <= ROW_GROUP_ROWS) return [{ ...order, part: null }];
  const columns = ["organization", ...order.cutBy];
  const names = columns.join(", ");
  const answer = await connection.runAndReadAll(
    `SELECT * FROM (
       SELECT * FROM (SELECT ${names} FROM ${order.table} WHERE ${order.where}) AS own
       USING SAMPLE reservoir(${SAMPLE_ROWS} ROWS) REPEATABLE (1)
     ) AS sample ORDER BY ${names}`,
  );
  const sample = answer.getRows().map((row) => row.map(Number));
  const cutAt = (share: number): Cut => sample[Math.floor(share * sample.length)] ?? columns.map(() => 0);
  const ends = Array.from({ length: sliceCount - 1 }, (_, index) => (index + 1) / sliceCount).filter(
    (share, index, all) => index === 0 || cutAt(share).join() !== cutAt(all[index - 1] as number).join(),
  );
  const shares = [0, ...ends, 1];
  return shares.slice(1).map((end, index) => {
    const start = shares[index] as number;
    const inner = Array.from({ length: PARTS - 1 }, (_, part) => cutAt(start + ((end - start) * (part + 1)) / PARTS));
    const bounds = boundsSql(columns, start === 0 ? null : cutAt(start), end === 1 ? null : cutAt(end));
    return {
      ...order,
      rows: order.rows * (end - start),
      where: [order.where, ...bounds].join(" AND "),
      part: inner.map((cut) => `${reachesSql(columns, cut)}::INTEGER`).join(" + "),
    };
  });
}

/** The values of the organization and of the columns that are cut by where a slice or a part of one ends and the next begins. */
type Cut = readonly number[];

/** The conditions on rows from one cut to another; null: from the first row, to the last. */
function boundsSql(columns: readonly string[], start: Cut | null, end: Cut | null): string[] {
  const reaches = [
    ...(start === null ? [] : [reachesSql(columns, start)]),
    ...(end === null ? [] : [`NOT ${reachesSql(columns, end)}`]),
  ];
  if (start === null || end === null) return reaches;
  const differs = start.findIndex((value, index) => value !== end[index]);
  const same = columns.slice(0, differs).map((column, index) => `${column} = ${start[index]}`);
  // In this form the engine skips row groups by their least and greatest value; it cannot in the other.
  const between = [`${columns[differs]} >= ${start[differs]}`, `${columns[differs]} <= ${end[differs]}`];
  return [...same, ...between, ...reaches];
}

/** True of rows from the cut on. */
function reachesSql(columns: readonly string[], cut: Cut): string {
  const beyond = columns.map((column, index) => {
    const same = columns.slice(0, index).map((name, place) => `${name} = ${cut[place]}`);
    return `(${[...same, `${column} ${index === columns.length - 1 ? ">=" : ">"} ${cut[index]}`].join(" AND ")})`;
  });
  return `(${beyond.join(" OR ")})`;
}

/** Where slices are rewritten: a connection, and the transactions of its store. */
export type SliceRewriter = { readonly connection: DuckDBConnection; readonly transactions: Transactions };

/** Rewrites a slice in a transaction of its own. */
export async function rewriteSlice(
  { connection, transactions }: SliceRewriter,
  slice: CompactionSlice,
  onWritten: () => void = () => {},
): Promise<void> {
  await transactions.copy(connection, async () => {
    await mergeInto(connection, { ...slice, time: timeColumn(slice.table).column });
    if (slice.level === LEVEL_CLUSTERED) await noteRowsPerThing(connection, slice.table, "temp.merged");
    onWritten();
    await dropMerged(connection);
  });
}

/** Rows to add up, and where their sums go: `time` is the SQL of the time that they get. */
export type Merge = Pick<CompactionSlice, "table" | "where" | "level" | "part"> & { readonly time: string };

/**
 * Puts rows with equal keys into one, in order, inside the caller's transaction; answers how many are left. They are in temp.merged,
 * too, until dropMerged.
 */
export async function mergeInto(connection: DuckDBConnection, merge: Merge): Promise<number> {
  const { table, where, level } = merge;
  const { column } = timeColumn(table);
  const keys = [column, ...rollupKeyColumns(table)];
  await connection.run(`CREATE OR REPLACE TEMP TABLE merged AS ${mergeSql(merge, keys, [])}`);
  if (await mayWrap(connection)) {
    await connection.run(`CREATE OR REPLACE TEMP TABLE merged AS ${mergeSql(merge, keys, ["rowid"])}`);
  }
  await connection.run(`DELETE FROM ${table} WHERE ${where}`);
  const inserted = await connection.runAndReadAll(
    `INSERT INTO ${table} (${[...keys, ...SUM_COLUMNS].join(", ")}, level)
     SELECT ${[...keys, ...SUM_COLUMNS.map((name) => `${name}::BIGINT`)].join(", ")}, ${level}
     FROM temp.merged ORDER BY ${[...(merge.part === null ? [] : [merge.part]), ...orderColumns(table)].join(", ")}`,
  );
  const rows = Number(inserted.getRows()[0]?.[0]);
  if (rows >= ROW_GROUP_ROWS) await keepPacked(connection, table, [...keys, ...SUM_COLUMNS]);
  return rows;
}

/** Drops the rows that mergeInto made: they would count against the memory of the store until the next merge. */
export async function dropMerged(connection: DuckDBConnection): Promise<void> {
  await connection.run("DROP TABLE temp.merged");
}

/** No row that anybody sees has this level. */
const LEVEL_SCRATCH = 255;

/**
 * Rows of a transaction that fill a row group are put behind the table as they are, in blocks of their own, and the rests of
 * those blocks stay empty: 6.8 bytes an event in place of 5.8 for buckets per hour. DuckDB 1.5.5 does not do so with a
 * transaction that has deleted a row which it had written itself.
 */
async function keepPacked(connection: DuckDBConnection, table: RollupTable, columns: readonly string[]): Promise<void> {
  const names = columns.join(", ");
  await connection.run(
    `INSERT INTO ${table} (${names}, level) SELECT ${names}, ${LEVEL_SCRATCH} FROM temp.merged LIMIT 1`,
  );
  await connection.run(`DELETE FROM ${table} WHERE level = ${LEVEL_SCRATCH}`);
}

/** Sums by key; `apart` are further columns that keep rows apart. */
function mergeSql({ table, where, time }: Merge, keys: readonly string[], apart: readonly string[]): string {
  const [column, ...dimensions] = keys;
  const sums = SUM_COLUMNS.map((name) => `sum(${name}) AS ${name}`).join(", ");
  const columns = [`${time} AS ${column}`, ...dimensions, ...SUM_COLUMNS, ...apart].join(", ");
  return `SELECT ${keys.join(", ")}, ${sums} FROM (SELECT ${columns} FROM ${table} WHERE ${where}) AS own
    GROUP BY ${[...keys, ...apart].join(", ")}`;
}

async function mayWrap(connection: DuckDBConnection): Promise<boolean> {
  const largest = SUM_COLUMNS.map((column) => `coalesce(max(abs(${column})), 0) > ${SUM_MAX}`).join(" OR ");
  const answer = await connection.runAndReadAll(`SELECT ${largest} FROM temp.merged`);
  return answer.getRows()[0]?.[0] === true;
}
