/**
 * The `paths` of a source -> the files that they name now. A name stands for a file also while that is not there.
 */
import { glob, stat } from "node:fs/promises";
import { resolve } from "node:path";

/** What of a source's `paths` names a file, and how the file is spelled by it. */
export type Naming = { readonly namedBy: readonly string[]; readonly spelling: string };

/**
 * The files that names and patterns stand for, by their full paths: `./a.log` and `a.log` are one file, whose lines would all
 * be received twice otherwise.
 */
export async function findNamed(paths: readonly string[]): Promise<ReadonlyMap<string, Naming>> {
  const named = new Map<string, Naming>();
  const add = (path: string, by: string, spelling: string): void => {
    const known = named.get(path);
    named.set(path, { namedBy: [...new Set([...(known?.namedBy ?? []), by])], spelling: known?.spelling ?? spelling });
  };
  for (const each of paths) {
    // A pattern is for files: a folder among them is none of its business.
    for await (const found of glob(each)) if (await isFile(found)) add(resolve(found), each, found);
    // A file that is between two names is not seen by the pattern; its name is followed all the same.
    if (!/[*?[{]/.test(each)) add(resolve(each), each, each);
  }
  return named;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}
