/** Commits and checkpoints that fail because files may not grow, in a process of its own, as only a process can be bound so. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { buildScan } from "../usage-store.contract.ts";
import type { FailedCheckpoint, FailedCommits } from "./fail-commits.contract.ts";
import { openDuckdbStore } from "./open.ts";

const PROGRAM = fileURLToPath(new URL("./fail-commits.contract.ts", import.meta.url));

/** Blocks of 512 bytes that a file may have: room for the tables and some ten large commits. */
const FILE_BLOCKS_MAX = 12_000;

const OPTIONS = {
  memoryBytesMax: 512 * 1024 * 1024,
  threads: 2,
  dedupeHorizonMs: 35 * 86_400_000,
  clock: { now: () => 0 },
};

async function runBounded<T>(does: "commits" | "checkpoint", file: string): Promise<T> {
  // With the signal ignored a write over the bound fails, as on a full disk, instead of ending the process.
  const script = `trap '' XFSZ; ulimit -f ${FILE_BLOCKS_MAX}; exec "$@"`;
  const out = await new Promise<string>((done) => {
    execFile("sh", ["-c", script, "sh", process.execPath, PROGRAM, does, file], (_, stdout) => done(stdout));
  });
  return JSON.parse(out) as T;
}

/** Runs the program on a new store; hands over what it found and what the next start counts. Every roll-up is right then. */
async function runAndStartAgain<T>(does: "commits" | "checkpoint"): Promise<T & { readonly counted: number }> {
  const folder = await mkdtemp(join(tmpdir(), `assetmeter-failed-${does}-`));
  const file = join(folder, "usage.duckdb");
  const found = await runBounded<T>(does, file);
  const store = await openDuckdbStore({ file, ...OPTIONS });
  const counted = Number((await store.scan(buildScan()))[0]?.sums[0]);
  expect(await store.rebuildRollups()).toEqual([]);
  await store.close();
  await rm(folder, { recursive: true, force: true });
  return { ...found, counted };
}

it.skipIf(process.platform === "win32")(
  "commits that fail are in no answer that is read meanwhile, and in no roll-up that is made meanwhile",
  async () => {
    const { acknowledged, failed, scans, wrong, counted } = await runAndStartAgain<FailedCommits>("commits");
    expect(failed).toBeGreaterThan(10);
    expect(scans).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
    expect(counted).toBe(acknowledged);
  },
  120_000,
);

it.skipIf(process.platform === "win32")(
  "a log that cannot be moved for want of room is told, nothing passes for healthy then, and the next start has every fact",
  async () => {
    const { acknowledged, errors, scan, ping, counted } = await runAndStartAgain<FailedCheckpoint>("checkpoint");
    expect(errors).toHaveLength(1);
    expect({ scan, ping }).toEqual({ scan: "store/unavailable", ping: "store/unavailable" });
    expect(counted).toBe(acknowledged);
  },
  120_000,
);
