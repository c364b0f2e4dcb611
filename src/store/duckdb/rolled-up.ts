/**
 * How far the roll-ups' tables go, in memory, and which facts wait for them: what every read has to know, for which it would
 * ask the engine once more than for its rows. Only this process writes to the store.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { RollupTable } from "../usage-store.ts";
import { notRolledUp, readRolledUp } from "./advance-rollups.ts";
import type { Transactions } from "./transactions.ts";
import { buildWaitingFacts, type WaitingFacts } from "./waiting-facts.ts";

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
   * How far the tables went before the change that is under way; null while none is. A statement that runs meanwhile may
   * read the state before or after it.
   */
  changing(): RolledUp | null;
  /** Facts that the tables of `known` may not hold. Every commit is noted here before anybody may see it. */
  readonly waiting: WaitingFacts;
  /** So many facts waited at the open. */
  readonly waitedAtOpen: number;
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
  const atOpen = await readRolledUp(connection);
  let known: RolledUp | null = atOpen;
  let changing: RolledUp | null = null;
  const waiting = buildWaitingFacts();
  const waitedAtOpen = await noteWaiting(connection, leastOf(atOpen), waiting);
  return {
    known: () => known,
    changing: () => changing,
    waiting,
    waitedAtOpen,
    change: async (own, work) => {
      const before = known;
      let after = before;
      changing = before;
      try {
        const result = await transactions.copy(own, async (inside) => {
          const worked = await work(inside);
          after = await readRolledUp(inside);
          // From here on a reader may or may not see what is committed next.
          known = null;
          return worked;
        });
        known = after;
        if (after !== null) waiting.settle(leastOf(after));
        return result;
      } catch (error) {
        known = before;
        throw error;
      } finally {
        changing = null;
      }
    },
  };
}

/** The last commit that every table holds. */
function leastOf(rolledUp: RolledUp): number {
  return Math.min(...rolledUp.values());
}

/** Notes the facts that no step has added to every table, as one commit; answers how many they are. */
async function noteWaiting(connection: DuckDBConnection, rolledUp: number, waiting: WaitingFacts): Promise<number> {
  const answer = await connection.runAndReadAll(
    `SELECT count(*), max(commit_number), min(time_ms), max(time_ms) FROM usage_raw WHERE ${notRolledUp(rolledUp)}`,
  );
  const [facts = 0, lastCommit = 0, firstMs = 0, lastMs = 0] = (answer.getRows()[0] ?? []).map(Number);
  if (facts > 0) waiting.note(lastCommit, { startMs: firstMs, endMs: lastMs + 1 });
  return facts;
}

/**
 * The largest number that a commit has had. Raw rows may be gone; without what the roll-ups hold, commits would be numbered
 * anew from 1, and their facts would pass for ones that the roll-ups' tables have.
 */
export async function readLastCommit(connection: DuckDBConnection): Promise<number> {
  const answer = await connection.runAndReadAll("SELECT coalesce(max(commit_number), 0) FROM usage_raw");
  return Math.max(Number(answer.getRows()[0]?.[0]), ...(await readRolledUp(connection)).values());
}
