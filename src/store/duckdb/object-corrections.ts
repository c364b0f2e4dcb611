/**
 * Corrected facts -> what is known of the objects that they changed. Afterwards the deltas that count add up to what the
 * objects have by the newest changes that count, whatever was taken away below them or put back. What the correction leaves
 * missing is added as a balance: a row of no event, with the time and the names of the newest change. Without it an upload
 * that is taken away under its deletion would leave less than nothing.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { MeasureChange } from "../../model/correction.ts";
import { ALL_COLUMNS, FACT_COLUMNS, NO_CHANGE, NO_SOURCE, stageEmpty, writeRows } from "./correction-rows.ts";
import { identityHexSql, identitySql } from "./identity-columns.ts";
import { SUM_COLUMNS } from "./rollup-sql.ts";

/** Temporary tables that are made here. */
export const STAGED_OF_OBJECTS = [
  "corrected_object",
  "object_fact",
  "newest_change",
  "balance",
  "settled",
  "balance_row",
];

/** Columns of FACT_COLUMNS that a balance has of the change that it belongs to. */
const NAME_COLUMNS = FACT_COLUMNS.filter((column) => !column.startsWith("identity") && column !== "source").join(", ");

const FACT = `${identitySql()}, received_ms`;

/** The identity that balances of an object have: of its key, never that of an event. */
const BALANCE_IDENTITY = `md5_number_lower(object)::UBIGINT AS identity_low,
  (md5_number_upper(object) & 4294967295)::UINTEGER AS identity_high`;

/** One row per object whose changes are among the corrected facts: by how much the correction changes its sums. */
const CORRECTED_OBJECT = `
SELECT object, any_value(organization) AS organization, bool_or(keeps_versions) AS has_versions,
  sum(size_delta) AS size_delta, sum(objects_delta) AS objects_delta
FROM temp.correction_row JOIN object_change USING (${FACT})
GROUP BY object`;

/**
 * One row per fact of these objects and what stands in its place. Rows that take away are paired off with what they took, as
 * in corrections.ts; \`is_sent\`: what counts is the fact as it arrived.
 */
const OBJECT_FACT = `
SELECT object, received_ms, ${FACT_COLUMNS.join(", ")}, size, present, keeps_versions, ${identityHexSql()} AS identity,
  bool_or(correction = 0) AS is_sent, sum(sign) > 0 AS counts
FROM (
  SELECT *, ${SUM_COLUMNS.map((column) => `${column} * sign AS signed_${column}`).join(", ")}
  FROM (SELECT *, CASE WHEN correction < 0 THEN -1 ELSE 1 END AS sign FROM usage_raw) AS raw
  JOIN (SELECT * FROM object_change SEMI JOIN temp.corrected_object USING (object)) AS change USING (${FACT})
) AS signed
GROUP BY object, received_ms, ${FACT_COLUMNS.join(", ")}, size, present, keeps_versions,
  ${SUM_COLUMNS.map((column) => `signed_${column}`).join(", ")}`;

/** One row per object: its newest change that counts, by the order of object-sizes.ts. No two facts share an identity. */
const NEWEST_CHANGE = `
SELECT *, (${FACT}) IN (SELECT (${FACT}) FROM temp.correction_row) AS is_corrected
FROM temp.object_fact WHERE counts AND present IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY object ORDER BY time_ms DESC, identity DESC, received_ms DESC) = 1`;

/** One row per balance of these objects that stands, whatever correction it came with. */
const BALANCE = `
SELECT object, received_ms, ${NAME_COLUMNS}, sum(size_delta) AS size_delta, sum(objects_delta) AS objects_delta
FROM usage_raw
JOIN (SELECT object, ${BALANCE_IDENTITY} FROM temp.corrected_object) AS own USING (${identitySql()})
WHERE source = ${NO_SOURCE}
GROUP BY object, received_ms, ${NAME_COLUMNS}
HAVING sum(size_delta) <> 0 OR sum(objects_delta) <> 0`;

/**
 * One row per object: what it has from now on (\`size\`, \`objects\`), and what its deltas add up to without balances
 * (\`sum_size\`, \`sum_objects\`).
 *
 * \`is_older\`: the newest change is one whose fact has been dropped or came before its objects were noted: then there is no row
 * whose names a balance could have. What a fact does not say itself, and what a person put in its place, is what the deltas say.
 */
