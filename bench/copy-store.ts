/**
 * A copy of a store's file for what writes to it.
 */
import { closeSync, constants, copyFileSync, fsyncSync, openSync } from "node:fs";

/**
 * Copies the file, and waits until the copy is on the disk. Else the engine's first checkpoint would wait for all of it, which no
 * server does: with 100 million events 1.6 to 2.6 s in place of 0.2.
 */
export function copyStore(file: string, to: string): void {
  copyFileSync(file, to, constants.COPYFILE_FICLONE);
  const copy = openSync(to, "r+");
  try {
    fsyncSync(copy);
  } finally {
    closeSync(copy);
  }
}
