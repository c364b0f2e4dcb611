/**
 * prepareDemoFolder: what is served, what is deleted, and what is never touched.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareDemoFolder, writeDemoNote } from "./demo-folder.ts";

const NOTE = { pid: process.pid, endMs: 0, events: 1000 };
/** Above the largest process id that Linux gives (2^22). */
const NO_PROCESS = 2 ** 22 + 1;

describe("prepareDemoFolder", () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "assetmeter-demo-"));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it("takes an empty directory, and one that is not there, for a new demo", () => {
    expect(prepareDemoFolder(dataDir, false)).toBeNull();
    expect(prepareDemoFolder(join(dataDir, "absent"), true)).toBeNull();
  });

  it("serves a demo that is loaded", () => {
    writeDemoNote(dataDir, { ...NOTE, loaded: true });
    expect(prepareDemoFolder(dataDir, false)).toEqual({ ...NOTE, loaded: true });
    expect(readdirSync(dataDir)).toEqual(["demo.json"]);
  });

  it("deletes a loaded demo only when asked to start anew", () => {
    writeDemoNote(dataDir, { ...NOTE, loaded: true });
    writeFileSync(join(dataDir, "store"), "x");
    expect(prepareDemoFolder(dataDir, true)).toBeNull();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("deletes a demo that was cut while loading", () => {
    writeDemoNote(dataDir, { ...NOTE, pid: NO_PROCESS, loaded: false });
    writeFileSync(join(dataDir, "store"), "x");
    expect(prepareDemoFolder(dataDir, false)).toBeNull();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("leaves a demo alone that another process is loading", () => {
    writeDemoNote(dataDir, { ...NOTE, pid: process.ppid, loaded: false });
    for (const fresh of [false, true]) {
      expect(() => prepareDemoFolder(dataDir, fresh)).toThrow(expect.objectContaining({ code: "store/held" }));
    }
    expect(readdirSync(dataDir)).toEqual(["demo.json"]);
  });

  it("never touches a directory that no demo has made, not even when asked to start anew", () => {
    writeFileSync(join(dataDir, "usage.duckdb"), "real");
    for (const fresh of [false, true]) {
      expect(() => prepareDemoFolder(dataDir, fresh)).toThrow(expect.objectContaining({ code: "catalog/conflict" }));
    }
    expect(readdirSync(dataDir)).toEqual(["usage.duckdb"]);
  });
});
