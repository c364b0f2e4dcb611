/**
 * The names that a transaction has given numbers -> rows of usage_name, in that transaction. Gives no numbers itself: names.ts.
 */
import { type DuckDBConnection, listValue } from "@duckdb/node-api";
import type { WritableNames } from "./names.ts";

/**
 * Writes them, all in one statement: a sender who makes up a bucket for each of 10,000 events would else hold up every commit
 * behind this one by 10,000 statements.
 */
export async function writeNames(names: WritableNames, connection: DuckDBConnection): Promise<void> {
  const unwritten = names.unwritten();
  if (unwritten.length === 0) return;
  await connection.run("INSERT INTO usage_name SELECT unnest($1::INTEGER[]), unnest($2::VARCHAR[])", [
    listValue(unwritten.map(({ id }) => id)),
    listValue(unwritten.map(({ name }) => name)),
  ]);
}
