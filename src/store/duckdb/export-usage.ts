/**
 * Facts of a range -> a Parquet or CSV file, written by the engine itself. docs/export.md has the columns.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { USAGE_KINDS } from "../../model/usage-event.ts";
import type { FactExport } from "../usage-store.ts";

/** SQL of the text that a number of usage_name stands for; NULL for 0. The numbers go from 1 without gaps. */
const toName = (column: string): string => `list_extract(names.by_id, fact.${column})`;

/** The columns, in order: the name in the file and the SQL that gives it from a row of usage_raw called `fact`. */
export const EXPORT_COLUMNS = {
  time: "make_timestamp(fact.time_ms * 1000)",
  received: "make_timestamp(fact.received_ms * 1000)",
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

/** How files are written. CSV has times as the native API prints them. */
const FORMATS = {
  parquet: "FORMAT parquet, COMPRESSION zstd",
  csv: "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%gZ'",
} as const;

/**
 * Writes the file; answers how many rows it has. They are in the order of arrival: the engine keeps the order of the table
 * through a product with the one row that all names are in. Through a join with usage_name it does not: of 5 million facts and
 * 10 names none stayed in its place. Sorting them again would take room on the disk for the whole export.
 */
export async function exportUsage(connection: DuckDBConnection, order: FactExport): Promise<number> {
  const columns = Object.entries(EXPORT_COLUMNS).map(([name, sql]) => `${sql} AS "${name}"`);
  const own = order.organization === null ? "" : ` AND fact.organization = ${Math.trunc(order.organization)}`;
  const written = await connection.runAndReadAll(
    `COPY (
       SELECT ${columns.join(", ")}
       FROM usage_raw AS fact
       CROSS JOIN (SELECT list(name ORDER BY id) AS by_id FROM usage_name) AS names
       WHERE fact.time_ms >= ${Math.trunc(order.startMs)} AND fact.time_ms < ${Math.trunc(order.endMs)}${own}
     ) TO '${order.file.replaceAll("'", "''")}' (${FORMATS[order.format]})`,
  );
  return Number(written.getRows()[0]?.[0]);
}
