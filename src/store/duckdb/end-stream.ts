/**
 * Ends a stream of rows whose rest nobody wants.
 */
import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";

/**
 * Ends the statement that gives the rows. A result that was not read to its end keeps its connection until it is collected as
 * garbage, even when that was closed: its snapshot, so that the engine's log cannot be moved, and the engine with the lock on
 * its file. Whoever opened the store again in the same process had two engines that wrote to one file, and lost it.
 */
export async function endStream(connection: DuckDBConnection, result: DuckDBResult): Promise<void> {
  connection.interrupt();
  try {
    // What lies ready comes first; then the engine notices, and lets go.
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
    }
  } catch {
    // That it was interrupted.
  }
}
