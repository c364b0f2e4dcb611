/**
 * Folders and files that other users of the machine may not read: a data directory holds keys that make anybody admin.
 */
import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/** What a mode grants to others than the owner. */
const OTHERS_READ = 0o044;
const OTHERS_ENTER = 0o011;

/** Makes a folder, and those above it that are missing, for its owner alone. One that is there stays as its owner wants it. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
}

/**
 * Makes an empty file for its owner alone. One that is there is not even opened: a process that closes any descriptor of a file
 * loses all of its POSIX locks on it, those of SQLite too. Throws what the system says otherwise.
 *
 * @see https://www.sqlite.org/howtocorrupt.html "Posix advisory locks canceled by a separate thread doing close()"
 */
export function makePrivateFile(file: string): void {
  try {
    // The mode is chosen at once and not by a chmod afterwards: who has opened a file before keeps it open.
    closeSync(openSync(file, "ax", PRIVATE_FILE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Whether others than its owner may read a file: by its own mode and that of its folder. False where it is not there. */
export function isOpenToOthers(file: string): boolean {
  const readers = modeOf(file) & OTHERS_READ;
  const enterers = modeOf(dirname(file)) & OTHERS_ENTER;
  // Class by class: who is in the group goes by the group's bits of both.
  return (readers & (enterers << 2)) !== 0;
}

function modeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
}
