/**
 * UsageScan -> one SELECT. Written once for every engine; golden/ shows the statements, the contract suite runs them.
 */
import type { MeasureName } from "../model/usage-event.ts";
import type { Dimension, DimensionValue } from "../model/usage-query.ts";
import { assertInvariant } from "../platform/errors.ts";
import type { SqlFlavor, StoredValue } from "./flavor.ts";
import { type RollupTable, type ScanSegment, type ScanSum, USAGE_TABLES, type UsageScan } from "./usage-store.ts";

/** A statement and the texts to bind to its placeholders, in order. */
export type SqlStatement = { readonly sql: string; readonly texts: readonly string[] };

/** The column of each measure, in every usage table. */
export const MEASURE_COLUMNS: Readonly<Record<MeasureName, string>> = {
  count: "count",
  bytesIn: "bytes_in",
  bytesOut: "bytes_out",
  sizeDelta: "size_delta",
  objectsDelta: "objects_delta",
};

/**
 * The condition on rows of usage_raw that a roll-up's table does not hold yet, or null where it holds all of them. A
 * roll-up is both together.
 */
export type MissingFacts = (table: RollupTable) => string | null;

/**
 * Builds the statement of a scan. Its columns, in order: window_index, one per dimension of `groupBy`, rest (0 or 1),
 * one per sum. Groups outside `keep` have NULL for their value. With `parts`, only groups of these parts (buildPartsSql).
 */
export function buildScanSql(
  scan: UsageScan,
  flavor: SqlFlavor,
  missing: MissingFacts = () => null,
  parts: readonly number[] | null = null,
): SqlStatement {
  assertInvariant(scan.keep === null || scan.groupBy.length === 1, "keep needs exactly one dimension");
  const { texts, pieces, inList, encoded, sumSql } = prepare(scan, flavor, missing);
  const windowed = flavor.windowed("piece", scan.windows);
  const isWindowed = scan.windows !== null;
  const groups = scan.groupBy.map((dimension, index) => {
    const column = flavor.column(dimension);
    if (scan.keep === null) return { expression: column, alias: `g${index}`, dimension };
    const kept = inList(column, encoded(dimension, scan.keep));
    return { expression: `CASE WHEN ${kept} THEN ${column} END`, alias: `g${index}`, dimension };
  });
  const keptDimension = scan.groupBy[0];
  const rest =
    scan.keep === null || keptDimension === undefined
      ? "0"
      : `CASE WHEN ${inList(flavor.column(keptDimension), encoded(keptDimension, scan.keep))} THEN 0 ELSE 1 END`;
  const select = [
    `${windowed.index} AS window_index`,
    ...groups.map((group) => `${group.expression} AS ${group.alias}`),
    `${rest} AS rest`,
    ...scan.sums.map((sum, index) => `${sumSql(sum)} AS s${index}`),
  ];
  // Constants are no keys: a group's hash is made of as few columns as can be.
  const keys = [
    ...(isWindowed ? ["window_index"] : []),
    ...groups.map((group) => group.alias),
    ...(scan.keep === null ? [] : ["rest"]),
  ];
  // Without a key there is one row even of nothing, and nothing is to be answered by no row.
  const grouping = keys.length === 0 ? "HAVING count(*) > 0" : `GROUP BY ${keys.join(", ")}`;
  const chosen = parts === null ? [] : [`WHERE ${inList(partSql(scan, flavor), parts)}`];
  const inner = [`SELECT\n  ${select.join(",\n  ")}`, `FROM ${windowed.from}`, ...chosen, grouping].join("\n");
  return { sql: wrapSql(scan, flavor, pieces, inner), texts };
}

/**
 * Builds the statement that adds up the groups of a scan by parts: sets of groups that an engine makes by a hash, far
 * fewer than there are groups. Columns: the part, one per sum, the smallest value that went into the sum of `orderBySum`
 * (NULL for none). No group of a part can have a larger sum than its part where no value is negative.
 */
