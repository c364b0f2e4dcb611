/**
 * UsageScan -> one SELECT. Written once for every engine; golden/ shows the statements, the contract suite runs them.
 */
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
 * Where the columns of a scan's statement stand, from 0. What is the same in every row has no column: a constant costs a
 * projection of its own, and short questions spend most of their time on the plan.
 */
export type ScanColumns = {
  /** Null: there is one window. */
  readonly window: number | null;
  /** One for each dimension of `groupBy`; groups outside `keep` have NULL. */
  readonly groups: readonly number[];
  /** 1 for a row of the rest, else 0; null where there is none, or where a group's place says it. */
  readonly rest: number | null;
  /** In place of a group's value: the place of the group in `keep`, from 1; 0 for the rest. */
  readonly isPlaced: boolean;
  readonly sums: readonly number[];
  /** What `beside` gave. */
  readonly beside: number;
};

/** The columns of the statement that buildScanSql writes for a scan. */
export function scanColumns(scan: UsageScan): ScanColumns {
  let count = 0;
  const next = (): number => count++;
  const isPlaced = countsPlaces(scan);
  return {
    window: scan.windows === null ? null : next(),
    groups: scan.groupBy.map(next),
    rest: !isPlaced && hasRest(scan) ? next() : null,
    isPlaced,
    sums: scan.sums.map(next),
    beside: count,
  };
}

const hasRest = (scan: UsageScan): boolean => scan.keep !== null || scan.restAfter !== undefined;
const isUnordered = (scan: UsageScan): boolean => scan.anyOrder === true && scan.orderBySum === null;

/** Up to so many kept groups are told from the others by comparing with each of them. */
const PLACED_GROUPS_MAX = 16;

/**
 * Whether each row is counted by the place of its group among a few that are kept, 0 for all others: thirty days of 1,000 spaces took
 * 4.2 ms of processor time in place of 6.5 by the group and whether it is kept.
 */
function countsPlaces(scan: UsageScan): boolean {
  const { keep } = scan;
  return keep !== null && keep.length > 0 && keep.length <= PLACED_GROUPS_MAX && isUnordered(scan);
}

/** Builds the statement of a scan, with the columns of scanColumns. */
export function buildScanSql(scan: UsageScan, flavor: SqlFlavor, parts: ScanParts = {}): SqlStatement {
  const { missing = () => null, only = null, beside = null } = parts;
  assertInvariant(scan.keep === null || scan.groupBy.length === 1, "keep needs exactly one dimension");
  const prepared = prepareScan(scan, flavor, missing);
  const { from, conditions, window } = prepared.rows;
  const groups = groupExpressions(scan, flavor, prepared);
  const rest = restExpression(scan, flavor, prepared);
  const select = [
    ...(window === null ? [] : [`${window} AS window_index`]),
    ...groups.map((expression, index) => `${expression} AS g${index}`),
    ...(rest === null ? [] : [`${rest} AS rest`]),
    ...scan.sums.map((sum, index) => `${prepared.sumSql(sum)} AS s${index}`),
  ];
  // Constants are no keys: a group's hash is made of as few columns as can be.
  const keys = [
    ...(scan.windows === null ? [] : ["window_index"]),
    ...groups.map((_, index) => `g${index}`),
    ...(rest === null || scan.keep === null ? [] : ["rest"]),
  ];
  // Without a key there is one row even of nothing, and nothing is to be answered by no row.
  const grouping = keys.length === 0 ? "HAVING count(*) > 0" : `GROUP BY ${keys.join(", ")}`;
  const all = [...conditions, ...(only === null ? [] : [only])];
  const where = all.length === 0 ? [] : [`WHERE ${all.join("\n  AND ")}`];
  const inner = [`SELECT\n  ${select.join(",\n  ")}`, `FROM ${from}`, ...where, grouping].join("\n");
  return { sql: wrapSql(scan, flavor, { inner, beside }), texts: prepared.texts };
}

type Prepared = ReturnType<typeof prepareScan>;

/** What stands for each group: its value, NULL or its place. */
function groupExpressions(scan: UsageScan, flavor: SqlFlavor, { literal, inList, encoded }: Prepared): string[] {
  return scan.groupBy.map((dimension) => {
    const column = flavor.column(dimension);
    if (scan.keep === null) return column;
    const values = encoded(dimension, scan.keep);
    if (!countsPlaces(scan)) return `CASE WHEN ${inList(column, values)} THEN ${column} END`;
    const places = values.map((value, index) => `WHEN ${literal(value)} THEN ${index + 1}`);
    return `CASE ${column} ${places.join(" ")} ELSE 0 END`;
  });
}

/** 1 for a row of the rest, else 0; null where no column says it. */
function restExpression(scan: UsageScan, flavor: SqlFlavor, { inList, encoded }: Prepared): string | null {
  if (scanColumns(scan).rest === null) return null;
  const [dimension] = scan.groupBy;
  if (scan.keep === null || dimension === undefined) return "0";
  return `CASE WHEN ${inList(flavor.column(dimension), encoded(dimension, scan.keep))} THEN 0 ELSE 1 END`;
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
type Inner = { readonly inner: string; readonly beside: string | null };

/** Adds the order and the limit. The order names every key, so equal sums always come in the same order. */
function wrapSql(scan: UsageScan, flavor: SqlFlavor, { inner, beside }: Inner): string {
  const all = beside === null ? "*" : `*, ${beside} AS beside`;
  const grouped = `SELECT ${all}\nFROM (\n  ${indent(inner)}\n) AS grouped`;
  const limit = scan.rowsMax === null ? [] : [`LIMIT ${scan.rowsMax}`];
  if (isUnordered(scan)) {
    const unordered = beside === null ? inner : grouped;
    return ["-- One row per window and group with exact sums, in any order.", unordered, ...limit].join("\n");
  }
  // The rows of a group alone can be sorted by the columns that they are grouped by, without a SELECT around it.
  const isPlain = beside === null && !hasRest(scan);
  const order = scan.windows === null ? [] : ["window_index"];
  if (scan.orderBySum !== null)
    order.push(`s${scan.orderBySum.sum} ${scan.orderBySum.direction === "asc" ? "ASC" : "DESC"}`);
  if (scan.keep !== null) order.push("rest");
  scan.groupBy.forEach((dimension, index) => {
    order.push(...flavor.sortKeys(dimension, isPlain ? flavor.column(dimension) : `g${index}`));
  });
  if (scan.restAfter !== undefined) return wrapRestSql(scan, { inner: indent(inner), order, all }, flavor);
  return [
    "-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.",
    isPlain ? inner : grouped,
    ...(order.length === 0 ? [] : [`ORDER BY ${order.join(", ")}`]),
    ...limit,
  ].join("\n");
}

/**
 * The largest groups and one row of all others. The others are the difference of two sums, not a scan of their own: the
 * groups are made once, which for a million assets is nearly all of the work.
 */
function wrapRestSql(
  scan: UsageScan,
  parts: {
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
  const keys = [...scan.groupBy.map((_, index) => `NULL AS g${index}`), "1 AS rest"];
  return [
    "-- One row per group of the largest with exact sums, then all others in one; equal sums keep one order.",
    `WITH grouped AS ${flavor.materialized} (\n  ${parts.inner}`,
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
