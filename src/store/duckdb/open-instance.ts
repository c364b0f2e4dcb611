/**
 * Opens the engine on a file, with its bounds, and says in words why it cannot.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { AppError } from "../../platform/errors.ts";

/** Where, and what the engine may use. `file` may be `:memory:`. */
export type InstanceOptions = {
  readonly file: string;
  readonly memoryBytesMax: number;
  readonly threads: number;
};

/**
 * Opens the engine. Rejects with `store/held` when another process has the file open and with `store/unavailable` when
 * it cannot be read.
 */
export async function openInstance(options: InstanceOptions): Promise<DuckDBInstance> {
  const inMemory = options.file === ":memory:";
  if (!inMemory) mkdirSync(dirname(options.file), { recursive: true });
  try {
    return await DuckDBInstance.create(options.file, {
      threads: String(options.threads),
      memory_limit: `${Math.floor(options.memoryBytesMax / 1024)}KiB`,
      // Queries that outgrow the memory limit spill here instead of failing.
      ...(inMemory ? {} : { temp_directory: `${options.file}.tmp` }),
      // Nothing is ever fetched: extensions would come from the internet.
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const holder = /\(PID (\d+)\)/.exec(text)?.[1];
    if (/\block on file\b/i.test(text)) {
      throw new AppError(
        "store/held",
        `The usage store ${options.file} is held by ${holder === undefined ? "another process" : `process ${holder}`}. Stop it, or work through it.`,
        { cause: error },
      );
    }
    throw new AppError("store/unavailable", `The usage store ${options.file} cannot be opened${whatToDo(text)}`, {
      cause: error,
    });
  }
}

/** A log that ends early is no damage: the engine drops the commit that was being written, which nobody was told of. */
function whatToDo(text: string): string {
  if (!text.includes("WAL")) return ".";
  return (
    ": its log (the file beside it that ends in .wal) is damaged. Restore a backup; or move the log away, which loses " +
    "what was counted since the last checkpoint, and send that again."
  );
}
