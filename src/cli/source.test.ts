/** What making a source says beside the source, and which files it names. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "./run-program.contract.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "assetmeter-source-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe("assetmeter source create", () => {
  it("warns of lines that a shield writes once more, where the format cannot tell them", async () => {
    const create = (name: string, format: string) =>
      runCommand(["source", "create", name, "--format", format, "--data-dir", dataDir, "--json"]);
    const classic = await create("cdn", "fastly-classic");
    expect(classic.status).toBe(0);
    expect(JSON.parse(classic.out)).toMatchObject({ name: "cdn", format: "fastly-classic" });
    expect(classic.error).toContain("with shielding, what passes a shield counts twice. Use fastly-json");
    expect(await create("json", "fastly-json")).toMatchObject({ status: 0, error: "" });
    // Of a source that was not made there is nothing to warn of.
    const again = await create("cdn", "fastly-classic");
    expect([again.status, again.error]).toEqual([1, "There is a source cdn already.\n"]);
  });

  it("names files by their full paths, as they are seen from where it runs", async () => {
    const run = async (...args: string[]) =>
      JSON.parse((await runCommand(["source", ...args, "--data-dir", dataDir, "--json"])).out).settings.paths;
    const made = await run("create", "www", "--format", "combined", "--path", "logs/access.log", "/var/log/*.log");
    expect(made).toEqual([resolve("logs/access.log"), "/var/log/*.log"]);
    expect(await run("change", "www", "--path", "./*.log")).toEqual([resolve("*.log")]);
  });
});
