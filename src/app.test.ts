/**
 * The data directory that the program makes, and who on the machine may read it.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeDemoNote } from "./cli/demo/demo-folder.ts";
import { runCommand, startProgram } from "./cli/run-program.contract.ts";
import { writeServerFile } from "./cli/server-file.ts";

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-app-"));
  dataDir = join(folder, "data");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const createToken = () => runCommand(["token", "create", "--org", "1", "--role", "admin", "--data-dir", dataDir]);

describe("a data directory", () => {
  it("that the program makes is its owner's alone, whatever makes it first", async () => {
    await createToken();
    const [noted, demo] = [join(folder, "noted"), join(folder, "demo")];
    writeServerFile(noted, { pid: process.pid, url: "http://127.0.0.1:1", startedAt: "" });
    writeDemoNote(demo, { loaded: false, pid: process.pid, endMs: 0, events: 0 });
    expect([dataDir, noted, demo].map(modeOf)).toEqual([0o700, 0o700, 0o700]);
  });

  it("that was there keeps its mode, and the catalogue in it, which has the key of all tokens, is its owner's alone", async () => {
    mkdirSync(dataDir);
    chmodSync(dataDir, 0o755);
    const server = await startProgram(["serve", "--port", "0", "--data-dir", dataDir]);
    try {
      const catalog = ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"].map((name) => join(dataDir, name));
      expect([dataDir, ...catalog].map(modeOf)).toEqual([0o755, 0o600, 0o600, 0o600]);
      await runCommand(["backup", join(folder, "copy"), "--data-dir", dataDir]);
      expect(modeOf(join(folder, "copy", "catalog.sqlite"))).toBe(0o600);
    } finally {
      expect((await server.stop()).error).not.toContain("Others may read");
    }
  });

  it("whose catalogue others may read is told of once by a server", async () => {
    await createToken();
    chmodSync(dataDir, 0o755);
    chmodSync(join(dataDir, "catalog.sqlite"), 0o644);
    expect((await createToken()).error).not.toContain("Others may read");
    const server = await startProgram(["serve", "--port", "0", "--data-dir", dataDir]);
    const { error } = await server.stop();
    const told = error.split("\n").filter((line) => line.includes("Others may read"));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(join(dataDir, "catalog.sqlite"));
  });
});
