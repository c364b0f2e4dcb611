/**
 * A folder that is filled as a whole or not at all: written aside, and moved to its place when it is whole. What is written
 * is the caller's.
 */
import { chmod, mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "./platform/errors.ts";

/** What a folder that is being filled holds until it is whole. */
const PARTIAL = "assetmeter.partial";

/** What a freshly made disk holds: nobody's, and no reason to call its mount point not empty. */
const LOST_AND_FOUND = "lost+found";

/** What is written, and where it comes to lie. */
export type WholeFolder<Result> = {
  /** Not there, or empty. */
  readonly target: string;
  /** What the folder is in the words of a refusal: `The backup`. */
  readonly what: string;
  /** The entry that comes last, and without which nobody takes the folder for whole. Its folder's own entries otherwise. */
  readonly last: string;
  /** Fills a folder that is there and empty. */
  readonly write: (folder: string) => Promise<Result>;
};

/**
 * Fills `target`. Nothing is left of what fails before it is moved, and what somebody else has put there meanwhile stays;
 * `catalog/conflict` then, as for a folder that was not empty from the start. Where moving itself fails, the next try says so.
 */
export async function writeWholeFolder<Result>({ target, what, last, write }: WholeFolder<Result>): Promise<Result> {
  const isThere = await assertEmpty(target, what);
  // Inside a folder that is there: it may be a disk's mount point, which can be neither removed nor replaced, and beside
  // which another disk lies, with less room.
  const partial = isThere ? join(target, PARTIAL) : `${target}.partial`;
  // Nobody here writes it, so a process that was killed has left it.
  await rm(partial, { recursive: true, force: true });
  let isMoving = false;
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const result = await write(partial);
    if (isThere) {
      await assertEmpty(target, what);
      isMoving = true;
      await moveUp(partial, target, last);
    } else await rename(partial, target).catch((error: unknown) => failToTake(error, target, what));
    return result;
  } catch (error) {
    // It may be as large as the store, on a disk that is full. Where a part of it was moved it stays: it says that the rest is a part.
    if (!isMoving) await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Whether the folder is there. Rejects with `catalog/conflict` where something is in it; what a process that was killed had
 * written aside is not something, unless a part of it was moved already.
 */
async function assertEmpty(target: string, what: string): Promise<boolean> {
  const entries = await listEntries(target);
  if (entries === null) return false;
  const others = entries.filter((name) => name !== PARTIAL);
  if (others.length === 0) return true;
  throw conflict(
    others.length < entries.length
      ? `${what} ${target} holds a part of a copy that was cut off; remove what is in it and try again.`
      : `${what} ${target} is not empty; choose another one.`,
  );
}

async function moveUp(partial: string, target: string, last: string): Promise<void> {
  // A folder of somebody else's making may not be ours to close to other users; what is in it is then as open as it is.
  await chmod(target, 0o700).catch(() => undefined);
  const names = (await readdir(partial)).sort((a, b) => Number(a === last) - Number(b === last));
  for (const name of names) await rename(join(partial, name), join(target, name));
  await rmdir(partial);
}

/** The names in a folder, null where there is none. */
async function listEntries(folder: string): Promise<readonly string[] | null> {
  try {
    return (await readdir(folder)).filter((name) => name !== LOST_AND_FOUND);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** The system replaces an empty folder by ours and refuses for one that was filled meanwhile. */
function failToTake(error: unknown, target: string, what: string): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOTDIR") throw error;
  throw conflict(`${what} ${target} was taken meanwhile; choose another one.`);
}

function conflict(message: string): AppError {
  return new AppError("catalog/conflict", message);
}

/**
 * Rejects with `catalog/conflict` where a folder was being filled when the process was killed: a part of one is not to be
 * opened, and added to, as if it were all.
 */
export async function assertWhole(target: string, what: string): Promise<void> {
  const entries = await listEntries(target);
  if (entries === null || !entries.includes(PARTIAL)) return;
  const advice = "remove what is in it and restore the backup again.";
  throw conflict(`${what} ${target} holds a part of a backup whose restoring was cut off; ${advice}`);
}
