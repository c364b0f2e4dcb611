/**
 * The largest of very many groups, found by their largest rows. In rows that lie in order an asset has a known number of
 * rows at most (rows-per-thing.ts), so one whose sum is large has a large row: to find rows above a bound the engine looks
 * at the greatest value of each row group and skips nearly all of them. Only the assets that are found are added up.
 *
 * The bound: with the sum of the hundredth largest known to be at least L, and rows in k places (the tables in order, and
 * everything else), an asset with L or more has at least L/k in one of the places, hence in a table a row of at least
 * L/k divided by its most rows. Everything else (the running month, facts that wait) is added up by parts as in
 * read-largest.ts. Nothing is left out, so the answer is exact; with negative values nothing of this holds.
 */
import type { SqlStatement } from "../build-sql.ts";
import type { SqlFlavor } from "../flavor.ts";
import { MEASURE_COLUMNS, type MissingFacts, prepareScan, withPiecesSql } from "../scan-pieces.ts";
import {
  ROLLUP_TABLES,
  type RollupTable,
  type ScanSegment,
  type UsageScan,
  type UsageScanRow,
  type UsageTable,
} from "../usage-store.ts";
import { LEVEL_CLUSTERED } from "./rollup-sql.ts";
import { rowsPerThing } from "./rows-per-thing.ts";

/** So many rows for each asset that is asked for are looked at to find a sum that the last of them has at least. */
const ROWS_FOR_BOUND = 32;

/** What is read with, all of it from one snapshot. */
export type RowsReader = {
  /** The rows of store_state. */
  readonly state: ReadonlyMap<string, number>;
  readonly flavor: SqlFlavor;
  readonly missing: MissingFacts;
  /** The rows of a scan; with `only`, those of its groups that meet a condition. */
  read(scan: UsageScan, only?: string): Promise<readonly UsageScanRow[]>;
  ask(statement: SqlStatement): Promise<readonly (readonly unknown[])[]>;
};

/** A table whose rows in order are bounded: an asset has at most `rowsMax` of them in the scan. */
type Ordered = { readonly table: UsageTable; readonly rowsMax: bigint };

/** The rows of a scan that asks for the largest of all assets (hasManyGroups), or null where this way is none. */
export async function readLargestByRows(scan: UsageScan, reader: RowsReader): Promise<readonly UsageScanRow[] | null> {
  const groups = scan.restAfter ?? scan.rowsMax ?? 0;
  const tables = listOrdered(scan, reader.state);
  if (tables === null || tables.length === 0) return null;
  if ((await reader.ask(buildNegativeSql(scan, reader))).length > 0) return null;
  const least = await readLeast(scan, tables, groups, reader);
  if (least === null) return null;
  const { restAfter: _, ...plain } = { ...scan, rowsMax: groups + 1 };
  // A join, which is three times as fast as a list of some hundred assets.
  const candidates = buildCandidatesSql(scan, tables, least, reader);
  const rows = await reader.read(plain, `${reader.flavor.column("asset")} IN (\n${candidates}\n)`);
  // One more than asked for tells that there are others.
  if (rows.length <= groups) return null;
  const largest = rows.slice(0, groups);
  return scan.restAfter === undefined ? largest : [...largest, await readOthers(scan, largest, reader)];
}

/** The tables of a scan that have rows in order, the coarsest first; null where their rows have not been counted. */
function listOrdered(scan: UsageScan, state: ReadonlyMap<string, number>): readonly Ordered[] | null {
  const most = new Map<RollupTable, number>();
  for (const { table, ...stretch } of scan.segments) {
    if (table === "usage_raw") continue;
    const rows = rowsPerThing(state, { table, ...stretch });
    if (rows === null) return null;
    most.set(table, (most.get(table) ?? 0) + rows);
  }
  return ROLLUP_TABLES.flatMap((table) => {
    const rows = most.get(table) ?? 0;
    return rows === 0 ? [] : [{ table, rowsMax: BigInt(rows) }];
  });
}

const measureOf = (scan: UsageScan) => {
  const sum = scan.sums[scan.orderBySum?.sum ?? 0] ?? { measure: "count", kinds: null };
  return { sum, column: MEASURE_COLUMNS[sum.measure] };
};

/** One row if any value that counts for the order is negative: an asset may then have less than its rows. */
function buildNegativeSql(scan: UsageScan, { flavor, missing }: RowsReader): SqlStatement {
  const { sum, column } = measureOf(scan);
  const { texts, pieces, ofKinds } = prepareScan(scan, flavor, missing);
  const kinds = ofKinds(sum);
  const where = [`${column} < 0`, ...(kinds === null ? [] : [kinds])].join(" AND ");
  return { sql: `${withPiecesSql(pieces)}\nSELECT 1 FROM piece WHERE ${where} LIMIT 1`, texts };
}

