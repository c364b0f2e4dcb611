/**
 * Runs scans: all rows at once, or in pieces as the engine makes them.
 */
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBMaterializedResult,
  DuckDBResult,
  DuckDBVector,
} from "@duckdb/node-api";
import type { DimensionValue, TimeRange } from "../../model/usage-query.ts";
import { buildPartsCondition, buildPartsSql, buildScanSql, type SqlStatement, scanColumns } from "../build-sql.ts";
import type { SqlFlavor } from "../flavor.ts";
import type { MissingFacts } from "../scan-pieces.ts";
import type { UsageScan, UsageScanRow } from "../usage-store.ts";
import { notRolledUp, ROLLED_UP_SQL, readStoreState, toRolledUp, toRolledUpNumber } from "./advance-rollups.ts";
import { endStream } from "./end-stream.ts";
import { readLargestByRows } from "./largest-by-rows.ts";
import { hasManyGroups, readLargest } from "./read-largest.ts";
import type { KnownRolledUp, RolledUp } from "./rolled-up.ts";
import { buildDisturbed, type Transactions } from "./transactions.ts";
import type { WaitingFacts } from "./waiting-facts.ts";

/** How values are written, and how far the roll-ups' tables go. */
export type ScanAccess = {
  readonly flavor: SqlFlavor;
  readonly rolledUp: Pick<KnownRolledUp, "known" | "changing"> & { readonly waiting: Pick<WaitingFacts, "mayHave"> };
};

/** So often one statement is tried beside changes of the roll-ups, before they are read in a transaction. */
const TRIES_MAX = 2;

/** Answers all rows of a scan. Where it fails it may leave a transaction open that has read only. */
export async function readScan(
  connection: DuckDBConnection,
  scan: UsageScan,
  access: ScanAccess,
): Promise<readonly UsageScanRow[]> {
  for (let tries = 0; tries < TRIES_MAX && !hasManyGroups(scan); tries++) {
    // A second time it says itself what it read, also where no change is under way: one may begin.
    const state = access.rolledUp.changing() ?? (tries > 0 ? access.rolledUp.known() : null);
    const rows =
      state === null
        ? await readKnown(connection, scan, access)
        : await readBesideChange(connection, scan, access, state);
    if (rows === NOT_SAID) break;
    if (rows !== null) return rows;
  }
  const [rows = []] = await readScans(connection, [scan], access.flavor);
  return rows;
}

/** Answers the rows of several scans as of one moment. Where it fails it may leave a transaction open that has read only. */
export async function readScans(
  connection: DuckDBConnection,
  scans: readonly UsageScan[],
  flavor: SqlFlavor,
): Promise<readonly (readonly UsageScanRow[])[]> {
  const state = await beginReading(connection);
  const all: (readonly UsageScanRow[])[] = [];
  for (const scan of scans) all.push(await readAt(state, connection, scan, flavor));
  await connection.run("ROLLBACK");
  return all;
}

/**
 * The rows of a scan by one statement, which reads one moment of the store. Whether it is the moment that is known shows
 * afterwards; null when it is not.
 */
async function readKnown(
  connection: DuckDBConnection,
  scan: UsageScan,
  { flavor, rolledUp }: ScanAccess,
): Promise<readonly UsageScanRow[] | null> {
  const known = rolledUp.known();
  if (known === null) return null;
  const { missing, isOneMoment } = chooseMissing(scan, known, rolledUp.waiting);
  const { rows } = await readRows(connection, scan, flavor, buildScanSql(scan, flavor, { missing }));
  return rolledUp.known() === known && isOneMoment() ? rows : null;
}

/** There is no row, and so none that says how far the roll-ups went. */
const NOT_SAID = Symbol("not said");

/**
 * The same beside a change of the roll-ups: the statement itself says how far they went at its moment, which mostly is as far
 * as before the change; null when it is not. Under full intake some roll-up is being changed nearly always: every eighth
 * question was asked twice, and those were the longest.
 */
async function readBesideChange(
  connection: DuckDBConnection,
  scan: UsageScan,
  { flavor }: ScanAccess,
  before: RolledUp,
): Promise<readonly UsageScanRow[] | null | typeof NOT_SAID> {
  const statement = buildScanSql(scan, flavor, { missing: missingOf(before), beside: ROLLED_UP_SQL });
  const { rows, beside } = await readRows(connection, scan, flavor, statement);
  if (rows.length === 0) return NOT_SAID;
  return beside === toRolledUpNumber(before) ? rows : null;
}

/**
 * Facts that a table misses are read only for ranges in which some may wait. Where other facts are read, those or raw rows
 * that the scan names itself, a commit that comes before the statement could be seen in a part of the ranges only:
 * `isOneMoment` is false when one may have.
 */
function chooseMissing(
  { segments, leftOut }: UsageScan,
  known: RolledUp,
  waiting: Pick<WaitingFacts, "mayHave">,
): { readonly missing: MissingFacts; isOneMoment(): boolean } {
  const facts = missingOf(known);
  const unread: { readonly commit: number; readonly range: TimeRange }[] = [];
  let readsFacts = [...segments, ...(leftOut?.everything ?? []), ...(leftOut?.segments ?? [])].some(
    ({ table }) => table === "usage_raw",
  );
  return {
    missing: (table, range) => {
      const commit = known.get(table) ?? 0;
      if (waiting.mayHave(commit, range)) {
        readsFacts = true;
        return facts(table, range);
      }
      unread.push({ commit, range });
      return null;
    },
    isOneMoment: () => !readsFacts || unread.every(({ commit, range }) => !waiting.mayHave(commit, range)),
  };
}

