/**
 * Kysely's SQLite dialect over node:sqlite, with transactions that wait for other processes without blocking this one.
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
  type TransactionSettings,
} from "kysely";
import { isBusy } from "./sqlite-errors.ts";

/** Prepared statements that are kept, and the longest text of one: lists of ids make texts that rarely come again. */
const STATEMENTS_MAX = 200;
const STATEMENT_CHARS_MAX = 4_000;

/** Pauses between two attempts to get the write lock: short at first, since most transactions take a few milliseconds. */
const PAUSES_MS = [1, 2, 4, 8, 16] as const;
const PAUSE_MS_MAX = 25;

/** A dialect on an open database. A write transaction waits up to `busyWaitMs` for other writers. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #database: DatabaseSync;
  readonly #busyWaitMs: number;

  constructor(database: DatabaseSync, busyWaitMs: number) {
    super({ database: toKyselyDatabase(database) });
    this.#database = database;
    this.#busyWaitMs = busyWaitMs;
  }

  override createDriver(): Driver {
    return new NodeSqliteDriver(this.#database, this.#busyWaitMs);
  }
}

/** Begins and ends transactions; everything else is Kysely's own driver. */
class NodeSqliteDriver extends SqliteDriver {
  readonly #database: DatabaseSync;
  readonly #busyWaitMs: number;

  constructor(database: DatabaseSync, busyWaitMs: number) {
    super({ database: toKyselyDatabase(database) });
    this.#database = database;
    this.#busyWaitMs = busyWaitMs;
  }

  /**
   * Takes the write lock at once (`begin immediate`): a transaction that reads first and asks for the lock later fails
   * when another one wrote in between, and waiting does not help it.
   */
  override async beginTransaction(connection: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    if (settings?.accessMode === "read only") {
      await connection.executeQuery(CompiledQuery.raw("begin"));
      return;
    }
    await retryWhileBusy(this.#busyWaitMs, async () => {
      await connection.executeQuery(CompiledQuery.raw("begin immediate"));
    });
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite itself rolls back after some errors (disk full); a second rollback would hide the first error.
    if (this.#database.isTransaction) await super.rollbackTransaction(connection);
  }
}

/**
 * Tries until the database is not locked by someone else, at most about `waitMs` long; then the last error is thrown.
 * The pauses are timers: SQLite's own waiting would stop the whole process, also the one transaction that is waited
 * for when it is in this very process.
 */
export async function retryWhileBusy<T>(waitMs: number, attempt: () => Promise<T>): Promise<T> {
  let waitedMs = 0;
  for (let attempts = 0; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || waitedMs >= waitMs) throw error;
    }
    const pauseMs = PAUSES_MS[attempts] ?? PAUSE_MS_MAX;
    await delay(pauseMs);
    waitedMs += pauseMs;
  }
}

/** The form that Kysely knows a database in. Closing is left to who opened it: Kysely closes only what it has used. */
function toKyselyDatabase(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => {},
    prepare: (text) => {
      const known = statements.get(text);
      if (known !== undefined) return known;
      const statement = toKyselyStatement(database, text);
      if (text.length > STATEMENT_CHARS_MAX) return statement;
      const [oldest] = statements.keys();
      if (statements.size >= STATEMENTS_MAX && oldest !== undefined) statements.delete(oldest);
      statements.set(text, statement);
      return statement;
    },
  };
}

function toKyselyStatement(database: DatabaseSync, text: string): SqliteStatement {
  const statement = database.prepare(text);
  // Kysely types parameters as unknown; those of the catalogue's queries are numbers, texts and nulls.
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  };
}
