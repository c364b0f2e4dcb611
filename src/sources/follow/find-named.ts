/**
 * The `paths` of a source -> the files that they name now, and what nobody lets us look at. A name stands for a file also while
 * that is not there.
 */
import { glob, opendir, stat } from "node:fs/promises";
import { normalize, resolve } from "node:path";
import { AppError } from "../../platform/errors.ts";

/** What of a source's `paths` names a file, and how the file is spelled by it. */
export type Naming = { readonly namedBy: readonly string[]; readonly spelling: string };

/** What is named, by full paths. `unreadable`: folders, and files of patterns, that could not be looked at, and why. */
export type NamedFiles = {
  readonly named: ReadonlyMap<string, Naming>;
  readonly unreadable: ReadonlyMap<string, AppError>;
};

/** What only patterns hold. A file whose own name has them is taken as it is. */
const PATTERN = /[*?[{]/;

/** Errors of paths at which there is nothing, as opposed to something that cannot be looked at. */
const IS_NOTHING: readonly unknown[] = ["ENOENT", "ENOTDIR", "ELOOP"];

/**
 * The files that names and patterns stand for, by their full paths: `./a.log` and `a.log` are one file, whose lines would all
 * be received twice otherwise.
 */
export async function findNamed(paths: readonly string[]): Promise<NamedFiles> {
  const named = new Map<string, Naming>();
  const unreadable = new Map<string, AppError>();
  const add = (path: string, by: string, spelling: string): void => {
    const known = named.get(path);
    named.set(path, { namedBy: [...new Set([...(known?.namedBy ?? []), by])], spelling: known?.spelling ?? spelling });
  };
  /** Null where it answers that there is nothing, and where it fails. */
  const look = <T>(path: string, does: (path: string) => Promise<T>): Promise<T | null> =>
    does(path).catch((error: NodeJS.ErrnoException) => {
      if (IS_NOTHING.includes(error.code)) return null;
      const full = resolve(path);
      const sentence = `${full} cannot be looked at, and files of the source may be there: ${error.message}.`;
      unreadable.set(full, new AppError("sources/unreadable-file", sentence, { cause: error }));
      return null;
    });
  for (const each of paths) {
    const isPattern = PATTERN.test(each) && (await stat(each).catch(() => null))?.isFile() !== true;
    // A file that is between two names is not seen by the pattern; its name is followed all the same.
    if (!isPattern) {
      add(resolve(each), each, normalize(each));
      continue;
    }
    // A pattern is for files: a folder among them is none of its business.
    for await (const found of glob(each))
      if ((await look(found, stat))?.isFile() === true) add(resolve(found), each, found);
    // It passes over folders that it may not read without a word.
    for await (const folder of listFolders(each)) {
      if ((await look(`${folder}/.`, stat))?.isDirectory() === true) await look(folder, readFolder);
    }
  }
  return { named, unreadable };
}

/** Rejects where the names in a folder may not be read. */
async function readFolder(path: string): Promise<void> {
  await (await opendir(path)).close();
}

/** What a pattern looks into: what is before its first wildcard, and what its further parts stand for, folders or not. */
async function* listFolders(pattern: string): AsyncGenerator<string> {
  const parts = splitPattern(pattern);
  for (let end = parts.findIndex((part) => PATTERN.test(part)); end < parts.length; end++) {
    const before = parts.slice(0, end).join("/");
    if (PATTERN.test(before)) yield* glob(before);
    else yield before || (pattern.startsWith("/") ? "/" : ".");
  }
}

/** A slash in braces divides alternatives, and no folders. */
function splitPattern(pattern: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const letter of pattern) {
    depth += { "{": 1, "}": -1 }[letter] ?? 0;
    if (letter === "/" && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts;
}