const SETTLED = `
WITH compared AS (
  SELECT corrected.object, corrected.organization, has_versions, newest.keeps_versions,
    newest.object IS NULL AS has_none,
    newest.is_sent AND newest.size IS NOT NULL AS says_state,
    newest.size AS said_size, newest.present::INTEGER AS said_objects,
    known.size AS known_size, known.present::INTEGER AS known_objects,
    coalesce(known.time_ms >= 0 AND own.object IS NULL
      AND (newest.object IS NULL OR (known.time_ms, known.identity) > (newest.time_ms, newest.identity)), false) AS is_older,
    coalesce(NOT newest.is_corrected AND known.time_ms = newest.time_ms AND known.identity = newest.identity, false) AS is_same,
    coalesce(known.size, 0) + corrected.size_delta AS sum_size,
    coalesce(known.present::INTEGER, 0) + corrected.objects_delta AS sum_objects,
    coalesce(standing.size_delta, 0) AS balance_size, coalesce(standing.objects_delta, 0) AS balance_objects,
    known.time_ms AS known_ms, known.identity AS known_identity, newest.time_ms AS newest_ms, newest.identity AS newest_identity
  FROM temp.corrected_object AS corrected
  LEFT JOIN object_size AS known USING (object)
  LEFT JOIN temp.newest_change AS newest USING (object)
  LEFT JOIN (SELECT DISTINCT object, identity FROM temp.object_fact) AS own
    ON own.object = corrected.object AND own.identity = known.identity
  LEFT JOIN (
    SELECT object, sum(size_delta) AS size_delta, sum(objects_delta) AS objects_delta FROM temp.balance GROUP BY object
  ) AS standing ON standing.object = corrected.object
)
SELECT object, organization, is_older, has_none,
  coalesce(has_versions OR keeps_versions, false) AS has_versions,
  CASE WHEN is_older THEN sum_size ELSE sum_size - balance_size END AS sum_size,
  CASE WHEN is_older THEN sum_objects ELSE sum_objects - balance_objects END AS sum_objects,
  CASE WHEN is_older THEN sum_size WHEN has_none THEN sum_size - balance_size WHEN is_same THEN known_size
    WHEN says_state THEN said_size ELSE sum_size - balance_size END AS size,
  CASE WHEN is_older THEN sum_objects WHEN has_none THEN sum_objects - balance_objects WHEN is_same THEN known_objects
    WHEN says_state THEN said_objects ELSE sum_objects - balance_objects END AS objects,
  CASE WHEN is_older THEN known_ms WHEN has_none THEN -1 ELSE newest_ms END AS time_ms,
  CASE WHEN is_older THEN known_identity WHEN has_none THEN '' ELSE newest_identity END AS identity
FROM compared`;

/** Takes the balances that stand away and adds the new ones; what is the same in both stays as it is. */
function buildBalanceRows(number: number, commitNumber: number): string {
  return `INSERT INTO temp.balance_row (${ALL_COLUMNS})
SELECT ${commitNumber}, received_ms, ${FACT_COLUMNS.join(", ")}, 0, 0, 0, sum(size_delta), sum(objects_delta), ${number}
FROM (
  SELECT ${BALANCE_IDENTITY}, ${NO_SOURCE} AS source, * EXCLUDE (object) FROM (
    SELECT object, received_ms, ${NAME_COLUMNS}, -size_delta AS size_delta, -objects_delta AS objects_delta
    FROM temp.balance SEMI JOIN (SELECT object FROM temp.settled WHERE NOT is_older) AS own USING (object)
    UNION ALL
    SELECT object, received_ms, ${NAME_COLUMNS.replace("time_ms", "newest.time_ms").replace("organization", "newest.organization")},
      CASE WHEN has_versions THEN 0 ELSE settled.size - sum_size END, objects - sum_objects
    FROM temp.settled AS settled JOIN temp.newest_change AS newest USING (object) WHERE NOT is_older
  ) AS change
) AS balanced
GROUP BY received_ms, ${FACT_COLUMNS.join(", ")}
HAVING sum(size_delta) <> 0 OR sum(objects_delta) <> 0`;
}

/**
 * Settles the objects of \`correction_row\`, whose rows are in usage_raw already, inside the caller's transaction: writes their
 * balances under the correction's number and what is known of them. Answers by how much the balances change every sum.
 */
export async function settleCorrectedObjects(
  connection: DuckDBConnection,
  { number, commitNumber }: { readonly number: number; readonly commitNumber: number },
): Promise<MeasureChange> {
  const stage = (table: string, sql: string) => connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${sql}`);
  await stage("corrected_object", CORRECTED_OBJECT);
  const found = await connection.runAndReadAll("SELECT 1 FROM temp.corrected_object LIMIT 1");
  if (found.getRows().length === 0) return NO_CHANGE;
  await stage("object_fact", OBJECT_FACT);
  await stage("newest_change", NEWEST_CHANGE);
  await stage("balance", BALANCE);
  await stage("settled", SETTLED);
  await stageEmpty(connection, "balance_row");
  await connection.run(buildBalanceRows(number, commitNumber));
  await connection.run("DELETE FROM object_size WHERE object IN (SELECT object FROM temp.corrected_object)");
  // Of what has no change and nothing left, nothing is known: whatever comes next is its first change.
  await connection.run(
    `INSERT INTO object_size
     SELECT organization, object, time_ms, identity, CASE WHEN has_none AND has_versions THEN 0 ELSE size END, objects > 0
     FROM temp.settled WHERE is_older OR NOT has_none OR size <> 0 OR objects > 0`,
  );
  return writeRows(connection, "balance_row");
}
