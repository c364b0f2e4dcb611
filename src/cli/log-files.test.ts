/** Which files a name, folder or pattern on the command line stands for. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkLogFiles } from "./log-files.ts";

let folder: string;
const cwd = process.cwd();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-files-"));
  for (const name of [
    "logs/a.gz",
    "logs/b.gz",
    "logs/.c.gz",
    "logs/.old/d.gz",
    "logs/sub/e.gz",
    ".kept/f.gz",
    "work/g",
  ]) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
  process.chdir(join(folder, "work"));
});
afterEach(() => {
  process.chdir(cwd);
  rmSync(folder, { recursive: true, force: true });
});

const namesOf = async (given: string) => (await checkLogFiles([given])).map(({ name }) => name);

describe("checkLogFiles", () => {
  it("finds what a pattern names beside or above the folder that one is in", async () => {
    expect(await namesOf("../logs/*.gz")).toEqual(["../logs/a.gz", "../logs/b.gz"]);
    expect(await namesOf("../*/sub/*")).toEqual(["../logs/sub/e.gz"]);
    expect(await namesOf("./*")).toEqual(["g"]);
    expect(await namesOf("../logs/../logs/a.*")).toEqual(["../logs/a.gz"]);
  });

  it("leaves hidden files and folders out, but for those that are named before the first wildcard", async () => {
    const below = ["logs/a.gz", "logs/b.gz", "logs/sub/e.gz"].map((name) => join(folder, name));
    expect(await namesOf(join(folder, "**/*.gz"))).toEqual(below);
    expect(await namesOf(join(folder, "logs"))).toEqual(below);
    expect(await namesOf("../logs")).toEqual(["../logs/a.gz", "../logs/b.gz", "../logs/sub/e.gz"]);
    expect(await namesOf("../.kept/*")).toEqual(["../.kept/f.gz"]);
    expect(await namesOf(join(folder, ".kept/*.gz"))).toEqual([join(folder, ".kept/f.gz")]);
    expect(await namesOf("../logs/.c.gz")).toEqual(["../logs/.c.gz"]);
    await expect(namesOf("../.*/*.gz")).rejects.toThrow("There is no file at ../.*/*.gz.");
  });
});
