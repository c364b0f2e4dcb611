/**
 * A FileStore in a folder of this machine. Files lie in subfolders by the first two characters of their key; what is
 * being written lies in a subfolder of its own, which is emptied when the place is opened.
 */
import { randomUUID } from "node:crypto";
import { access, constants, mkdir, open, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import send from "@fastify/send";
import { AppError } from "../platform/errors.ts";
import { withBodyErrors } from "./body-errors.ts";
import { checkBytes } from "./check-bytes.ts";
import { assertFileKey, type FileAnswer, type FileRequest, type FileStore } from "./file-store.ts";
import { buildHotFiles, streamPieces } from "./hot-files.ts";

/** The subfolder of unfinished files: no key has two characters, so no file's subfolder is called so. */
const UNFINISHED = "unfinished";

/** Files of up to this many bytes are sent from memory where they were sent lately: pictures, scripts, style sheets. */
const HOT_FILE_BYTES_MAX = 2 * 1024 * 1024;

/** Memory for such files. */
const HOT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Opens the folder, makes it where it is missing and removes what an earlier process did not finish: one process at a
 * time may have it open for writing.
 */
export async function openLocalFolder(path: string): Promise<FileStore> {
  const folder = resolve(path);
  const unfinished = join(folder, UNFINISHED);
  await withFileErrors(folder, async () => {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
  });
  const hot = buildHotFiles(HOT_BYTES_MAX);
  const pathOf = (key: string): string => {
    assertFileKey(key);
    return join(folder, key.slice(0, 2), key);
  };
  return {
    async put(key, source, bounds) {
      const path = pathOf(key);
      const temporary = join(unfinished, randomUUID());
      const checked = checkBytes(source, bounds);
      try {
        // Opened before anything can fail: a stream that is given up while it opens its file makes it after the `rm` below.
        const handle = await open(temporary, "wx");
        // `flush`: on disk before the name is, else a power cut could leave the name with no bytes behind it.
        await pipeline(checked.bytes, handle.createWriteStream({ flush: true }));
        await placeFile(folder, temporary, path);
        hot.delete(key);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw checked.failure()?.error ?? toFileError(folder, error);
      }
      return checked.result();
    },
    stat: (key) =>
      withFileErrors(folder, async () => {
        const found = await stat(pathOf(key)).catch(nullForMissing);
        return found === null ? null : { bytes: found.size };
      }),
    async answer(key, request) {
      const path = pathOf(key);
      const answer = await decideAnswer(folder, path.slice(folder.length), request);
      if (answer === null || answer.body === null || request.method === "HEAD") return answer;
      const { fileBytes, ...range } = toRange(answer.headers);
      if (fileBytes > HOT_FILE_BYTES_MAX) return openBody(folder, path, { answer, range });
      const file = await withFileErrors(folder, () => hot.get(key, () => readFile(path)).catch(nullForMissing));
      return file === null ? null : { ...answer, body: streamPieces(file.subarray(range.start, range.end + 1)) };
    },
    delete: (key) =>
      withFileErrors(folder, async () => {
        hot.delete(key);
        await unlink(pathOf(key)).catch(nullForMissing);
      }),
    ping: () => withFileErrors(folder, () => access(unfinished, constants.W_OK)),
    async close() {},
  };
}

/**
 * Opens the bytes before anything is answered: a file that cannot be opened would otherwise be a failure in the middle of an
 * answer that has its headers already. Null where it has gone meanwhile.
 */
async function openBody(
  folder: string,
  path: string,
  { answer, range }: { readonly answer: FileAnswer; readonly range: { readonly start: number; readonly end: number } },
): Promise<FileAnswer | null> {
  const handle = await withFileErrors(folder, () => open(path, "r").catch(nullForMissing));
  if (handle === null) return null;
  const body = withBodyErrors(handle.createReadStream(range), (error) => toFileError(folder, error));
  return { ...answer, body };
}

/** Gives a finished file its name. The folders are written too: a name that is only in memory is gone after a power cut. */
async function placeFile(folder: string, temporary: string, path: string): Promise<void> {
  const subfolder = join(path, "..");
  const isNew = (await mkdir(subfolder, { recursive: true })) !== undefined;
  await rename(temporary, path);
  await syncFolder(subfolder);
  if (isNew) await syncFolder(folder);
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Everything but the bytes. Ranges and conditions are the plugin's: @fastify/send reads method and headers of the request
 * and nothing else; asked for the HEAD it opens no file. It takes `Cache-Control: no-cache` for a wish not to be answered
 * 304, and Node's fetch sends that beside every If-None-Match.
 */
async function decideAnswer(folder: string, path: string, request: FileRequest): Promise<FileAnswer | null> {
  const { "cache-control": _, ...conditions } = request.headers;
  const asked = { method: "HEAD", headers: conditions } as unknown as Parameters<typeof send>[0];
  const sent = await send(asked, path, { root: folder, index: false, cacheControl: false, contentType: false });
  const headers = Object.fromEntries(
    Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  if (sent.type === "file") {
    const status = sent.statusCode as 200 | 206 | 304;
    return { status, headers, body: status === 304 ? null : sent.stream };
  }
  if (sent.statusCode === 404) return null;
  if (sent.statusCode === 412) return { status: 412, headers: {}, body: null };
  if (sent.statusCode === 416) {
    return { status: 416, headers: { "content-range": headers["content-range"] ?? "bytes */*" }, body: null };
  }
  throw toFileError(folder, sent.type === "error" ? sent.metadata.error : new Error("a folder in the place of a file"));
}

/** The first and the last byte that an answer has, and how long its file is. `bytes 2-4/26` of a range. */
function toRange(headers: Readonly<Record<string, string>>) {
  const [, start, end, fileBytes] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
  const length = Number(headers["content-length"]);
  if (start === undefined) return { start: 0, end: length - 1, fileBytes: length };
  return { start: Number(start), end: Number(end), fileBytes: Number(fileBytes) };
}

function nullForMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
  throw error;
}

async function withFileErrors<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFileError(folder, error);
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full: no file can be stored. Free some space.",
  EDQUOT: "The quota of the disk is used up: no file can be stored. Free some space.",
  EACCES: "The folder of files may not be read or written. Check its permissions.",
  EROFS: "The folder of files is on a disk that cannot be written.",
  EMFILE: "Too many files are open. Try again.",
};

function toFileError(folder: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof AppError || code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  const sentence = SENTENCES[code] ?? "The folder of files cannot be read or written.";
  return new AppError("files/unavailable", sentence, { cause: error, internal: { folder, code } });
}
