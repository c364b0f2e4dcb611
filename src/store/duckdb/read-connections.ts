/**
 * Connections that are read on: kept open between reads. To open one is a wait for a thread, as is the statement itself,
 * and where processors are busy such waits are most of the time.
 */
import type { DuckDBConnection } from "@duckdb/node-api";

/** So many are kept when nobody reads. */
const IDLE_MAX = 4;

/** Connections for reading. */
export interface ReadConnections {
  /** Runs work on a connection that nobody else uses meanwhile. It must leave no transaction; where it fails, it may. */
  use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Resolves when all work that is under way now has ended, well or not. */
  ended(): Promise<void>;
  /** Closes those that are idle, and from now on the others after their work. */
  close(): void;
}

/** None is open yet. */
export function buildReadConnections(connect: () => Promise<DuckDBConnection>): ReadConnections {
  let idle: DuckDBConnection[] = [];
  let kept = IDLE_MAX;
  const underWay = new Set<Promise<unknown>>();
  const use = async <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    const connection = idle.pop() ?? (await connect());
    let isClean = false;
    try {
      const result = await work(connection);
      isClean = true;
      return result;
    } finally {
      if (isClean && idle.length < kept) idle.push(connection);
      else connection.closeSync();
    }
  };
  return {
    use: async (work) => {
      const using = use(work);
      underWay.add(using);
      try {
        return await using;
      } finally {
        underWay.delete(using);
      }
    },
    ended: async () => {
      await Promise.allSettled(underWay);
    },
    close: () => {
      kept = 0;
      for (const connection of idle) connection.closeSync();
      idle = [];
    },
  };
}
