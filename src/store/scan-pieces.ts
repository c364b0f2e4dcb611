/**
 * UsageScan -> the pieces of tables that it reads, and how its values and sums are written: what every statement of a
 * scan is made of (build-sql.ts).
 */
import type { Grain } from "../model/grain.ts";
import { DAY_MS, HOUR_MS } from "../model/time-range.ts";
import type { MeasureName } from "../model/usage-event.ts";
import type { Dimension, DimensionValue, TimeRange } from "../model/usage-query.ts";
import { assertInvariant } from "../platform/errors.ts";
import type { SqlFlavor, StoredValue } from "./flavor.ts";
import {
  type RollupTable,
  type ScanSegment,
  type ScanSum,
  USAGE_TABLES,
  type UsageScan,
  type UsageTable,
} from "./usage-store.ts";

/** The column of each measure, in every usage table. */
export const MEASURE_COLUMNS: Readonly<Record<MeasureName, string>> = {
  count: "count",
  bytesIn: "bytes_in",
  bytesOut: "bytes_out",
  sizeDelta: "size_delta",
  objectsDelta: "objects_delta",
};

/** What the rows of several pieces are called, and what they give for the time of each: SqlFlavor's windowKey. */
const PIECE = "piece";
const WINDOW_KEY = "window_key";

/**
 * The condition on rows of usage_raw that a roll-up's table does not hold yet, or null where it holds all of the range. A
 * roll-up is both together.
 */
export type MissingFacts = (table: RollupTable, range: TimeRange) => string | null;

/** A further condition on the rows of a table, or null for all of them. */
export type OnlyRows = (table: UsageTable) => string | null;

/**
 * What every statement of a scan begins with, and the ways in which it writes values and sums. `only` is asked for the
 * tables of the scan's segments, not for facts that they miss.
 */
export function prepareScan(scan: UsageScan, flavor: SqlFlavor, missing: MissingFacts, only: OnlyRows = () => null) {
  assertInvariant(scan.segments.length > 0 || scan.leftOut !== undefined, "a scan has at least one segment");
  const texts: string[] = [];
  const literal = (value: StoredValue): string => {
    if (typeof value === "string") return flavor.placeholder(texts.push(value));
    assertInvariant(Number.isSafeInteger(value), `${value} is an integer that SQL can hold`);
    return String(value);
  };
  const inList = (column: string, values: readonly StoredValue[]): string =>
    values.length === 0
      ? "1 = 0"
      : (longListSql(column, values, flavor) ?? `${column} IN (${values.map(literal).join(", ")})`);
  const encoded = (dimension: Dimension, values: readonly DimensionValue[]): StoredValue[] =>
    values.map((value) => flavor.encode(dimension, value));
  const filterSql = (d: Dimension, v: readonly DimensionValue[]) => inList(flavor.column(d), encoded(d, v));
  const piecesOf = (part: UsageScan, leftOut: Dimension | null = null): Piece[] => [
    ...part.segments.map((segment) => {
      const condition = only(segment.table);
      // What looks for some rows only has conditions around the piece, by which row groups are skipped: no limit may stand between.
      const isFew = condition === null && isShort(segment);
      return buildPiece(part, segment, flavor, { filterSql, leftOut, condition, isFew });
    }),
    ...collectMissing(part.segments, missing).map(({ segment, condition }) =>
      buildPiece(part, segment, flavor, { filterSql, leftOut, condition, isFew: true }),
    ),
  ];
  const pieces = piecesOf(scan);
  if (scan.leftOut !== undefined) {
    const { dimension, everything, segments } = scan.leftOut;
    pieces.push(...piecesOf({ ...scan, segments: everything, filter: { ...scan.filter, [dimension]: undefined } }));
    pieces.push(...piecesOf({ ...scan, segments }, dimension));
  }
  const ofKinds = ({ kinds }: ScanSum): string | null => (kinds === null ? null : filterSql("kind", kinds));
  return {
    texts,
    pieces: pieces.map(({ sql }) => sql),
    rows: toRows(pieces, scan, flavor),
    literal,
    inList,
    encoded,
    ofKinds,
    sumSql: (sum: ScanSum): string => flavor.sum(MEASURE_COLUMNS[sum.measure], ofKinds(sum)),
    filterOf: (sum: ScanSum): string => (sum.kinds === null ? "" : ` FILTER (WHERE ${ofKinds(sum)})`),
  };
}