/** The rows of a scan in a transaction that has read the state of the store. */
async function readAt(
  state: ReadonlyMap<string, number>,
  connection: DuckDBConnection,
  scan: UsageScan,
  flavor: SqlFlavor,
): Promise<readonly UsageScanRow[]> {
  const missing = missingOf(toRolledUp(state));
  const read = async (part: UsageScan, only: string | null = null) =>
    (await readRows(connection, part, flavor, buildScanSql(part, flavor, { missing, only }))).rows;
  if (!hasManyGroups(scan)) return read(scan);
  const askRows = async (statement: SqlStatement) =>
    (await (await ask(connection, statement)).getRows()) as unknown[][];
  const reader = { state, flavor, missing, read, ask: askRows };
  const byRows = await readLargestByRows(scan, reader);
  if (byRows !== null) return byRows;
  const byParts = await readLargest(scan, {
    read: (part, parts) => read(part, buildPartsCondition(part, flavor, parts)),
    readParts: () => askRows(buildPartsSql(scan, flavor, missing)),
  });
  return byParts ?? read(scan);
}

/** The rows of a statement, and what its first row has beside the scan's columns; undefined for nothing. */
async function readRows(
  connection: DuckDBConnection,
  scan: UsageScan,
  flavor: SqlFlavor,
  statement: SqlStatement,
): Promise<{ readonly rows: readonly UsageScanRow[]; readonly beside: unknown }> {
  const result = await ask(connection, statement);
  const rows: UsageScanRow[] = [];
  let beside: unknown;
  // All of them are in memory: fetching them one by one would wait for a thread each time.
  const { chunkCount } = result;
  for (let index = 0; index < chunkCount; index++) {
    const chunk = result.getChunk(index);
    for (const row of toScanRows(chunk, scan, flavor)) rows.push(row);
    const column = scanColumns(scan).beside;
    if (index === 0 && rows.length > 0 && chunk.columnCount > column) beside = chunk.getColumnVector(column).getItem(0);
  }
  return { rows, beside };
}

/** A statement without texts is one call to the engine; with them it is three, to parse, to bind and to run it. */
function ask(connection: DuckDBConnection, { sql, texts }: SqlStatement): Promise<DuckDBMaterializedResult> {
  return texts.length === 0 ? connection.run(sql) : connection.run(sql, [...texts]);
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
  let unread: DuckDBResult | null = null;
  try {
    const result = await guard(async () => {
      const missing = missingOf(toRolledUp(await beginReading(connection)));
      const { sql, texts } = buildScanSql(scan, flavor, { missing });
      return connection.stream(sql, [...texts]);
    });
    unread = result;
    for (;;) {
      const chunk = await guard(() => result.fetchChunk());
      const isLast = chunk === null || chunk.rowCount === 0;
      if (!(isLast ? await transactions.isExact(since) : transactions.mayBeExact(since))) throw buildDisturbed();
      if (isLast) {
        unread = null;
        return;
      }
      yield toScanRows(chunk, scan, flavor);
    }
  } finally {
    if (unread !== null) await endStream(connection, unread);
    connection.closeSync();
  }
}

/**
 * Begins to read one moment of the store, and answers what the store says of itself at that moment. Nothing is written:
 * rolling back ends it, or closing the connection. Each call to the engine takes a quarter of a millisecond, hence both in one.
 */
function beginReading(connection: DuckDBConnection): Promise<ReadonlyMap<string, number>> {
  return readStoreState(connection, "BEGIN TRANSACTION READ ONLY; ");
}

function missingOf(rolledUp: RolledUp): MissingFacts {
  return (table) => notRolledUp(rolledUp.get(table) ?? 0);
}

/**
 * The rows of a chunk, read column by column: 30,000 rows of four sums took half as long as by way of the engine's own rows.
 */
function toScanRows(chunk: DuckDBDataChunk, scan: UsageScan, flavor: SqlFlavor): UsageScanRow[] {
  const columns = scanColumns(scan);
  const vector = (column: number) => chunk.getColumnVector(column);
  const windows = columns.window === null ? null : vector(columns.window);
  const rests = columns.rest === null ? null : vector(columns.rest);
  const added = columns.sums.map(vector);
  const readGroup = buildGroupReader(scan, columns.groups.map(vector), flavor);
  const rows: UsageScanRow[] = [];
  // Asking a chunk for its length is a call to the engine.
  const { rowCount } = chunk;
  for (let row = 0; row < rowCount; row++) {
    const group = rests !== null && Number(rests.getItem(row)) === 1 ? null : readGroup(row);
    rows.push({
      windowIndex: windows === null ? 0 : Number(windows.getItem(row)),
      group: group ?? scan.groupBy.map(() => null),
      rest: group === null,
      // Sums are wide integers, which come as bigints.
      sums: added.map((values) => values.getItem(row) as bigint),
    });
  }
  return rows;
}

/** Reads the group of a row; null for the rest where the group's column says so. */
function buildGroupReader(
  scan: UsageScan,
  vectors: readonly DuckDBVector[],
  flavor: SqlFlavor,
): (row: number) => readonly DimensionValue[] | null {
  const [places] = vectors;
  if (scanColumns(scan).isPlaced && places !== undefined) {
    const kept = scan.keep?.map((value) => [value]) ?? [];
    return (row) => kept[Number(places.getItem(row)) - 1] ?? null;
  }
  const groups = scan.groupBy.map((dimension, index) => ({ dimension, values: vectors[index] }));
  return (row) => groups.map(({ dimension, values }) => flavor.decode(dimension, values?.getItem(row)));
}
