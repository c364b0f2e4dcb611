/**
 * Which facts said what of which objects, written beside the facts. Read by corrections alone (object-corrections.ts).
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { ObjectChange } from "../../model/usage-row.ts";
import { identityColumnsOf, identitySql } from "./identity-columns.ts";
import { readKeptFrom } from "./kept-from.ts";

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
  // Lists of a statement would be made value by value on the thread that answers, and take many times as long.
  const appender = await connection.createAppender("object_change");
  try {
    for (const { key, identity, timeMs, object } of changes) {
      const [low, high] = identityColumnsOf(identity);
      appender.appendVarchar(key);
      appender.appendBigInt(BigInt(receivedMs));
      appender.appendUBigInt(low);
      appender.appendUInteger(high);
      appender.appendBigInt(BigInt(timeMs));
      if (object.upload !== undefined) appender.appendNull();
      else appender.appendBigInt(BigInt(object.exists ? (object.size ?? 0) : 0));
      if (typeof object.upload?.part === "number") appender.appendNull();
      else appender.appendBoolean(object.exists);
      appender.appendBoolean(object.keepsVersions === true);
      appender.endRow();
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

/**
 * Forgets those whose facts retention has dropped, at most `rowsMax` of them; answers how many. They are from before the time
 * that raw rows are kept from, and arrived before `receivedBeforeMs` (UTC ms). An event that was corrected may stay for its other
 * time (retention.ts), and so does this.
 */
export async function forgetObjectChanges(
  connection: DuckDBConnection,
  { receivedBeforeMs, rowsMax }: { readonly receivedBeforeMs: number; readonly rowsMax: number },
): Promise<number> {
  const { usage_raw: rawFromMs } = await readKeptFrom(connection);
  // All raw rows are kept: nothing to look through.
  if (rawFromMs === undefined) return 0;
  const fact = `${identitySql()}, received_ms`;
  const isOld = `received_ms < ${receivedBeforeMs}`;
  const deleted = await connection.runAndReadAll(
    `DELETE FROM object_change WHERE rowid IN (
       SELECT rowid FROM object_change WHERE ${isOld} AND time_ms < ${rawFromMs}
         AND (${fact}) NOT IN (SELECT ${fact} FROM usage_raw WHERE correction <> 0 AND ${isOld})
       LIMIT ${rowsMax}
     )`,
  );
  return Number(deleted.getRows()[0]?.[0]);
}
