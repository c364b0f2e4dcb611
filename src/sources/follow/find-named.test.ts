/** What names and patterns stand for: files with signs of patterns in their own names, and folders that may not be read. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asNobody } from "./as-nobody.contract.ts";
import { findNamed } from "./find-named.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assetmeter-named-"));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function find(...names: readonly string[]) {
  const { named, unreadable } = await asNobody(() => findNamed(names.map((name) => join(folder, name))));
  const relative = (paths: Iterable<string>) => [...paths].map((path) => path.slice(folder.length + 1)).sort();
  return [relative(named.keys()), relative(unreadable.keys())];
}

describe("findNamed", () => {
  test("takes a name for the file that has it, whatever signs of patterns are in it, and for a pattern otherwise", async () => {
    for (const name of ["acc[1].log", "acc1.log", "acc2.log"]) await writeFile(join(folder, name), "");
    expect(await find("acc[1].log")).toEqual([["acc[1].log"], []]);
    expect(await find("acc[12].log")).toEqual([["acc1.log", "acc2.log"], []]);
  });

  test("names the folders that patterns go through and may not read: nobody knows which files are there", async () => {
    for (const name of ["open", "closed", "closed/below"]) await mkdir(join(folder, name));
    for (const name of ["open/a.log", "closed/b.log", "c.log"]) await writeFile(join(folder, name), "");
    const patterns = ["*/*.log", "*/b.log", "**/*.log", "closed/*.log"];
    await chmod(join(folder, "closed"), 0o000);
    const found: Awaited<ReturnType<typeof find>>[] = [];
    for (const pattern of patterns) found.push(await find(pattern));
    await chmod(join(folder, "closed"), 0o755);
    expect(found.map(([, unreadable]) => unreadable)).toEqual([["closed"], ["closed"], ["closed"], ["closed"]]);
    expect(found[0]).toEqual([["open/a.log"], ["closed"]]);
    expect(await find("*/*.log", "none/*.log", "c.log/*.log")).toEqual([["closed/b.log", "open/a.log"], []]);
  });

  test("names a file that it may list and not look at", async () => {
    await mkdir(join(folder, "listed"));
    await writeFile(join(folder, "listed", "a.log"), "");
    await chmod(join(folder, "listed"), 0o744);
    expect(await find("listed/*.log")).toEqual([[], ["listed", "listed/a.log"]]);
  });
});
