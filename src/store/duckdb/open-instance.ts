/**
 * Opens the engine on a file, with its bounds, and says in words why it cannot.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { AppError } from "../../platform/errors.ts";

/** Where, and what the engine may use. `file` may be `:memory:`. */
export type InstanceOptions = {
  readonly file: string;
  readonly memoryBytesMax: number;
  readonly threads: number;
};

/** The engine with one store. Connections are closed by whoever asked for them, and before the engine. */
export interface StoreInstance {
  /** A connection to the store. */
  connect(): Promise<DuckDBConnection>;
  closeSync(): void;
}

/** The name of the store inside the engine. */
const STORE = "usage";

/**
 * Rows of a row group; the engine's own number is 122,880. What a checkpoint writes anew of every table that got rows is its
 * last row group, and what a look-up reads is whole row groups: both in a quarter of the time. 16 vectors of 8 bytes a row
 * fill a block of the file but for one value; of 15 the rest of the block stays empty. Row groups of files that were made with
 * other numbers stay as they are.
 */
export const ROW_GROUP_ROWS = 16 * 2_048;

/**
 * The engine moves its log into its file by itself from so many bytes on; the store does it long before, when it suits
 * (engine-log.ts).
 */
const OWN_CHECKPOINT = "1GB";

/**
 * Opens the engine. Rejects with `store/held` when another process has the file open and with `store/unavailable` when
 * it cannot be read.
 */
export async function openInstance(options: InstanceOptions): Promise<StoreInstance> {
  const inMemory = options.file === ":memory:";
  if (!inMemory) mkdirSync(dirname(options.file), { recursive: true });
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(options.threads),
    memory_limit: `${Math.floor(options.memoryBytesMax / 1024)}KiB`,
    checkpoint_threshold: OWN_CHECKPOINT,
    // Queries that outgrow the memory limit spill here instead of failing.
    ...(inMemory ? {} : { temp_directory: `${options.file}.tmp` }),
    // Nothing is ever fetched: extensions would come from the internet.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  }).catch((error: unknown) => {
    throw sayWhy(error, options.file);
  });
  try {
    const connection = await instance.connect();
    try {
      await connection.run(attachSql(options.file, STORE));
    } finally {
      connection.closeSync();
    }
  } catch (error) {
    instance.closeSync();
    throw sayWhy(error, options.file);
  }
  return {
    connect: async () => {
      const connection = await instance.connect();
      try {
        await connection.run(`USE ${STORE}`);
      } catch (error) {
        connection.closeSync();
        throw error;
      }
      return connection;
    },
    closeSync: () => instance.closeSync(),
  };
}

/**
 * The format of the file, the newest of the engine. By default it is one that DuckDB 1.0 reads, in which a checkpoint writes down
 * anew where every row group lies of a table that got rows: a third of its time with 60 million events. A file in an older format is
 * brought to this one by its next checkpoint.
 * @see https://duckdb.org/docs/stable/internals/storage "Storage Format", read 2026-11-30
 */
const STORAGE_VERSION = "v1.5.0";

/** Attaches a file to the engine under a name: the number of rows of a row group can be said of attached files alone. */
export function attachSql(file: string, name: string): string {
  const options = `TYPE duckdb, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, STORAGE_VERSION '${STORAGE_VERSION}'`;
  return `ATTACH '${file.replaceAll("'", "''")}' AS ${name} (${options})`;
}

function sayWhy(error: unknown, file: string): AppError {
  const text = error instanceof Error ? error.message : String(error);
  const holder = /\(PID (\d+)\)/.exec(text)?.[1];
  if (/\block on file\b/i.test(text)) {
    return new AppError(
      "store/held",
      `The usage store ${file} is held by ${holder === undefined ? "another process" : `process ${holder}`}. Stop it, or work through it.`,
      { cause: error },
    );
  }
  return new AppError("store/unavailable", `The usage store ${file} cannot be opened${whatToDo(text)}`, {
    cause: error,
  });
}

/** A log that ends early is no damage: the engine drops the commit that was being written, which nobody was told of. */
function whatToDo(text: string): string {
  if (!text.includes("WAL")) return ".";
  return (
    ": its log (the file beside it that ends in .wal) is damaged. Restore a backup; or move the log away, which loses " +
    "what was counted since the last checkpoint, and send that again."
  );
}
