/**
 * Following in a process of its own: killed again and again under load, with rotation in between, no line is lost and none
 * counts twice; and where nothing comes for a while it goes on until a signal ends it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../src/cli/run-program.contract.ts";

const MAIN = resolve(import.meta.dirname, "../src/main.ts");
const ROUND_LINES = 3_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-crash-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Lines that are all different: one request of one byte each. */
function lines(from: number, count: number): string {
  const line = (number: number) =>
    `192.0.2.1 - - [20/Nov/2025:08:00:00 +0000] "GET /${number}.jpg HTTP/1.1" 200 1 "-" "x"\n`;
  return Array.from({ length: count }, (_, index) => line(from + index)).join("");
}

/** The size of the store's own log, which every commit makes longer. */
function committedBytes(dataDir: string): number {
  const sizeOf = (name: string) => statSync(join(dataDir, name), { throwIfNoEntry: false })?.size ?? 0;
  return sizeOf("usage.duckdb.wal") + sizeOf("usage.duckdb");
}

/** Starts following, and waits until it says that it does. */
async function startFollowing(log: string, dataDir: string) {
  const child = spawn(process.execPath, [MAIN, "follow", log, "--source", "www", "--data-dir", dataDir], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "close");
  await once(child.stderr, "data");
  return {
    /** Resolves when something of what `write` adds is committed. Fails when the process has ended by itself. */
    async commit(write: () => void): Promise<void> {
      const before = committedBytes(dataDir);
      write();
      while (committedBytes(dataDir) === before && child.exitCode === null) await setImmediate();
      expect(child.exitCode).toBeNull();
    },
    /** Sends the signal; answers the status that the process has ended with, and by which signal. */
    async end(signal: NodeJS.Signals): Promise<readonly unknown[]> {
      child.kill(signal);
      return ended;
    },
  };
}

/** Starts following, lets it commit something of what `write` adds, and kills it without a warning. */
async function followAndKill(log: string, dataDir: string, write: () => void): Promise<void> {
  const following = await startFollowing(log, dataDir);
  await following.commit(write);
  expect(await following.end("SIGKILL")).toEqual([null, "SIGKILL"]);
}

describe("assetmeter follow", () => {
  it("killed under load, with files renamed, copied and cut in between, counts each line once", async () => {
    const logs = join(folder, "logs");
    mkdirSync(logs);
    const log = join(logs, "access.log");
    const dataDir = join(folder, "data");
    let written = 0;
    const write = (count = ROUND_LINES) => {
      appendFileSync(log, lines(written, count));
      written += count;
    };
    write(10);
    await followAndKill(log, dataDir, () => write());
    await followAndKill(log, dataDir, () => {
      renameSync(log, `${log}.1`);
      write();
    });
    write(100);
    copyFileSync(log, `${log}.2`);
    truncateSync(log);
    await followAndKill(log, dataDir, () => write());
    const rest = await runCommand(["follow", log, "--source", "www", "--once", "--data-dir", dataDir]);
    expect(rest.status).toBe(0);
    const again = await runCommand(["import", logs, "--source", "www", "--data-dir", dataDir, "--json"]);
    expect(JSON.parse(again.out)).toMatchObject({ accepted: 0, rejected: 0, duplicates: written });
  }, 120_000);

  it("goes on while nothing comes, counts what comes then, and ends at a signal", async () => {
    const log = join(folder, "access.log");
    const dataDir = join(folder, "data");
    appendFileSync(log, lines(0, 1));
    const following = await startFollowing(log, dataDir);
    // What a quiet log is complete up to is committed every ten seconds: until then there is nothing to be done.
    await following.commit(() => {});
    await following.commit(() => appendFileSync(log, lines(1, 1)));
    expect(await following.end("SIGTERM")).toEqual([0, null]);
    const again = await runCommand(["import", log, "--source", "www", "--data-dir", dataDir, "--json"]);
    expect(JSON.parse(again.out)).toMatchObject({ accepted: 0, rejected: 0, duplicates: 2 });
  }, 60_000);
});