export function buildPartsSql(scan: UsageScan, flavor: SqlFlavor, missing: MissingFacts = () => null): SqlStatement {
  const { texts, pieces, sumSql, filterOf } = prepare(scan, flavor, missing);
  const ordered = scan.sums[scan.orderBySum?.sum ?? 0];
  assertInvariant(ordered !== undefined && scan.windows === null, "parts are ordered by a sum, in one window");
  const select = [
    `${partSql(scan, flavor)} AS part`,
    ...scan.sums.map((sum, index) => `${sumSql(sum)} AS s${index}`),
    `min(${MEASURE_COLUMNS[ordered.measure]})${filterOf(ordered)} AS least`,
  ];
  return {
    sql: [
      "-- One row per part of the groups, in no order: exact sums over the part.",
      withPiecesSql(pieces),
      `SELECT\n  ${select.join(",\n  ")}\nFROM piece\nGROUP BY part`,
    ].join("\n"),
    texts,
  };
}

function partSql(scan: UsageScan, flavor: SqlFlavor): string {
  const [dimension] = scan.groupBy;
  assertInvariant(dimension !== undefined && scan.groupBy.length === 1, "parts are those of one dimension");
  return flavor.groupPart(flavor.column(dimension));
}

/** What every statement of a scan begins with, and the ways in which it writes values. */
function prepare(scan: UsageScan, flavor: SqlFlavor, missing: MissingFacts) {
  assertInvariant(scan.segments.length > 0, "a scan has at least one segment");
  const texts: string[] = [];
  const literal = (value: StoredValue): string => {
    if (typeof value === "string") return flavor.placeholder(texts.push(value));
    assertInvariant(Number.isSafeInteger(value), `${value} is an integer that SQL can hold`);
    return String(value);
  };
  const inList = (column: string, values: readonly StoredValue[]): string =>
    values.length === 0 ? "1 = 0" : (runsSql(column, values) ?? `${column} IN (${values.map(literal).join(", ")})`);
  const encoded = (dimension: Dimension, values: readonly DimensionValue[]): StoredValue[] =>
    values.map((value) => flavor.encode(dimension, value));
  const filterSql = (d: Dimension, v: readonly DimensionValue[]) => inList(flavor.column(d), encoded(d, v));
  const pieces = [
    ...scan.segments.map((segment) => pieceSql(scan, segment, flavor, { filterSql, condition: null })),
    ...collectMissing(scan.segments, missing).map(({ segment, condition }) =>
      pieceSql(scan, segment, flavor, { filterSql, condition }),
    ),
  ];
  const ofKinds = ({ kinds }: ScanSum): string | null => (kinds === null ? null : filterSql("kind", kinds));
  return {
    texts,
    pieces,
    inList,
    encoded,
    sumSql: (sum: ScanSum): string => flavor.sum(MEASURE_COLUMNS[sum.measure], ofKinds(sum)),
    filterOf: (sum: ScanSum): string => (sum.kinds === null ? "" : ` FILTER (WHERE ${ofKinds(sum)})`),
  };
}

/** Lists from this length on, if they are this many times as long as they have runs, are told by their runs. */
const RUN_LENGTH_MIN = 16;

/**
 * A long list of numbers that mostly follow one another, as those of things that came one after the other do: a thousand
 * comparisons became two. Null for any other list.
 */
function runsSql(column: string, values: readonly StoredValue[]): string | null {
  const numbers = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  if (numbers.length < Math.max(values.length, RUN_LENGTH_MIN)) return null;
  const runs: { readonly from: number; until: number }[] = [];
  for (const number of numbers) {
    assertInvariant(Number.isSafeInteger(number), `${number} is an integer that SQL can hold`);
    const last = runs.at(-1);
    if (last !== undefined && number <= last.until + 1) last.until = number;
    else runs.push({ from: number, until: number });
  }
  if (runs.length * RUN_LENGTH_MIN > numbers.length) return null;
  return `(${runs.map(({ from, until }) => `${column} BETWEEN ${from} AND ${until}`).join(" OR ")})`;
}

