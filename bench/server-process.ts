/**
 * A real server in a process of its own, on a data folder that is deleted afterwards.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const MAIN = resolve(import.meta.dirname, "../src/main.ts");

/** A running server. */
export type ServerProcess = {
  readonly url: string;
  readonly token: string;
  readonly dataDir: string;
  /** Processor time so far, milliseconds, of all its threads. */
  processorMs(): number;
  /** Resident memory now, bytes. */
  residentBytes(): number;
  /** The largest resident memory so far, bytes. */
  peakBytes(): number;
  /** Ends it and deletes its folder. */
  close(): Promise<void>;
};

/** Starts a server on a folder that is empty but for what `prepare` puts there; resolves when it answers. */
export async function startServer(
  environment: Readonly<Record<string, string>> = {},
  prepare: (dataDir: string) => Promise<void> = async () => {},
): Promise<ServerProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), "assetmeter-bench-"));
  await prepare(dataDir);
  const child = spawn(process.execPath, [MAIN, "serve", "--port", "0", "--data-dir", dataDir], {
    env: { ...process.env, ASSETMETER_LOG_LEVEL: "warn", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { url, token } = await readStart(child);
  const status = (field: string): number => {
    const line = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
    return Number(line?.[1] ?? 0) * 1024;
  };
  return {
    url,
    token,
    dataDir,
    processorMs: () => readProcessorMs(child),
    residentBytes: () => status("VmRSS"),
    peakBytes: () => status("VmHWM"),
    close: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Processor time of a running process so far, milliseconds, of all its threads. */
export function readProcessorMs({ pid }: ChildProcess): number {
  // Fields 14 and 15: user and system time in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ");
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

async function readStart(child: ChildProcess): Promise<{ url: string; token: string }> {
  let token = "";
  if (child.stdout === null) throw new Error("The server's output is not piped.");
  for await (const line of createInterface({ input: child.stdout })) {
    token ||= /am_[\w-]+/.exec(line)?.[0] ?? "";
    const url = /listening on (http:\S+)/.exec(line)?.[1];
    if (url !== undefined) return { url, token };
  }
  throw new Error("The server ended before it answered; its reason stands above.");
}