/** A list of so many numbers is long: each of them would be compared with every row. */
const LONG_LIST_MIN = 16;

/** The condition for a long list of numbers; null for a short one, or where comparing is the only way. */
function longListSql(column: string, values: readonly StoredValue[], flavor: SqlFlavor): string | null {
  const numbers = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  if (numbers.length < Math.max(values.length, LONG_LIST_MIN)) return null;
  for (const number of numbers) {
    assertInvariant(Number.isSafeInteger(number), `${number} is an integer that SQL can hold`);
  }
  return runsSql(column, numbers) ?? flavor.amongNumbers(column, numbers);
}

/**
 * Numbers that mostly follow one another, as those of things that came one after the other do: a thousand comparisons became two.
 * Null for others.
 */
function runsSql(column: string, numbers: readonly number[]): string | null {
  const runs: { readonly from: number; until: number }[] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && number <= last.until + 1) last.until = number;
    else runs.push({ from: number, until: number });
  }
  if (runs.length * LONG_LIST_MIN > numbers.length) return null;
  return `(${runs.map(({ from, until }) => `${column} BETWEEN ${from} AND ${until}`).join(" OR ")})`;
}

/** The stretches of raw rows that belong to roll-ups which do not hold them yet; neighbours with one condition are one. */
function collectMissing(
  segments: readonly ScanSegment[],
  missing: MissingFacts,
): readonly { readonly segment: ScanSegment; readonly condition: string }[] {
  const found: { segment: ScanSegment; readonly condition: string }[] = [];
  for (const { table, startMs, endMs } of segments) {
    const condition = table === "usage_raw" ? null : missing(table, { startMs, endMs });
    if (condition === null) continue;
    const last = found.at(-1);
    if (last !== undefined && last.condition === condition && last.segment.endMs === startMs) {
      last.segment = { ...last.segment, endMs };
    } else found.push({ segment: { table: "usage_raw", startMs, endMs }, condition });
  }
  return found;
}

/** What rows of a piece must meet beside organization and time. */
type PieceConditions = {
  readonly filterSql: (dimension: Dimension, values: readonly DimensionValue[]) => string;
  readonly condition: string | null;
  /** Whether few rows are looked for in a table that may be large. */
  readonly isFew: boolean;
  /** The rows are those that the filter of this dimension leaves out, to be taken away; null: those that it lists. */
  readonly leftOut: Dimension | null;
};

/** What a SELECT of one segment's rows is made of. `window` is null for one window. */
type PieceParts = {
  readonly table: UsageTable;
  readonly window: string | null;
  readonly columns: readonly string[];
  readonly conditions: readonly string[];
} & Pick<PieceConditions, "isFew" | "leftOut">;

/** One segment's rows, and the SELECT of them. */
type Piece = PieceParts & { readonly sql: string };

