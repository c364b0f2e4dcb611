/**
 * bin/assetmeter.js in a package of its own: which Node runs the program, and what comes back from it.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** Makes the running Node say that it is an older one; only for the process that it is given to. */
const OLD_NODE = [
  "--import",
  `data:text/javascript,${encodeURIComponent(
    'Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}});' +
      'Object.defineProperty(process,"version",{value:"v20.1.0"});',
  )}`,
];

const ECHO = "process.stdout.write(JSON.stringify(process.argv.slice(2)));process.exitCode=7;";

describe("bin/assetmeter.js", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "assetmeter-launcher-"));
    cpSync(resolve(import.meta.dirname, "../../bin"), join(root, "bin"), { recursive: true });
    writeFileSync(join(root, "package.json"), '{"type":"module"}');
    writeProgram("dist/main.js", ECHO);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function writeProgram(file: string, code: string): void {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), code);
  }

  function installNode(): void {
    const folder = join(root, "node_modules", `node-${process.platform}-${process.arch}`);
    mkdirSync(join(folder, "bin"), { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}");
    symlinkSync(process.execPath, join(folder, "bin", "node"));
  }

  /** Runs the launcher; `onOut` sees the child and its stdout so far. */
  function launch(nodeOptions: readonly string[], onOut?: (kill: () => void, out: string) => void) {
    const child = spawn(process.execPath, [...nodeOptions, join(root, "bin/assetmeter.js"), "doctor", "--json"]);
    let out = "";
    let error = "";
    child.stdout.on("data", (piece) => {
      out += piece;
      onOut?.(() => child.kill("SIGTERM"), out);
    });
    child.stderr.on("data", (piece) => {
      error += piece;
    });
    return new Promise<{ status: number | null; out: string; error: string }>((done) => {
      child.on("close", (status) => done({ status, out, error }));
    });
  }

  it("runs the built program with its arguments and keeps its status", async () => {
    expect(await launch([])).toEqual({ status: 7, out: '["doctor","--json"]', error: "" });
  });

  it("runs the sources of a checkout, not what was built from them some time ago", async () => {
    writeProgram("src/main.ts", 'const word: string = "source"; process.stdout.write(word);');
    expect(await launch([])).toMatchObject({ status: 0, out: "source" });
  });

  it("runs the newer Node of the optional packages where the own one is too old", async () => {
    installNode();
    expect(await launch(OLD_NODE)).toEqual({ status: 7, out: '["doctor","--json"]', error: "" });
  });

  it("hands a signal on and waits for the program's own end", async () => {
    installNode();
    const code = 'process.on("SIGTERM",()=>{clearInterval(t);process.exitCode=3});const t=setInterval(()=>{},1000);';
    writeProgram("dist/main.js", `${code}process.stdout.write("ready");`);
    const answer = await launch(OLD_NODE, (kill, out) => {
      if (out === "ready") kill();
    });
    expect(answer).toEqual({ status: 3, out: "ready", error: "" });
  });

  it("says in one sentence what to install where there is no newer Node", async () => {
    const { status, out, error } = await launch(OLD_NODE);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(error).toBe("assetmeter needs Node 24 or later and this is v20.1.0: install it from https://nodejs.org.\n");
  });
});
