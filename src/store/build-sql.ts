/**
 * UsageScan -> one SELECT. Written once for every engine; golden/ shows the statements, the contract suite runs them.
 */
import type { DimensionValue } from "../model/usage-query.ts";
import { assertInvariant } from "../platform/errors.ts";
import type { SqlFlavor } from "./flavor.ts";
import { indent, MEASURE_COLUMNS, type MissingFacts, prepareScan, withPiecesSql } from "./scan-pieces.ts";
import type { UsageScan } from "./usage-store.ts";

/** A statement and the texts to bind to its placeholders, in order. */
export type SqlStatement = { readonly sql: string; readonly texts: readonly string[] };

/** What not every statement of a scan has. */
export type ScanParts = {
  /** The facts that roll-ups' tables do not hold; none when left out. */
  readonly missing?: MissingFacts;
  /** A condition on dimensions that are grouped by: just the rows that meet it. */
  readonly only?: string | null;
  /** An expression that is answered in a further, last column: something else of the same moment of the store. */
  readonly beside?: string | null;
};

/**
 * Builds the statement of a scan. Its columns, in order: window_index, one per dimension of `groupBy`, rest (0 or 1),
 * one per sum. Groups outside `keep` have NULL for their value.
 */
export function buildScanSql(scan: UsageScan, flavor: SqlFlavor, parts: ScanParts = {}): SqlStatement {
  const { missing = () => null, only = null, beside = null } = parts;
  assertInvariant(scan.keep === null || scan.groupBy.length === 1, "keep needs exactly one dimension");
  const prepared = prepareScan(scan, flavor, missing);
  const { texts, pieces, inList, encoded, sumSql } = prepared;
  if (scan.keep !== null && scan.keep.length > 0 && scan.keep.length <= PLACED_GROUPS_MAX) {
    return {
      sql: wrapSql(scan, flavor, { pieces, inner: placedSql(scan, scan.keep, flavor, prepared), beside }),
      texts,
    };
  }
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
  const chosen = only === null ? [] : [`WHERE ${only}`];
  const inner = [`SELECT\n  ${select.join(",\n  ")}`, `FROM ${windowed.from}`, ...chosen, grouping].join("\n");
  return { sql: wrapSql(scan, flavor, { pieces, inner, beside }), texts };
}

/** Up to so many kept groups are told from the others by comparing with each of them. */
const PLACED_GROUPS_MAX = 16;

/**
 * The rows of a scan that keeps a few groups: each row is counted by the place of its group among them, 0 for all others.
 * Thirty days of 1,000 spaces took 4.2 ms of processor time in place of 6.5 by the group and whether it is kept.
 */
function placedSql(
  scan: UsageScan,
  keep: readonly DimensionValue[],
  flavor: SqlFlavor,
  { literal, encoded, sumSql }: ReturnType<typeof prepareScan>,
): string {
  const [dimension] = scan.groupBy;
  assertInvariant(dimension !== undefined, "keep needs a dimension");
  const windowed = flavor.windowed("piece", scan.windows);
  const values = encoded(dimension, keep).map(literal);
  const toPlace = values.map((value, index) => `WHEN ${value} THEN ${index + 1}`).join(" ");
  const toValue = values.map((value, index) => `WHEN ${index + 1} THEN ${value}`).join(" ");
  const select = [
    `${windowed.index} AS window_index`,
    `CASE ${flavor.column(dimension)} ${toPlace} ELSE 0 END AS place`,
    ...scan.sums.map((sum, index) => `${sumSql(sum)} AS s${index}`),
  ];
  const keys = scan.windows === null ? "place" : "window_index, place";
  const inner = [`SELECT\n  ${select.join(",\n  ")}`, `FROM ${windowed.from}`, `GROUP BY ${keys}`].join("\n");
  const outer = [
    "window_index",
    `CASE place ${toValue} END AS g0`,
    "CASE place WHEN 0 THEN 1 ELSE 0 END AS rest",
    ...scan.sums.map((_, index) => `s${index}`),
  ];
  return `SELECT\n  ${outer.join(",\n  ")}\nFROM (\n  ${indent(inner)}\n) AS placed`;
}

/**
 * Builds the statement that adds up the groups of a scan by parts: sets of groups that an engine makes by a hash, far
 * fewer than there are groups. Columns: the part, one per sum, the smallest value that went into the sum of `orderBySum`
 * (NULL for none). No group of a part can have a larger sum than its part where no value is negative.
 */
