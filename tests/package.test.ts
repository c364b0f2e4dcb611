/**
 * The package that npm would publish starts: Node strips no types below node_modules, so it holds built JavaScript, and
 * the schema files that the program reads beside it.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "assetmeter-package-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the packed package", () => {
  it("holds what it needs, starts a server on an empty folder, and ends with 0", async () => {
    const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    // The build that runs before prints first; the list is the last JSON array.
    const [{ filename, files }] = JSON.parse(packed.slice(packed.lastIndexOf("\n[") + 1)) as [
      { filename: string; files: { path: string }[] },
    ];
    const paths = files.map(({ path }) => path);
    expect(paths).toContain("LICENSE");
    expect(paths).toContain("dist/store/duckdb/schema/001_usage_raw.sql");
    expect(paths.filter((path) => /\.test\.|\.contract\.|^src\//.test(path))).toEqual([]);

    const installed = join(folder, "node_modules", "assetmeter");
    mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", join(folder, filename), "-C", installed, "--strip-components=1"]);
    symlinkSync(join(ROOT, "node_modules"), join(installed, "node_modules"));
    const launcher = join(installed, "bin", "assetmeter.js");
    const server = spawn(process.execPath, [launcher, "serve", "--port", "0", "--data-dir", join(folder, "data")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let url: string | undefined;
    for await (const line of createInterface({ input: server.stdout })) {
      url = /listening on (http:\S+)/.exec(line)?.[1];
      if (url !== undefined) break;
    }
    const health = await fetch(`${url}/readyz`);
    expect(health.status).toBe(200);
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});