/** A sum that the last of the largest groups has at least, by its largest rows of one table; null where too few are found. */
async function readLeast(
  scan: UsageScan,
  [first]: readonly Ordered[],
  groups: number,
  { ask, flavor }: RowsReader,
): Promise<bigint | null> {
  if (first === undefined) return null;
  const { sum, column } = measureOf(scan);
  const segments = scan.segments.filter(({ table }) => table === first.table);
  const { texts, pieces, ofKinds } = prepareScan({ ...scan, segments }, flavor, () => null, onlyOrdered);
  const kinds = ofKinds(sum);
  const found = await ask({
    sql: [
      "-- One row per asset of the largest rows: what these add up to, largest first.",
      `${withPiecesSql(pieces)}, large AS (`,
      `  SELECT ${flavor.column("asset")} AS g0, ${column} AS value`,
      `  FROM piece${kinds === null ? "" : `\n  WHERE ${kinds}`}`,
      `  ORDER BY value DESC\n  LIMIT ${ROWS_FOR_BOUND * groups}`,
      ")",
      `SELECT g0, sum(value) AS sum\nFROM large\nGROUP BY g0\nORDER BY sum DESC, g0\nLIMIT ${groups}`,
    ].join("\n"),
    texts,
  });
  const least = BigInt(String(found[groups - 1]?.[1] ?? 0));
  return least > 0n ? least : null;
}

const onlyOrdered = (table: UsageTable): string | null =>
  table === "usage_raw" ? "1 = 0" : `level = ${LEVEL_CLUSTERED}`;
const onlyLoose = (table: UsageTable): string | null => (table === "usage_raw" ? null : `level < ${LEVEL_CLUSTERED}`);

/** A SELECT of every asset that may have a sum of `least` or more, and of some that have not. */
function buildCandidatesSql(
  scan: UsageScan,
  tables: readonly Ordered[],
  least: bigint,
  { flavor, missing }: RowsReader,
): string {
  const { sum, column } = measureOf(scan);
  const asset = flavor.column("asset");
  const share = least / BigInt(tables.length + 1);
  const counted = ({ ofKinds }: ReturnType<typeof prepareScan>): string[] => {
    const kinds = ofKinds(sum);
    return kinds === null ? [] : [kinds];
  };
  const ordered = tables.map(({ table, rowsMax }) => {
    const segments: readonly ScanSegment[] = scan.segments.filter((segment) => segment.table === table);
    const prepared = prepareScan({ ...scan, segments }, flavor, () => null, onlyOrdered);
    const where = [`${column} >= ${share / rowsMax}`, ...counted(prepared)].join(" AND ");
    return `SELECT ${asset} AS g0 FROM (\n${prepared.pieces.join("\nUNION ALL\n")}\n) AS own WHERE ${where}`;
  });
  const loose = prepareScan(scan, flavor, missing, onlyLoose);
  const where = counted(loose).length === 0 ? "" : `\n  WHERE ${counted(loose).join(" AND ")}`;
  return [
    "-- One row per asset that has a large row, or a large sum of the rows that are not in order.",
    `${withPiecesSql(loose.pieces)}, loose AS ${flavor.materialized} (`,
    `  SELECT ${asset} AS g0, ${flavor.groupPart(asset)} AS part, ${column} AS value\n  FROM piece${where}`,
    "), large_part AS (",
    `  SELECT part FROM loose GROUP BY part HAVING sum(value) >= ${share}`,
    ")",
    ...ordered.map((one) => `${one}\nUNION`),
    // What is of no asset may have any number of rows.
    `SELECT ${flavor.encode("asset", null)}\nUNION`,
    `(SELECT g0 FROM loose WHERE part IN (SELECT part FROM large_part) GROUP BY g0 HAVING sum(value) >= ${share})`,
  ].join("\n");
}

/** Everything but the largest, as one row: the sum of all rows less theirs. */
async function readOthers(
  scan: UsageScan,
  largest: readonly UsageScanRow[],
  { read, state }: RowsReader,
): Promise<UsageScanRow> {
  const { restAfter: _, ...plain } = scan;
  const segments = scan.segments.map((segment) => toSmaller(segment, state));
  const [all] = await read({ ...plain, segments, groupBy: [], orderBySum: null, rowsMax: 1 });
  const sums = scan.sums.map((_, index) =>
    largest.reduce((left, row) => left - (row.sums[index] ?? 0n), all?.sums[index] ?? 0n),
  );
  return { windowIndex: 0, group: [null], rest: true, sums };
}

/** Tables of the same grain with the kinds of events, and far fewer rows, that add up to the same over everything. */
const SMALLER_TABLES: Partial<Record<UsageTable, RollupTable>> = {
  usage_asset_per_month: "usage_space_per_month",
  usage_asset_per_day: "usage_total_per_day",
};

function toSmaller(segment: ScanSegment, state: ReadonlyMap<string, number>): ScanSegment {
  const table = SMALLER_TABLES[segment.table];
  // What a table has dropped it has at another time.
  if (table === undefined || (state.get(`kept_from/${table}`) ?? segment.startMs) > segment.startMs) return segment;
  return { ...segment, table };
}
