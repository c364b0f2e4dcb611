/**
 * UsageRow[] -> the temporary table `batch`. Which numbers stand for what is decided here and in flavor.ts.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { UsageRow } from "../../model/usage-row.ts";
import { encodeKind } from "./flavor.ts";
import { stageIdentities } from "./identity-columns.ts";
import type { WritableNames } from "./names.ts";
import { type StagedColumn, stageColumns } from "./stage-columns.ts";

/**
 * Makes `batch` anew inside the running transaction and fills it with `rows`, in their order. 64-bit integers travel as
 * DOUBLE, which holds every integer up to 2^53 exactly and needs no BigInt per value; the inserts cast them back before
 * anything is added up.
 */
export async function stageRows(
  connection: DuckDBConnection,
  rows: readonly UsageRow[],
  names: WritableNames,
): Promise<void> {
  await stageColumns(connection, "batch", buildColumns(rows, names), rows.length);
}

function buildColumns(rows: readonly UsageRow[], names: WritableNames): StagedColumn[] {
  const integers = (name: string, read: (row: UsageRow) => number): StagedColumn => ({
    name,
    type: "INTEGER",
    values: Int32Array.from(rows, read).buffer,
  });
  const doubles = (name: string, read: (row: UsageRow) => number): StagedColumn => ({
    name,
    type: "DOUBLE",
    values: Float64Array.from(rows, read).buffer,
  });
  return [
    ...stageIdentities(Buffer.concat(rows.map(({ identity }) => identity))),
    { name: "row_index", type: "INTEGER", values: Int32Array.from(rows, (_, index) => index).buffer },
    doubles("time_ms", (row) => row.timeMs),
    doubles("organization", (row) => row.organization),
    integers("source", (row) => names.ensure(row.source)),
    integers("kind", (row) => encodeKind(row.kind)),
    doubles("space", (row) => row.space ?? 0),
    doubles("user_id", (row) => row.user ?? 0),
    integers("bucket", (row) => names.ensure(row.bucket ?? "")),
    doubles("asset", (row) => row.asset ?? 0),
    integers("operation", (row) => names.ensure(row.operation)),
    doubles("count", (row) => row.count),
    doubles("bytes_in", (row) => row.bytesIn),
    doubles("bytes_out", (row) => row.bytesOut),
    doubles("size_delta", (row) => row.sizeDelta),
    doubles("objects_delta", (row) => row.objectsDelta),
  ];
}
