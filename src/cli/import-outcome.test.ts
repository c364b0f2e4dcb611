/** Imports of several files of which some cannot be read: what is said and counted, the same with and without a server. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogTotals } from "../model/source.ts";
import { AppError } from "../platform/errors.ts";
import { takeFiles } from "./import-outcome.ts";
import { type RunningProgram, runCommand, startProgram } from "./run-program.contract.ts";

const line = (number: number) =>
  `192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET /${number}.jpg HTTP/1.1" 200 ${number} "-" "x"\n`;

let folder: string;
let dataDir: string;
let server: RunningProgram | null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-outcome-"));
  dataDir = join(folder, "data");
  server = null;
  // As a web server leaves it.
  mkdirSync(join(folder, "nginx"));
  write("access.log", line(1) + line(2));
  write("access.log.2.gz", gzipSync(line(3)).subarray(0, -9));
  write("error.log", "2026/03/02 10:00:00 [error] 7#7: *1 open() failed\n");
  write("other.log", line(4));
});
afterEach(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: string | Buffer): void {
  writeFileSync(join(folder, "nginx", name), content);
}

describe.each(["without a server", "through a server"])("assetmeter import %s", (way) => {
  it("names each file that cannot be read, counts the others, and fails", async () => {
    if (way === "through a server") {
      await runCommand(["org", "create", "--id", "1", "--name", "Example", "--data-dir", dataDir]);
      await runCommand(["space", "create", "--org", "1", "--id", "1", "--name", "Site", "--data-dir", dataDir]);
      server = await startProgram(["serve", "--data-dir", dataDir, "--port", "0"]);
    }
    const args = ["import", join(folder, "nginx"), "--data-dir", dataDir];
    const at = (name: string) => join(folder, "nginx", name);
    const damaged =
      "The gzip archive is damaged or cut. Lines before the damage are counted; send the repaired file again.";
    const foreign =
      "No format reads the first lines of the log. Say which it is; if it is no access log, leave it out.";
    const { status, out, error } = await runCommand(args);
    expect([status, out]).toEqual([1, "received    3\naccepted    3\nduplicates  0\nrejected    0\n"]);
    expect(error.split("\n")).toEqual([
      `${at("access.log")}: combined, source combined`,
      `${at("other.log")}: combined, source combined`,
      expect.stringMatching(/^bytes .*, late 0$/),
      expect.stringMatching(/^from .* to /),
      `${at("access.log.2.gz")}: ${damaged}`,
      `${at("error.log")}: ${foreign}`,
      "",
    ]);
    const again = await runCommand([...args, "--json"]);
    expect(again.status).toBe(1);
    expect(JSON.parse(again.out)).toMatchObject({
      ...{ received: 3, accepted: 0, duplicates: 3 },
      files: [{ file: at("access.log"), duplicates: 2 }, { file: at("other.log") }],
      failed: [
        { file: at("access.log.2.gz"), code: "sources/corrupt-archive", message: damaged },
        { file: at("error.log"), code: "sources/unknown-format", message: foreign },
      ],
      not_begun: [],
      error: { code: "sources/unknown-format", message: `${at("error.log")}: ${foreign}` },
    });
  });
});

describe("takeFiles", () => {
  const NOTHING = { received: 0, source: "www" } as LogTotals;
  const files = [{ name: "a" }, { name: "b" }, { name: "c" }];
  const failAt = (name: string, error: Error) => async (file: { readonly name: string }) => {
    if (file.name === name) throw error;
    return NOTHING;
  };

  it.each(["store/unavailable", "store/held", "sources/paused"] as const)(
    "begins no other file after %s, which each of them would meet",
    async (code) => {
      const error = new AppError(code, "no");
      const outcome = await takeFiles(files, failAt("b", error));
      expect(outcome).toEqual({
        taken: [{ file: "a", totals: NOTHING }],
        failed: [{ file: "b", error }],
        notBegun: ["c"],
      });
    },
  );

  it("passes a defect of ours on as it is", async () => {
    await expect(takeFiles(files, failAt("b", new TypeError("x is undefined")))).rejects.toThrow("x is undefined");
  });
});
