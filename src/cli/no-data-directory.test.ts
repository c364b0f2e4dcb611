/**
 * What commands say of a data directory that is not there, or of one that has lost its store: never that there is no usage.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "./run-program.contract.ts";

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-no-data-"));
  dataDir = join(folder, "data");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (words: string, dir = dataDir) => runCommand([...words.split(" "), "--data-dir", dir]);

/** Work on stored usage. */
const ON_USAGE = [
  "query",
  "export --start 2026-01-01 --end 2026-02-01 --out never.csv",
  "rebuild",
  "source replay www",
];

describe("a data directory that is not there", () => {
  it.each([
    ...ON_USAGE,
    "backup copy",
    "doctor",
    "key rotate",
    "org list",
    "org update --id 1 --name x",
    "space create --org 1 --name x",
    "user create --org 1 --role member",
    "user list --org 1",
    "token list --org 1",
    "token revoke x --org 1",
    "repo create --org 1 --name x",
    "bucket create --org 1 --name x",
    "bucket list --org 1",
    "source list",
    "source show www",
    "source change www",
    "source pause www",
  ])("ends `%s` with 1 and its name, and is not made", async (words) => {
    const refusal = { status: 1, out: "" };
    expect(await run(words)).toEqual({
      ...refusal,
      error: `There is no data directory ${dataDir}; name it with --data-dir.\n`,
    });
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, "letter.txt"), "of somebody else");
    expect(await run(words)).toMatchObject(refusal);
    expect([readdirSync(folder), readdirSync(dataDir)]).toEqual([["data"], ["letter.txt"]]);
  });

  it("is made by what begins one", async () => {
    for (const words of ["org create --name One", "token create --org 1 --role admin", "source create a --format s3"]) {
      expect(await run(words, join(folder, words.replaceAll(" ", "-")))).toMatchObject({ status: 0 });
    }
  });
});

describe("a data directory without its store", () => {
  it.each([...ON_USAGE, "backup copy"])("ends `%s` with 1, and no store is made", async (words) => {
    await run("org create --name One");
    const store = join(dataDir, "usage.duckdb");
    const error = `${dataDir} has no usage store: nothing was taken in yet, or ${store} was moved away.\n`;
    expect(await run(words)).toEqual({ status: 1, out: "", error });
    expect(existsSync(store)).toBe(false);
  });
});
