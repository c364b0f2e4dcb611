/**
 * How far the roll-ups' tables go, in memory: what every read has to know, for which it would ask the engine once more
 * than for its rows. Only this process writes to the store.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { RollupTable } from "../usage-store.ts";
import { readRolledUp } from "./advance-rollups.ts";
import type { Transactions } from "./transactions.ts";

/** The number of the last commit that each table holds. */
export type RolledUp = ReadonlyMap<RollupTable, number>;

/** What is known of the committed state of the tables. */
export interface KnownRolledUp {
  /**
   * How far the tables go; null while that is being changed. Two calls that answer the same object say that nothing was
   * committed in between: a statement that began after the first and ended before the second read exactly this state.
   */
  known(): RolledUp | null;
  /**
   * Runs work that may add facts to the tables, in a transaction of its own; rejects with what it rejects with. One at
   * a time.
   */
  change<T>(connection: DuckDBConnection, work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
}

/** Begins with what is committed. */
export async function openKnownRolledUp(
  connection: DuckDBConnection,
  transactions: Pick<Transactions, "copy">,
): Promise<KnownRolledUp> {
  let known: RolledUp | null = await readRolledUp(connection);
  return {
    known: () => known,
    change: async (own, work) => {
      const before = known;
      let after = before;
      try {
        const result = await transactions.copy(own, async (inside) => {
          const worked = await work(inside);
          after = await readRolledUp(inside);
          // From here on a reader may or may not see what is committed next.
          known = null;
          return worked;
        });
        known = after;
        return result;
      } catch (error) {
        known = before;
        throw error;
      }
    },
  };
}