/** Only the columns that the scan needs, so that a column store reads no others. */
function buildPiece(
  scan: UsageScan,
  segment: ScanSegment,
  flavor: SqlFlavor,
  { filterSql, condition, leftOut, isFew }: PieceConditions,
): Piece {
  const table = USAGE_TABLES[segment.table];
  const wanted = neededDimensions(scan);
  for (const dimension of [...wanted, ...filteredDimensions(scan)]) {
    assertInvariant(
      (table.dimensions as readonly Dimension[]).includes(dimension),
      `${segment.table} has ${dimension}`,
    );
  }
  const measures = [...new Set(scan.sums.map((sum) => MEASURE_COLUMNS[sum.measure]))];
  const { column: time, unitMs } = flavor.time(segment.table);
  const signed = measures.map((column) => (leftOut === null ? column : `-${column} AS ${column}`));
  const conditions = [
    `organization = ${scan.organization}`,
    // Segments begin and end at whole grains: nothing is rounded.
    `${time} >= ${Math.ceil(segment.startMs / unitMs)}`,
    `${time} < ${Math.ceil(segment.endMs / unitMs)}`,
    ...filteredDimensions(scan).map((dimension) => {
      const listed = filterSql(dimension, scan.filter[dimension] ?? []);
      return dimension === leftOut ? `NOT (${listed})` : listed;
    }),
    ...(condition === null ? [] : [condition]),
  ];
  const parts: PieceParts = {
    table: segment.table,
    window: scan.windows === null ? null : flavor.windowKey(segment.table, scan.windows),
    columns: [...wanted.map((dimension) => flavor.column(dimension)), ...signed],
    ...{ conditions, isFew, leftOut },
  };
  return { ...parts, sql: pieceSql(parts, flavor) };
}

function pieceSql({ table, window, columns, conditions, isFew }: PieceParts, flavor: SqlFlavor): string {
  const windowed = window === null ? [] : [`${window} AS ${WINDOW_KEY}`];
  const sql = [
    `SELECT ${[...windowed, ...columns].join(", ")}`,
    `FROM ${table}`,
    `WHERE ${conditions.join("\n  AND ")}`,
  ].join("\n");
  return isFew ? flavor.readByOne(sql) : sql;
}

/** The rows of all pieces, as a SELECT reads them; `window` is the expression of a row's window, null for one window. */
type PieceRows = { readonly from: string; readonly conditions: readonly string[]; readonly window: string | null };

/**
 * One piece that is read as it stands needs no SELECT of its own: each SELECT around another is planned, too, and the three
 * largest spaces took 0.4 ms longer.
 */
function toRows(pieces: readonly Piece[], scan: UsageScan, flavor: SqlFlavor): PieceRows {
  const windowed = scan.windows === null ? null : flavor.windowed(`${PIECE}.${WINDOW_KEY}`, scan.windows);
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && !only.isFew && only.leftOut === null && !windowed?.join) {
    return { from: only.table, conditions: only.conditions, window: only.window };
  }
  const from = `(\n  ${indent(unionSql(pieces.map(({ sql }) => sql)))}\n) AS ${PIECE}`;
  const join = windowed?.join ? [windowed.join] : [];
  return { from: [from, ...join].join("\n"), conditions: [], window: windowed?.index ?? null };
}

/** Up to so long (ms, inclusive) a stretch of a table has few of its rows: those at the edges of a range. Days lie by things, not by time. */
const SHORT_MS: Partial<Readonly<Record<Grain, number>>> = { millisecond: DAY_MS, minute: HOUR_MS, hour: DAY_MS };

function isShort({ table, startMs, endMs }: ScanSegment): boolean {
  return endMs - startMs <= (SHORT_MS[USAGE_TABLES[table].grain] ?? 0);
}

function filteredDimensions(scan: UsageScan): Dimension[] {
  return (Object.keys(scan.filter) as Dimension[]).filter((dimension) => scan.filter[dimension] !== undefined);
}

/** Dimensions that the outer SELECT reads: the groups, and the kind where a sum counts only some kinds. */
function neededDimensions(scan: UsageScan): Dimension[] {
  const needed = new Set<Dimension>(scan.groupBy);
  if (scan.sums.some((sum) => sum.kinds !== null)) needed.add("kind");
  return [...needed];
}

/** Text two columns further to the right. */
export const indent = (text: string): string => text.replaceAll("\n", "\n  ");

const unionSql = (pieces: readonly string[]): string => pieces.join("\nUNION ALL\n");

/** The WITH of the pieces. */
export function withPiecesSql(pieces: readonly string[]): string {
  return `WITH ${PIECE} AS (\n  ${indent(unionSql(pieces))}\n)`;
}
