/**
 * Which facts said what of which objects, written beside the facts. Read by corrections alone (object-corrections.ts).
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { ObjectChange } from "../../model/usage-row.ts";
import { identityColumnsOf, identitySql } from "./identity-columns.ts";
import { listOfValues } from "./multipart-uploads.ts";

/** What the fact with this identity says of the object with this key of object_size. */
export type NotedChange = {
  readonly key: string;
  readonly identity: Uint8Array;
  readonly timeMs: number;
  readonly object: ObjectChange;
};

/** Writes them, inside the commit of their facts. */
export async function writeObjectChanges(
  changes: readonly NotedChange[],
  receivedMs: number,
  connection: DuckDBConnection,
): Promise<void> {
  const listOf = (read: (change: NotedChange) => number | bigint | string) => listOfValues(changes, read);
  await connection.run(
    `INSERT INTO object_change
     SELECT unnest($1::VARCHAR[]), $2, unnest($3::UBIGINT[]), unnest($4::BIGINT[]), unnest($5::BIGINT[]),
       nullif(unnest($6::BIGINT[]), -1), nullif(unnest($7::INTEGER[]), -1) = 1, unnest($8::INTEGER[]) = 1`,
    [
      listOf(({ key }) => key),
      receivedMs,
      listOf(({ identity }) => identityColumnsOf(identity)[0]),
      listOf(({ identity }) => identityColumnsOf(identity)[1]),
      listOf(({ timeMs }) => timeMs),
      listOf(({ object }) => (object.upload !== undefined ? -1 : object.exists ? (object.size ?? 0) : 0)),
      listOf(({ object }) => (typeof object.upload?.part === "number" ? -1 : Number(object.exists))),
      listOf(({ object }) => Number(object.keepsVersions === true)),
    ],
  );
}

/**
 * Forgets those whose facts retention has dropped: from before the time that raw rows are kept from, and no later arrivals than
 * `receivedBeforeMs` (UTC ms). An event that was corrected may stay for its other time (retention.ts), and so does this.
 */
export async function forgetObjectChanges(connection: DuckDBConnection, receivedBeforeMs: number): Promise<void> {
  const fact = `${identitySql()}, received_ms`;
  const isOld = `received_ms < ${receivedBeforeMs}`;
  await connection.run(
    `DELETE FROM object_change WHERE ${isOld}
     AND time_ms < (SELECT coalesce(max(value), 0) FROM store_state WHERE name = 'kept_from/usage_raw')
     AND (${fact}) NOT IN (SELECT ${fact} FROM usage_raw WHERE correction <> 0 AND ${isOld})`,
  );
}
