/**
 * Files beside a followed name: where the one of a place is now, and those that came and went between two looks.
 */
import type { Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hasHead } from "./file-head.ts";
import { type FileNumbers, type FilePlace, knownUntilMs } from "./file-place.ts";
import {
  buildVanished,
  findTarget,
  hasReadPart,
  isForbidden,
  isSameNumber,
  isSystemError,
  isUnchanged,
  isVanished,
  numbersOf,
  type SeenFile,
} from "./file-status.ts";

/** Files that are known to be others than the one that is looked for, by path, as they were then. */
export type RefusedFiles = ReadonlyMap<string, FileNumbers>;

/**
 * Where the file of a place is now: under another name beside `path`, as it was, copied or packed. Null where nothing of
 * the kind is there any more. A file of the same number goes first; others must begin with the same bytes. Those that are
 * `refused`, as they are, are left out. Rejects with an error that isVanished knows when files are renamed or packed meanwhile:
 * what is not found then may be there all the same.
 */
export async function findMoved(path: string, place: FilePlace, refused: RefusedFiles): Promise<SeenFile | null> {
  const names = await listNames(path, place);
  const list = () => readAllBeside(names, (name, own) => name.startsWith(stemOf(own)));
  const beside = await list();
  const candidates = beside.filter((file) => {
    const known = refused.get(file.path);
    if (known !== undefined && isUnchanged(known, file.status)) return false;
    // Nothing of a packed file that was read to its end is missing: another one that begins alike, as deliveries with one
    // header do, is another file.
    return isSameNumber(place, file.status) || !place.isDone;
  });
  const rank = ({ status }: SeenFile): number => (isSameNumber(place, status) ? 0 : 1);
  candidates.sort((a, b) => rank(a) - rank(b));
  for (const file of candidates) {
    if (await mayBe(file, place).catch((error: unknown) => refuseOther(error, file, place))) return file;
  }
  // It may have had one name when the others were looked at, and another one when it was its turn.
  if (printNames(await list()) !== printNames(beside)) throw buildVanished(dirname(path));
  return null;
}

/** False for what is no log at all, or is another file that nobody lets us read. Anything else says nothing of the file. */
function refuseOther(error: unknown, { status }: SeenFile, place: FilePlace): false {
  if (!isSystemError(error)) return false;
  if (isForbidden(error) && !isSameNumber(place, status)) return false;
  throw error;
}

/** Which file has which name. */
function printNames(files: readonly SeenFile[]): string {
  return JSON.stringify(files.map(({ path, status }) => [path, status.dev, status.ino]));
}

/** True when a file begins as that of the place, and has what lies before the place. Packed ones show that when they are read. */
async function mayBe({ path, status }: SeenFile, place: FilePlace): Promise<boolean> {
  // Every file begins as an empty one does: its number alone says which it is, and an older file got that before.
  if (place.headBytes === 0) return isSameNumber(place, status) && status.mtimeMs >= place.modifiedMs;
  return (await hasHead(path, place)) && (await hasReadPart(path, place, status));
}

/**
 * What a rotation puts behind a name: a number or a time, or the word for the only one that is kept, and what packs. Other
 * files beside a log are no logs (`access.log.offset`, `access.log.swp`).
 *
 *     access.log.1   access.log.2.gz   access.log-20261120   0.log.20261120-081500.gz   access.log.2026-11-20T08:15:00
 */
const ROTATED = /^[.-](old|\d[\dTZ:._+-]*)(\.(gz|zst|zstd|bz2|xz|lz4|lzma|zip|Z|br))*$/;

/**
 * Files that were read already: those that this look has read, and those that are `over`, as long as they are as they were. A
 * time would not do for these: a late line makes an older file younger than one that was written and rotated meanwhile.
 */
export type KnownFiles = { readonly files: readonly (SeenFile | null)[]; readonly over: readonly FileNumbers[] };

/**
 * Files beside `path` that were rotated after the file of the place was last read, oldest first, without those of `known`:
 * what was written and rotated while nobody looked. Their names begin with the path's own and go on as ROTATED says: nothing
 * else tells them from other logs in the folder, which may be those of other sources (`access-other.log`).
 */
export async function findMissed(path: string, place: FilePlace, known: KnownFiles): Promise<readonly SeenFile[]> {
  const names = await listNames(path, place);
  const beside = await readAllBeside(
    names,
    (name, own) => name.startsWith(own) && ROTATED.test(name.slice(own.length)),
  );
  const missed = beside.filter(({ status }) => {
    if (status.mtimeMs < knownUntilMs(place)) return false;
    // Read again, its lines would be duplicates, or count twice where they are older than duplicates are known.
    if (known.over.some((numbers) => isUnchanged(numbers, status))) return false;
    return !known.files.some((file) => file !== null && isSameNumber(numbersOf(file.status), status));
  });
  return missed.sort((a, b) => a.status.mtimeMs - b.status.mtimeMs);
}

/** Paths beside which the file of a place may be, the followed name first; and where that leads now. */
type Names = { readonly paths: readonly string[]; readonly taken: string };

/** A link's file is rotated where it is itself, and the link may have led to another one then. */
async function listNames(path: string, { target = null }: FilePlace): Promise<Names> {
  const now = await findTarget(path);
  const paths = new Set([path, target, now].filter((each) => each !== null));
  return { paths: [...paths], taken: now ?? path };
}

/** What is at or beside any of the paths, each file once, without the one that is at the followed name now. */
async function readAllBeside(
  { paths, taken }: Names,
  isAsked: (name: string, own: string) => boolean,
): Promise<readonly SeenFile[]> {
  const files: SeenFile[] = [];
  for (const path of paths) {
    for (const file of await readBeside(path, (name) => isAsked(name, basename(path)))) {
      const isHere = file.path === paths[0] || file.path === taken;
      if (!isHere && !files.some((each) => isSameNumber(numbersOf(each.status), file.status))) files.push(file);
    }
  }
  return files;
}

/**
 * The regular files in the folder of `path` whose names are asked for, by name; none where the folder is gone. What is no regular file
 * is not opened: a pipe would wait for its writer.
 */
async function readBeside(path: string, isAsked: (name: string) => boolean): Promise<readonly SeenFile[]> {
  const folder = dirname(path);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files: SeenFile[] = [];
  for (const name of names.filter(isAsked).sort()) {
    const file = join(folder, name);
    const status = await statListed(file);
    if (status?.isFile() === true) files.push({ path: file, status });
  }
  return files;
}

/** Null for a link that leads nowhere, or to where nobody lets us look. Rejects when the name has gone since it was listed. */
async function statListed(file: string): Promise<Stats | null> {
  try {
    return await stat(file);
  } catch (error) {
    const isLink = (await lstat(file)).isSymbolicLink();
    if (isLink && (isVanished(error) || isForbidden(error))) return null;
    throw error;
  }
}

/** `access.log` and `access.log.1`, `access-1.log` and so on begin alike: the name up to its first dot. */
function stemOf(path: string): string {
  return basename(path).split(".")[0] ?? "";
}
