/**
 * What is said of sources, held against what is stored: counts of accepted records against facts, and counts in all against
 * those by hour. Facts are written apart from all counts (append-facts.ts, source-tallies.ts), so an error in either shows.
 * Counts in all and by hour part only when tallies are merged and where records are refused: until then they are the same
 * rows. What was counted and stored alike, and should not have been, does not show.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Miscount } from "../../model/operations.ts";
import { OUTCOMES, TALLIED_COUNTS_SQL } from "./source-tallies.ts";

/** Outcomes of source_hour that tell more of records which another outcome counts already. */
const FURTHER_OUTCOMES = Object.values(OUTCOMES).filter(
  (outcome) => outcome !== OUTCOMES.accepted && outcome !== OUTCOMES.duplicate,
);

/**
 * One statement, so of one moment: a commit in between would be in one number and not in the other. Facts that retention has
 * begun to drop are left out, on both sides; so are rows of corrections, of which no source's count knows. Hours are whole on
 * both sides, because tables are kept from the start of a day. Counts in all have no time: once hours were dropped there is
 * nothing to hold them against, and once facts were, the hours take their place.
 */
const MISCOUNTS_SQL = `
-- One row per two numbers that differ; all columns but the numbers are in the ORDER BY, so no two rows tie.
WITH dropped AS (
  SELECT max(value) FILTER (name = 'kept_from/usage_raw') AS facts_ms,
    max(value) FILTER (name = 'kept_from/usage_total_per_hour') AS hours_ms
  FROM store_state
),
kept AS (
  SELECT facts_ms IS NULL AS has_all_facts, hours_ms IS NULL AS has_all_hours,
    CASE WHEN facts_ms IS NULL THEN NULL ELSE greatest(facts_ms, coalesce(hours_ms, facts_ms)) END AS since_ms
  FROM dropped
),
total AS (
  SELECT organization, source, 'accepted' AS outcome, accepted AS records
  FROM (FROM source_count UNION ALL BY NAME ${TALLIED_COUNTS_SQL}) AS part
  UNION ALL
  SELECT organization, source, 'duplicates', duplicates
  FROM (FROM source_count UNION ALL BY NAME ${TALLIED_COUNTS_SQL}) AS part
  UNION ALL
  SELECT organization, source, 'rejected', records FROM source_rejection
),
by_hour AS (
  SELECT organization, source, hour_ms, records,
    CASE outcome WHEN '${OUTCOMES.accepted}' THEN 'accepted' WHEN '${OUTCOMES.duplicate}' THEN 'duplicates' ELSE 'rejected' END AS outcome
  FROM (FROM source_hour UNION ALL BY NAME FROM source_hour_tally) AS part
  WHERE outcome NOT IN ('${FURTHER_OUTCOMES.join("', '")}')
),
fact AS (
  SELECT organization, coalesce(name, 'number ' || stored.source) AS source, records
  FROM (
    SELECT organization, source, count(*) AS records FROM usage_raw
    WHERE correction = 0 AND time_ms >= coalesce((SELECT since_ms FROM kept), 0)
    GROUP BY organization, source
  ) AS stored
  LEFT JOIN usage_name ON id = stored.source
),
side AS (
  SELECT 'facts' AS against, organization, source, outcome, records AS counted, 0 AS found FROM total
  WHERE outcome = 'accepted' AND (SELECT has_all_facts FROM kept)
  UNION ALL
  SELECT 'facts', organization, source, outcome, records, 0 FROM by_hour
  WHERE outcome = 'accepted' AND hour_ms >= (SELECT since_ms FROM kept)
  UNION ALL
  SELECT 'facts', organization, source, 'accepted', 0, records FROM fact
  UNION ALL
  SELECT 'hours', organization, source, outcome, records, 0 FROM total WHERE (SELECT has_all_hours FROM kept)
  UNION ALL
  SELECT 'hours', organization, source, outcome, 0, records FROM by_hour WHERE (SELECT has_all_hours FROM kept)
)
SELECT organization, source, against, outcome, sum(counted) AS counted, sum(found) AS found,
  CASE against WHEN 'facts' THEN (SELECT since_ms FROM kept) END AS since_ms
FROM side GROUP BY organization, source, against, outcome HAVING sum(counted) <> sum(found)
ORDER BY organization, source, against, outcome`;

/** Every two numbers that should be equal and are not; none of a store that is whole. Reads two columns of all facts. */
export async function findMiscounts(connection: DuckDBConnection): Promise<Miscount[]> {
  const found = await connection.runAndReadAll(MISCOUNTS_SQL);
  return found.getRows().map(([organization, source, against, outcome, counted, stored, sinceMs]) => ({
    organization: Number(organization),
    source: String(source),
    outcome: String(outcome) as Miscount["outcome"],
    against: String(against) as Miscount["against"],
    counted: Number(counted),
    found: Number(stored),
    sinceMs: sinceMs === null ? null : Number(sinceMs),
  }));
}