/** The stretches of raw rows that belong to roll-ups which do not hold them yet; neighbours with one condition are one. */
function collectMissing(
  segments: readonly ScanSegment[],
  missing: MissingFacts,
): readonly { readonly segment: ScanSegment; readonly condition: string }[] {
  const found: { segment: ScanSegment; readonly condition: string }[] = [];
  for (const { table, startMs, endMs } of segments) {
    const condition = table === "usage_raw" ? null : missing(table);
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
};

/** One segment's rows: only the columns that the scan needs, so that a column store reads no others. */
function pieceSql(
  scan: UsageScan,
  segment: ScanSegment,
  flavor: SqlFlavor,
  { filterSql, condition }: PieceConditions,
): string {
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
  const windowed = scan.windows === null ? [] : [flavor.windowKey(segment.table, scan.windows)];
  const columns = [...windowed, ...wanted.map((dimension) => flavor.column(dimension)), ...measures];
  const conditions = [
    `organization = ${scan.organization}`,
    // Segments begin and end at whole grains: nothing is rounded.
    `${time} >= ${Math.ceil(segment.startMs / unitMs)}`,
    `${time} < ${Math.ceil(segment.endMs / unitMs)}`,
    ...filteredDimensions(scan).map((dimension) => filterSql(dimension, scan.filter[dimension] ?? [])),
    ...(condition === null ? [] : [condition]),
  ];
  return [`SELECT ${columns.join(", ")}`, `FROM ${segment.table}`, `WHERE ${conditions.join("\n  AND ")}`].join("\n");
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

/** Adds the pieces, the order and the limit. The order names every key, so equal sums always come in the same order. */
function wrapSql(scan: UsageScan, flavor: SqlFlavor, pieces: readonly string[], inner: string): string {
  if (scan.anyOrder === true && scan.orderBySum === null) {
    const limit = scan.rowsMax === null ? "" : `\nLIMIT ${scan.rowsMax}`;
    return `-- One row per window and group with exact sums, in any order.\n${withPiecesSql(pieces)}\n${inner}${limit}`;
  }
  const order = scan.windows === null ? [] : ["window_index"];
  if (scan.orderBySum !== null)
    order.push(`s${scan.orderBySum.sum} ${scan.orderBySum.direction === "asc" ? "ASC" : "DESC"}`);
  if (scan.keep !== null) order.push("rest");
  scan.groupBy.forEach((dimension, index) => {
    order.push(flavor.sortKey(dimension, `g${index}`));
  });
  const withPieces = withPiecesSql(pieces);
  if (scan.restAfter !== undefined) return wrapRestSql(scan, { withPieces, inner: indent(inner), order }, flavor);
  return [
    "-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.",
    withPieces,
    `SELECT *\nFROM (\n  ${indent(inner)}\n) AS grouped`,
    ...(order.length === 0 ? [] : [`ORDER BY ${order.join(", ")}`]),
    ...(scan.rowsMax === null ? [] : [`LIMIT ${scan.rowsMax}`]),
  ].join("\n");
}

const indent = (text: string): string => text.replaceAll("\n", "\n  ");

function withPiecesSql(pieces: readonly string[]): string {
  return `WITH piece AS (\n  ${pieces.map(indent).join("\n  UNION ALL\n  ")}\n)`;
}

/**
 * The largest groups and one row of all others. The others are the difference of two sums, not a scan of their own: the
 * groups are made once, which for a million assets is nearly all of the work.
 */
function wrapRestSql(
  scan: UsageScan,
  parts: { readonly withPieces: string; readonly inner: string; readonly order: readonly string[] },
  flavor: SqlFlavor,
): string {
  assertInvariant(scan.windows === null && scan.keep === null, "a rest is made in one window, of everything not kept");
  assertInvariant(scan.orderBySum !== null, "a rest needs an order");
  const order = parts.order.join(", ");
  const others = scan.sums.map(
    (_, index) => `(SELECT sum(s${index}) FROM grouped) - (SELECT sum(s${index}) FROM largest) AS s${index}`,
  );
  const keys = ["0 AS window_index", ...scan.groupBy.map((_, index) => `NULL AS g${index}`), "1 AS rest"];
  return [
    "-- One row per group of the largest with exact sums, then all others in one; equal sums keep one order.",
    `${parts.withPieces}, grouped AS ${flavor.materialized} (\n  ${parts.inner}`,
    `), largest AS ${flavor.materialized} (\n  SELECT *\n  FROM grouped\n  ORDER BY ${order}\n  LIMIT ${scan.restAfter}\n)`,
    "SELECT *\nFROM (",
    "  SELECT * FROM largest",
    `  UNION ALL\n  SELECT ${[...keys, ...others].join(",\n    ")}`,
    `  WHERE (SELECT count(*) FROM grouped) > ${scan.restAfter}`,
    ") AS answer",
    `ORDER BY rest, ${order}`,
  ].join("\n");
}
