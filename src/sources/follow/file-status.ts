/**
 * A file as it is now: whether it can be followed, and whether it is the one of a place.
 */
import type { Stats } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError } from "../../platform/errors.ts";
import { isPacked } from "../access-log/decompress.ts";
import { hasHead } from "./file-head.ts";
import type { FileIdentity, FileNumbers, FilePlace } from "./file-place.ts";
import { hasTail } from "./file-tail.ts";

/** A file as a look has seen it. When it is opened, its name may be another one's: openSeen finds that out. */
export type SeenFile = { readonly path: string; readonly status: Stats };

/** Opens a file that was seen. Rejects with an error that isVanished knows when it is at its name no more. */
export async function openSeen({ path, status }: SeenFile): Promise<FileHandle> {
  const handle = await open(path, "r");
  if (isSameNumber(numbersOf(status), await handle.stat())) return handle;
  await handle.close();
  throw buildVanished(path);
}

/** The error of a path behind which something else was found than was seen there. */
export function buildVanished(path: string): Error {
  return Object.assign(new Error(`${path} was changed while it was looked at.`), { code: "ENOENT" });
}

/** True for the error of a file that was seen and is at its name no more: it is just being rotated, and another look finds it. */
export function isVanished(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** True for an error of the file system or of the system's limits, which says nothing of what is in a file. */
export function isSystemError(error: unknown): boolean {
  return isVanished(error) || (error instanceof Error && "syscall" in error);
}

/** True for the error of what nobody lets us read, which may stay so. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");
}

/**
 * Null where there is nothing: a file may be between two names. For what is there and cannot be a log, null as well where only
 * files are asked for; rejects otherwise.
 */
export async function statIfThere(path: string, onlyFiles = false): Promise<Stats | null> {
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new AppError("sources/unreadable-file", `${path} cannot be looked at: ${error.message}.`, { cause: error });
  });
  if (status === null || status.isFile()) return status;
  if (onlyFiles) return null;
  const what = status.isDirectory() ? "a directory" : "no regular file";
  throw new AppError("sources/unreadable-file", `${path} is ${what} and cannot be followed.`);
}

/** The file's own path where the name is a link to one; null where it is none, or leads nowhere. */
export async function findTarget(path: string): Promise<string | null> {
  try {
    const target = await realpath(path);
    // The folder may be a link as well: the files beside the name are then those beside the target.
    return target === join(await realpath(dirname(path)), basename(path)) ? null : target;
  } catch (error) {
    if (isVanished(error) || isForbidden(error)) return null;
    throw error;
  }
}

/** What a place says of a file as it is. */
export function numbersOf({ dev, ino, mtimeMs, size }: Stats): FileNumbers {
  return { device: dev, inode: ino, modifiedMs: mtimeMs, sizeBytes: size };
}

/** True when the file is the one of the place, and has not been cut since. */
export async function isSameFile(path: string, place: FilePlace, status: Stats): Promise<boolean> {
  if (!isSameNumber(place, status)) return false;
  return (await hasReadPart(path, place, status)) && (await hasHead(path, place));
}

/**
 * True when a file has what lies before the place, unless it begins in another way. Packed ones show that when they are read; one
 * that was cut, or written over with another one, has something else there.
 */
export async function hasReadPart(path: string, place: FilePlace, { size }: Pick<Stats, "size">): Promise<boolean> {
  return (await isPacked(path)) || (size >= place.offset && (await hasTail(path, place)));
}

/** True when the file has the number of the place: it is the same one under another name, unless that was given anew. */
export function isSameNumber(
  { device, inode }: Pick<FileIdentity, "device" | "inode">,
  { ino, dev }: Pick<Stats, "ino" | "dev">,
): boolean {
  return ino === inode && dev === device;
}

/** True when the file is the one of the numbers, and nobody has written to it since. */
export function isUnchanged(numbers: FileNumbers, status: Stats): boolean {
  const { modifiedMs, sizeBytes } = numbers;
  return isSameNumber(numbers, status) && status.mtimeMs === modifiedMs && status.size === sizeBytes;
}
