/**
 * What the store knows about sources: counts, checkpoints, refused records.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { KeptRejection } from "../../model/source.ts";
import { REJECTED_SAMPLES_MAX, type SourceCounts } from "../usage-store.ts";
import { TALLIED_COUNTS_SQL } from "./source-tallies.ts";

/** The last committed position of a stream, or null. */
export async function readCheckpoint(
  connection: DuckDBConnection,
  organization: number,
  source: string,
  stream: string,
): Promise<string | null> {
  const found = await connection.runAndReadAll(
    "SELECT position FROM source_checkpoint WHERE organization = $1 AND source = $2 AND stream = $3",
    [organization, source, stream],
  );
  const position = found.getRows()[0]?.[0];
  return position === undefined ? null : String(position);
}

/** Counts per source, by name in code-point order. */
export async function readSourceCounts(connection: DuckDBConnection, organization: number): Promise<SourceCounts[]> {
  const found = await connection.runAndReadAll(
    `-- One row per source that ever sent anything, also if all of it was refused or nothing but a position came.
     SELECT source, coalesce(accepted, 0), coalesce(late, 0), coalesce(duplicates, 0), first_event_ms, last_event_ms, watermark_ms,
       coalesce(reasons, []), coalesce(records, [])
     FROM (
       SELECT source, sum(accepted)::BIGINT AS accepted, sum(late)::BIGINT AS late, sum(duplicates)::BIGINT AS duplicates,
         min(first_event_ms) AS first_event_ms, max(last_event_ms) AS last_event_ms
       FROM (FROM source_count UNION ALL BY NAME ${TALLIED_COUNTS_SQL}) AS part
       WHERE organization = $1 GROUP BY source
     ) AS counted
     FULL JOIN (
       SELECT source, list(reason ORDER BY reason) AS reasons, list(records ORDER BY reason) AS records
       FROM source_rejection WHERE organization = $1 AND records > 0 GROUP BY source
     ) AS refused USING (source)
     FULL JOIN (
       SELECT source, min(watermark_ms) AS watermark_ms FROM source_checkpoint WHERE organization = $1 GROUP BY source
     ) AS read_up_to USING (source)
     ORDER BY source`,
    [organization],
  );
  return found.getRowsJS().map((row) => {
    const [source, accepted, late, duplicates, firstMs, lastMs, watermarkMs, reasons, records] = row;
    const rejected = Object.fromEntries(
      (reasons as string[]).map((reason, index) => [reason, Number((records as bigint[])[index])]),
    );
    const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
    return {
      source: String(source),
      received: Number(accepted) + Number(duplicates) + refused,
      accepted: Number(accepted),
      late: Number(late),
      duplicates: Number(duplicates),
      rejected,
      firstEventMs: toNumberOrNull(firstMs),
      lastEventMs: toNumberOrNull(lastMs),
      watermarkMs: toNumberOrNull(watermarkMs),
    };
  });
}

/** The reason under which duplicates are kept among the refused records; no rejection has it. */
export const DUPLICATE = "duplicate";

/** The kept refused records of a source, or its kept duplicates, newest first. */
export async function readKept(
  connection: DuckDBConnection,
  organization: number,
  source: string,
  what: "rejected" | "duplicates",
): Promise<KeptRejection[]> {
  const found = await connection.runAndReadAll(
    `SELECT reason, received_ms, position, detail, text, id, replay <> '' FROM rejected_record
     WHERE organization = $1 AND source = $2 AND (reason = '${DUPLICATE}') = $3
     ORDER BY number DESC LIMIT ${REJECTED_SAMPLES_MAX}`,
    [organization, source, what === "duplicates"],
  );
  return found.getRows().map(([reason, receivedMs, position, detail, text, id, canReplay]) => ({
    reason: String(reason),
    receivedMs: Number(receivedMs),
    position: String(position),
    detail: String(detail),
    text: String(text),
    ...(id === "" ? {} : { id: String(id) }),
    ...(canReplay === true ? { canReplay } : {}),
  }));
}

function toNumberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value);
}
