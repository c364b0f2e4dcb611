/** What is said of a source and beside it, what settings it is given, and which files it names. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "./run-program.contract.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "assetmeter-source-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe("assetmeter source show", () => {
  const run = (...words: string[]) => runCommand(["source", ...words, "--data-dir", dataDir]);
  const write = (text: string): string => {
    const file = join(dataDir, "settings.json");
    writeFileSync(file, text);
    return file;
  };

  it("prints what source change and source create take, in the names of the API", async () => {
    const settings = write('{"sample_rate": 0.5, "time_zone": "Europe/Berlin", "oldest_days": 30}');
    await run("create", "www", "--format", "s3", "--settings", settings);
    const shown = await run("show", "www");
    expect(JSON.parse(shown.out)).toMatchObject({
      ...{ name: "www", format: "s3", space_id: null, sample_rate: 0.5, time_zone: "Europe/Berlin", oldest_days: 30 },
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    await run("change", "www", "--settings", write('{"sample_rate": 1, "oldest_days": null}'));
    expect(await run("change", "www", "--settings", write(shown.out))).toEqual(shown);
    const copied = await run("create", "copy", "--format", "s3", "--settings", write(shown.out), "--json");
    const { name: _, created_at: __, ...rest } = JSON.parse(shown.out);
    expect(JSON.parse(copied.out)).toMatchObject({ ...rest, name: "copy" });
    const listed = JSON.parse((await run("list", "--json")).out);
    expect(listed.sources).toEqual([JSON.parse(copied.out), JSON.parse(shown.out)]);
  });

  it("prints nothing that a source of another format takes", async () => {
    await run("create", "www", "--format", "s3");
    await run("create", "cdn", "--format", "bunny");
    const file = write((await run("show", "www")).out);
    const error = `${file} is of a source of the format s3; that of a source never changes.\n`;
    expect(await run("change", "cdn", "--settings", file)).toEqual({ status: 1, out: "", error });
  });
});

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
      JSON.parse((await runCommand(["source", ...args, "--data-dir", dataDir, "--json"])).out).paths;
    const made = await run("create", "www", "--format", "combined", "--path", "logs/access.log", "/var/log/*.log");
    expect(made).toEqual([resolve("logs/access.log"), "/var/log/*.log"]);
    expect(await run("change", "www", "--path", "./*.log")).toEqual([resolve("*.log")]);
  });
});
