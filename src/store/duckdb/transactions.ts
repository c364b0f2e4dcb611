/**
 * Transactions of one store, and who was reading while a commit failed. When a commit fails in the engine, for want of room
 * say, the rows that it had put into the tables are taken back, and another connection that reads meanwhile may see some of
 * them: in DuckDB 1.5.5 four of 642 sums were too large by 848 rows while 799 commits failed (failed-commits.test.ts). So
 * what was read while a commit failed is read again, and never written anywhere.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { AppError } from "../../platform/errors.ts";

/** How many commits had failed at some moment. */
export type Mark = number;

/** So often something is read beside commits that may fail, before it is read without any. */
const DISTURBED_READS_MAX = 2;

/** The transactions of all connections of one store. */
export interface Transactions {
  /** Runs `work` in a transaction; rolls back and rejects with what it rejects with. */
  write<T>(connection: DuckDBConnection, work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /**
   * The same for work that copies what it reads of rows that another connection writes. Rejects with `store/unavailable`,
   * and nothing is written, when a commit failed meanwhile.
   */
  copy<T>(connection: DuckDBConnection, work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Answers what `reading` reads; reads again when a commit failed meanwhile, and in the end `alone`, while nothing commits. */
  read<T>(reading: () => Promise<T>, alone: () => Promise<T>): Promise<T>;
  /** To be taken before something is read. */
  mark(): Mark;
  /** Whether what was read since the mark is what was committed. Waits for commits that are under way, not for their batches. */
  isExact(since: Mark): Promise<boolean>;
  /** False as soon as it is known that it is not: for what must not wait. `isExact` has to be asked in the end. */
  mayBeExact(since: Mark): boolean;
}

/** No transaction runs. `onCommitted` is called after every commit, and must not throw. */
export function buildTransactions(onCommitted: () => void = () => {}): Transactions {
  let failedCommits = 0;
  const underWay = new Set<Promise<unknown>>();
  const commit = async (connection: DuckDBConnection): Promise<void> => {
    const committed = connection.run("COMMIT").catch((error: unknown) => {
      failedCommits++;
      throw error;
    });
    const settled = committed.catch(() => undefined);
    underWay.add(settled);
    try {
      await committed;
    } finally {
      underWay.delete(settled);
    }
  };
  const isExact = async (since: Mark): Promise<boolean> => {
    await Promise.all(underWay);
    return failedCommits === since;
  };
  const write: Transactions["write"] = async (connection, work) => {
    await connection.run("BEGIN TRANSACTION");
    let result: Awaited<ReturnType<typeof work>>;
    try {
      result = await work(connection);
      await commit(connection);
    } catch (error) {
      // A failed COMMIT has already ended the transaction; rolling back again then fails, which changes nothing.
      await connection.run("ROLLBACK").catch(() => undefined);
      throw error;
    }
    onCommitted();
    return result;
  };
  return {
    write,
    copy: (connection, work) => {
      const since = failedCommits;
      return write(connection, async () => {
        const result = await work(connection);
        if (!(await isExact(since))) throw buildDisturbed();
        return result;
      });
    },
    read: async (reading, alone) => {
      for (let reads = 0; reads < DISTURBED_READS_MAX; reads++) {
        const since = failedCommits;
        const result = await reading();
        if (await isExact(since)) return result;
      }
      return alone();
    },
    mark: () => failedCommits,
    isExact,
    mayBeExact: (since) => failedCommits === since,
  };
}

/** What was read while a commit failed may hold some of its rows. */
export function buildDisturbed(): AppError {
  return new AppError(
    "store/unavailable",
    "A commit failed while this was read, so it may not be exact. Try again; the log says why commits fail.",
    { retryAfterS: 1 },
  );
}
