/**
 * The files of an import: all of them checked before anything is read, then each as a stream that counts its bytes.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { AppError } from "../platform/errors.ts";

/** One input. `bytes` is its length on disk, null for stdin, whose length nobody knows. */
export type LogFile = { readonly name: string; readonly bytes: number | null };

/** The name of standard input on the command line. */
const STDIN_NAME = "-";

/**
 * Checks that every file is there, is no directory and may be read, and that stdin is named once at most. Throws
 * `sources/unreadable-file` for the first that fails, so that half an import never happens because of a typing error.
 */
export async function checkLogFiles(names: readonly string[]): Promise<readonly LogFile[]> {
  const files: LogFile[] = [];
  for (const name of names) files.push(name === STDIN_NAME ? { name, bytes: null } : await checkFile(name));
  if (files.filter((file) => file.bytes === null).length > 1) {
    throw new AppError("sources/unreadable-file", "Standard input (-) can be read once only.");
  }
  return files;
}

/** The bytes of a file, telling `onBytes` how many came with each piece. */
export async function* readLogFile(
  file: LogFile,
  stdin: Readable,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const input: Readable = file.bytes === null ? stdin : createReadStream(file.name, { highWaterMark: 1 << 18 });
  try {
    for await (const piece of input) {
      onBytes((piece as Buffer).length);
      yield piece as Buffer;
    }
  } catch (error) {
    throw explain(file.name, error);
  }
}

async function checkFile(name: string): Promise<LogFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(name, "r");
    const status = await handle.stat();
    if (status.isDirectory()) throw new AppError("sources/unreadable-file", `${name} is a directory, not a file.`);
    // A named pipe says that it has 0 bytes and may still have plenty.
    return { name, bytes: status.size };
  } catch (error) {
    throw explain(name, error);
  } finally {
    await handle?.close();
  }
}

function explain(name: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const sentences: Readonly<Record<string, string>> = {
    ENOENT: `${name} does not exist.`,
    EACCES: `${name} may not be read by this user.`,
    EISDIR: `${name} is a directory, not a file.`,
  };
  const { code, message } = error as NodeJS.ErrnoException;
  const sentence = sentences[code ?? ""] ?? `${name} cannot be read: ${message}.`;
  return new AppError("sources/unreadable-file", sentence, { cause: error });
}
