/**
 * One transaction on one connection: all of it or nothing.
 */
import type { DuckDBConnection } from "@duckdb/node-api";

/** Runs `work` in a transaction; rolls back and rejects with what it rejects with. */
export async function inTransaction<T>(
  connection: DuckDBConnection,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  await connection.run("BEGIN TRANSACTION");
  try {
    const result = await work(connection);
    await connection.run("COMMIT");
    return result;
  } catch (error) {
    await connection.run("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