export function buildPartsSql(scan: UsageScan, flavor: SqlFlavor, missing: MissingFacts = () => null): SqlStatement {
  const { texts, pieces, sumSql, filterOf } = prepareScan(scan, flavor, missing);
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

/** The condition on rows whose groups are of some parts, for buildScanSql. */
export function buildPartsCondition(scan: UsageScan, flavor: SqlFlavor, parts: readonly number[]): string {
  return parts.length === 0 ? "1 = 0" : `${partSql(scan, flavor)} IN (${parts.join(", ")})`;
}

function partSql(scan: UsageScan, flavor: SqlFlavor): string {
  const [dimension] = scan.groupBy;
  assertInvariant(dimension !== undefined && scan.groupBy.length === 1, "parts are those of one dimension");
  return flavor.groupPart(flavor.column(dimension));
}

/** What is wrapped. */
type Inner = { readonly pieces: readonly string[]; readonly inner: string; readonly beside: string | null };

/** Adds the pieces, the order and the limit. The order names every key, so equal sums always come in the same order. */
function wrapSql(scan: UsageScan, flavor: SqlFlavor, { pieces, inner, beside }: Inner): string {
  const all = beside === null ? "*" : `*, ${beside} AS beside`;
  const grouped = `SELECT ${all}\nFROM (\n  ${indent(inner)}\n) AS grouped`;
  if (scan.anyOrder === true && scan.orderBySum === null) {
    const limit = scan.rowsMax === null ? "" : `\nLIMIT ${scan.rowsMax}`;
    const unordered = beside === null ? inner : grouped;
    return `-- One row per window and group with exact sums, in any order.\n${withPiecesSql(pieces)}\n${unordered}${limit}`;
  }
  const order = scan.windows === null ? [] : ["window_index"];
  if (scan.orderBySum !== null)
    order.push(`s${scan.orderBySum.sum} ${scan.orderBySum.direction === "asc" ? "ASC" : "DESC"}`);
  if (scan.keep !== null) order.push("rest");
  scan.groupBy.forEach((dimension, index) => {
    order.push(flavor.sortKey(dimension, `g${index}`));
  });
  const withPieces = withPiecesSql(pieces);
  if (scan.restAfter !== undefined) return wrapRestSql(scan, { withPieces, inner: indent(inner), order, all }, flavor);
  return [
    "-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.",
    withPieces,
    grouped,
    ...(order.length === 0 ? [] : [`ORDER BY ${order.join(", ")}`]),
    ...(scan.rowsMax === null ? [] : [`LIMIT ${scan.rowsMax}`]),
  ].join("\n");
}

/**
 * The largest groups and one row of all others. The others are the difference of two sums, not a scan of their own: the
 * groups are made once, which for a million assets is nearly all of the work.
 */
function wrapRestSql(
  scan: UsageScan,
  parts: {
    readonly withPieces: string;
    readonly inner: string;
    readonly order: readonly string[];
    readonly all: string;
  },
  flavor: SqlFlavor,
): string {
  assertInvariant(scan.windows === null && scan.keep === null, "a rest is made in one window, of everything not kept");
  assertInvariant(scan.orderBySum !== null, "a rest needs an order");
  const order = parts.order.join(", ");
  const sums = scan.sums.map((_, index) => `sum(s${index}) AS s${index}`);
  const others = scan.sums.map((_, index) => `everything.s${index} - kept.s${index} AS s${index}`);
  const keys = ["0 AS window_index", ...scan.groupBy.map((_, index) => `NULL AS g${index}`), "1 AS rest"];
  return [
    "-- One row per group of the largest with exact sums, then all others in one; equal sums keep one order.",
    `${parts.withPieces}, grouped AS ${flavor.materialized} (\n  ${parts.inner}`,
    `), largest AS ${flavor.materialized} (\n  SELECT *\n  FROM grouped\n  ORDER BY ${order}\n  LIMIT ${scan.restAfter}\n)`,
    `SELECT ${parts.all}\nFROM (`,
    "  SELECT * FROM largest",
    `  UNION ALL\n  SELECT ${[...keys, ...others].join(",\n    ")}`,
    // All sums in one pass each: an expression with a SELECT of its own for every sum took three times as long to plan.
    `  FROM (SELECT ${["count(*) AS groups", ...sums].join(", ")} FROM grouped) AS everything,`,
    `    (SELECT ${sums.join(", ")} FROM largest) AS kept`,
    `  WHERE everything.groups > ${scan.restAfter}`,
    ") AS answer",
    `ORDER BY rest, ${order}`,
  ].join("\n");
}
