/**
 * Backup and restore of a data directory: store, catalogue and files as of one moment, with a list of what belongs to
 * it and what each file must hash to.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync } from "node:fs";
import { copyFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { backUpSqlite } from "./catalog/back-up-sqlite.ts";
import type { BackupSummary } from "./model/operations.ts";
import type { Clock } from "./platform/clock.ts";
import { AppError } from "./platform/errors.ts";
import { assertWhole, writeWholeFolder } from "./whole-folder.ts";

/** What a backup is made of. */
export type BackupParts = {
  readonly dataDir: string;
  /** The bucket that asset files lie in, as `s3://BUCKET/PREFIX`: what is there is not copied. Null: the data directory. */
  readonly filesBucket: string | null;
  readonly clock: Clock;
  /** Writes a copy of the store of one moment to a file that is not there. */
  readonly backUpStore: (file: string) => Promise<void>;
};

/** The names inside a data directory and, the same, inside a backup of it. */
export const STORE_FILE = "usage.duckdb";
export const CATALOG_FILE = "catalog.sqlite";
const FILES_FOLDER = "files";
const MANIFEST = "backup.json";
const DATA_DIRECTORY = "The data directory";

type Manifest = {
  readonly madeAt: string;
  /** As in BackupSummary. Not in the lists of older versions. */
  readonly leftOut?: string | null;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
};

/** What no data directory is without. */
const ALWAYS_THERE = [STORE_FILE, CATALOG_FILE];

/**
 * Builds the writer of backups: to `directory`, which must not be there or be empty. The backup appears under its name only
 * when it is whole, and nothing is left of one that fails. One at a time, and `catalog/conflict` for every other: a second
 * one to the same folder would clear away what the first has written, and the store has one name for its copy.
 */
export function buildBackUp(parts: BackupParts): (directory: string) => Promise<BackupSummary> {
  let running: string | null = null;
  return async (directory) => {
    const target = resolve(directory);
    if (running !== null) {
      const hint = "try again when it is done.";
      throw new AppError("catalog/conflict", `A backup to ${running} is being written already; ${hint}`);
    }
    running = target;
    try {
      const folder = { target, what: "The backup", last: MANIFEST };
      return summarize(target, await writeWholeFolder({ ...folder, write: (partial) => writeParts(parts, partial) }));
    } finally {
      running = null;
    }
  };
}

/**
 * The order matters while usage and uploads go on: the store goes first, because a thing is in the catalogue before
 * usage that names it; files go before the catalogue, so that a file deleted in between is there if the catalogue still
 * names it, and once more after it for those that came in between.
 */
async function writeParts(parts: BackupParts, partial: string): Promise<Manifest> {
  await parts.backUpStore(join(partial, STORE_FILE));
  await copyFiles(join(parts.dataDir, FILES_FOLDER), join(partial, FILES_FOLDER));
  await backUpSqlite(join(parts.dataDir, CATALOG_FILE), join(partial, CATALOG_FILE));
  await copyFiles(join(parts.dataDir, FILES_FOLDER), join(partial, FILES_FOLDER));
  const files = await describeFiles(partial);
  const manifest: Manifest = { madeAt: new Date(parts.clock.now()).toISOString(), leftOut: parts.filesBucket, files };
  const missing = findMissing(manifest);
  // Somebody else has taken it away: a backup without it would be found out on the day that it is needed.
  if (missing !== undefined) throw new AppError("catalog/conflict", `${missing} went out of ${partial} meanwhile.`);
  await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600 });
  return manifest;
}

function findMissing({ files }: Manifest): string | undefined {
  const names = new Set(files.map(({ name }) => name));
  return ALWAYS_THERE.find((name) => !names.has(name));
}

/**
 * Copies a backup into `dataDir`, which must not be there or be empty, after every file of it was found whole. Rejects
 * with `sources/unreadable-file` for what is no whole backup, such as one without store or catalogue; nothing is left in
 * `dataDir` then.
 */
export async function restore(directory: string, dataDir: string): Promise<BackupSummary> {
  const [source, target] = [resolve(directory), resolve(dataDir)];
  const manifest = await readManifest(source);
  const missing = findMissing(manifest);
  if (missing !== undefined) {
    throw new AppError("sources/unreadable-file", `${source} is no whole backup: ${missing} is not in it.`);
  }
  const folder = { target, what: DATA_DIRECTORY, last: CATALOG_FILE };
  await writeWholeFolder({ ...folder, write: (partial) => copyBack(source, manifest, partial) });
  return summarize(target, manifest);
}

async function copyBack(source: string, { files }: Manifest, partial: string): Promise<void> {
  for (const { name } of files) {
    await mkdir(dirname(join(partial, name)), { recursive: true });
    await copyFile(join(source, name), join(partial, name));
  }
  const hashes = new Map((await describeFiles(partial)).map((file) => [file.name, file.sha256]));
  const damaged = files.find((file) => hashes.get(file.name) !== file.sha256);
  if (damaged === undefined) return;
  throw new AppError("sources/unreadable-file", `${damaged.name} of the backup is damaged; nothing was restored.`);
}

/** Rejects with `catalog/conflict` for a data directory that a restore which was killed has begun to fill. */
export function assertRestoredWhole(dataDir: string): Promise<void> {
  return assertWhole(resolve(dataDir), DATA_DIRECTORY);
}

/** Copies every file below `from` that is not there yet. One that is gone by now was deleted: no longer named by anything. */
async function copyFiles(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  for (const name of listFiles(from)) {
    const copy = join(to, name);
    if (existsSync(copy)) continue;
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(from, name), copy).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

async function describeFiles(folder: string): Promise<Manifest["files"]> {
  const files: { name: string; bytes: number; sha256: string }[] = [];
  for (const name of listFiles(folder)) {
    const file = join(folder, name);
    files.push({ name, bytes: (await stat(file)).size, sha256: await hashFile(file) });
  }
  return files;
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

async function readManifest(source: string): Promise<Manifest> {
  const broken = (cause?: unknown) =>
    new AppError("sources/unreadable-file", `${source} is no whole backup: ${MANIFEST} cannot be read.`, { cause });
  const text = await readFile(join(source, MANIFEST), "utf8").catch((error: unknown) => {
    throw broken(error);
  });
  try {
    const manifest = JSON.parse(text) as Manifest;
    const leaves = (name: string) => relative(source, resolve(source, name)).startsWith("..");
    if (!Array.isArray(manifest.files) || manifest.files.some(({ name }) => leaves(name))) throw broken();
    return manifest;
  } catch (error) {
    throw error instanceof AppError ? error : broken(error);
  }
}

function summarize(directory: string, { files, leftOut = null }: Manifest): BackupSummary {
  return { directory, files: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0), leftOut };
}
