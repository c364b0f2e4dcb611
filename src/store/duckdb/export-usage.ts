/**
 * Facts of a range -> a Parquet or CSV file, written by the engine itself. docs/export.md has the columns.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { USAGE_KINDS } from "../../model/usage-event.ts";
import type { FactExport } from "../usage-store.ts";

/** SQL of the text that a number of usage_name stands for; NULL for 0. The numbers go from 1 without gaps. */
const toName = (column: string): string => `list_extract(names.by_id, fact.${column})`;

/**
 * The columns, in order: the name in the file and the SQL that gives it from a row of usage_raw called `fact`; of times the
 * microseconds.
 */
export const EXPORT_COLUMNS = {
  time: "fact.time_ms * 1000",
  received: "fact.received_ms * 1000",
  organization: "fact.organization",
  source: toName("source"),
  kind: `list_extract([${USAGE_KINDS.map((kind) => `'${kind}'`).join(", ")}], fact.kind::INTEGER)`,
  space: "nullif(fact.space, 0)",
  user: "nullif(fact.user_id, 0)",
  bucket: toName("bucket"),
  asset: "nullif(fact.asset, 0)",
  operation: `coalesce(${toName("operation")}, '')`,
  count: "fact.count",
  bytes_in: "fact.bytes_in",
  bytes_out: "fact.bytes_out",
  size_delta: "fact.size_delta",
  objects_delta: "fact.objects_delta",
  correction: "fact.correction",
} as const;

const TIME_COLUMNS = ["time", "received"];

/**
 * How files are written, and what makes a time of microseconds. Parquet has moments in UTC: a time without a zone is taken
 * for local time by many readers. CSV has times as the native API prints them, from a time without a zone: the
 * engine would print a moment as the clock on the wall of this machine shows it.
 */
const FORMATS = {
  parquet: { options: "FORMAT parquet, COMPRESSION zstd", toTime: "make_timestamptz" },
  csv: { options: "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%gZ'", toTime: "make_timestamp" },
} as const;

/**
 * Writes the file; answers how many rows it has. A file that is there keeps its rights and gets other bytes: by itself the
 * engine would write another file beside it and put that one in its place. Rows are in the order of arrival: the engine keeps the order of the table
 * through a product with the one row that all names are in. Through a join with usage_name it does not: of 5 million facts and
 * 10 names none stayed in its place. Sorting them again would take room on the disk for the whole export.
 */
export async function exportUsage(connection: DuckDBConnection, order: FactExport): Promise<number> {
  const { options, toTime } = FORMATS[order.format];
  const columns = Object.entries(EXPORT_COLUMNS).map(
    ([name, sql]) => `${TIME_COLUMNS.includes(name) ? `${toTime}(${sql})` : sql} AS "${name}"`,
  );
  const own = order.organization === null ? "" : ` AND fact.organization = ${Math.trunc(order.organization)}`;
  const written = await connection.runAndReadAll(
    `COPY (
       SELECT ${columns.join(", ")}
       FROM usage_raw AS fact
       CROSS JOIN (SELECT list(name ORDER BY id) AS by_id FROM usage_name) AS names
       WHERE fact.time_ms >= ${Math.trunc(order.startMs)} AND fact.time_ms < ${Math.trunc(order.endMs)}${own}
     ) TO '${order.file.replaceAll("'", "''")}' (${options}, USE_TMP_FILE false)`,
  );
  return Number(written.getRows()[0]?.[0]);
}
