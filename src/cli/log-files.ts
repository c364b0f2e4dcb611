/**
 * The files of an import: names, folders and patterns made to files, all of them checked before anything is read, then
 * each as a stream that counts its bytes.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, glob, open, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Readable } from "node:stream";
import { AppError } from "../platform/errors.ts";

/** One input. `bytes` is its length on disk, null for stdin and named pipes, whose length nobody knows. */
export type LogFile = { readonly name: string; readonly bytes: number | null };

/** The name of standard input on the command line. */
const STDIN_NAME = "-";

/** What only patterns hold. A file whose own name has them is taken as it is. */
const PATTERN = /[*?[{]/;

/** Bytes that are read at once: what is not a whole piece for toPieces of sources/ is copied once more. */
const PIECE_BYTES = 2 * 1024 * 1024;

/** Files of a program and not of a log: hidden ones, and those in hidden folders. `.` and `..` are ways and no names. */
const HIDDEN = /(^|\/)\.(?!\.?(\/|$))/;

/**
 * Makes folders (with all below, without hidden files) and patterns to files, by name. Checks that every file is there and
 * may be read, and that stdin is named once at most. Throws
 * `sources/unreadable-file` for the first that fails, so that half an import never happens because of a typing error.
 */
export async function checkLogFiles(names: readonly string[]): Promise<readonly LogFile[]> {
  const files: LogFile[] = [];
  for (const given of names) {
    if (given === STDIN_NAME) files.push({ name: given, bytes: null });
    else for (const name of await listFiles(given)) files.push(await checkFile(name));
  }
  if (files.filter((file) => file.name === STDIN_NAME).length > 1) {
    throw new AppError("sources/unreadable-file", "Standard input (-) can be read once only.");
  }
  return files;
}

/**
 * Throws `sources/unreadable-file` for the first name that is a folder, a pipe or a file that may not be read. A name
 * without a file is none: its file may be on its way.
 */
export async function checkFollowedFiles(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const status = await stat(name).catch(() => null);
    if (status === null) continue;
    if (status.isDirectory()) {
      const message = `${name} is a directory. Name its files, or a pattern in quotes such as '${join(name, "*.log")}'.`;
      throw new AppError("sources/unreadable-file", message);
    }
    if (!status.isFile()) throw new AppError("sources/unreadable-file", `${name} is no file that could grow.`);
    await checkFile(name);
  }
}

/** The bytes of a file, telling `onBytes` how many came with each piece. */
export async function* readLogFile(
  file: LogFile,
  stdin: Readable,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const isPlainFile = file.name !== STDIN_NAME && file.bytes !== null;
  const input: AsyncIterable<Uint8Array> = isPlainFile
    ? readPieces(file.name)
    : file.name === STDIN_NAME
      ? stdin
      : createReadStream(file.name, { highWaterMark: 1 << 18 });
  try {
    for await (const piece of input) {
      onBytes(piece.length);
      yield piece;
    }
  } catch (error) {
    throw explain(file.name, error);
  }
}

/**
 * A file in pieces as the thread that reads logs takes them, in memory that threads share: nothing is copied on the way, and
 * the collector of garbage does not run because of it.
 */
async function* readPieces(name: string): AsyncGenerator<Uint8Array> {
  const handle = await open(name, "r");
  try {
    for (;;) {
      const piece = new Uint8Array(new SharedArrayBuffer(PIECE_BYTES));
      const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return;
      yield bytesRead === PIECE_BYTES ? piece : piece.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** The files that one argument stands for: at least one. */
async function listFiles(given: string): Promise<readonly string[]> {
  const status = await stat(given).catch(() => null);
  const isPattern = status === null && PATTERN.test(given);
  if (status?.isDirectory() !== true && !isPattern) return [given];
  const pattern = isPattern ? given : "**/*";
  const named = isPattern ? fixedPart(given) : "";
  const found: string[] = [];
  for await (const name of glob(pattern, isPattern ? {} : { cwd: given })) {
    const path = isPattern ? name : join(given, name);
    const isFile = (await stat(path).catch(() => null))?.isFile() === true;
    if (isFile && !HIDDEN.test(relative(named, name))) found.push(path);
  }
  if (found.length === 0) throw new AppError("sources/unreadable-file", `There is no file at ${given}.`);
  return found.sort();
}

/** The folder that a pattern names before its first segment with a wildcard: who names a hidden one means it. */
function fixedPart(pattern: string): string {
  const segments = pattern.split("/");
  return (
    segments
      .slice(
        0,
        segments.findIndex((segment) => PATTERN.test(segment)),
      )
      .join("/") || (pattern.startsWith("/") ? "/" : "")
  );
}

async function checkFile(name: string): Promise<LogFile> {
  let handle: FileHandle | undefined;
  try {
    // A named pipe is not opened to look: that would wait for its writer, and closing it would end the writer.
    if ((await stat(name)).isFIFO()) return { name, bytes: null };
    handle = await open(name, "r");
    const status = await handle.stat();
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
