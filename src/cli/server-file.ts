/**
 * `server.json` in a data directory: which server has it open and where it answers. Other commands read it and go
 * through that server, because the store can be open in one process only.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePrivateFolder } from "../platform/private-files.ts";
import { sendRequest } from "./server-client.ts";

/** A server that has a data directory open. `url` is where this machine reaches it; `startedAt` is ISO-8601 UTC. */
export type ServerRecord = {
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
  /** What the server's operator asks with: whoever can read this file may. Absent in notes of older versions. */
  readonly secret?: string;
};

/** A live server answers its health check at once; this long means that it does not. */
const HEALTH_TIMEOUT_MS = 2000;

/** Notes that a server answers. Readable by its owner only: it says where usage can be sent to. */
export function writeServerFile(dataDir: string, record: ServerRecord): void {
  makePrivateFolder(dataDir);
  const file = serverFileOf(dataDir);
  // Renamed into place: a reader never sees half of it.
  const temporary = `${file}.${record.pid}`;
  writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}

/** Takes the note away; harmless when it is gone. A note of another process stays. */
export function removeServerFile(dataDir: string, pid: number): void {
  if (readServerFile(dataDir)?.pid === pid) rmSync(serverFileOf(dataDir), { force: true });
}

/**
 * The server that has the directory open, or null. A note that a killed server left behind counts for nothing: its
 * process must live and its address must answer.
 */
export async function findLiveServer(dataDir: string): Promise<ServerRecord | null> {
  const record = readServerFile(dataDir);
  if (record === null || !isProcessAlive(record.pid)) return null;
  try {
    const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
    const { status } = await sendRequest({ url: `${record.url}/healthz`, method: "GET", headers: {}, signal });
    return status === 200 ? record : null;
  } catch {
    // Nothing answers there: whoever opens the store next says `store/held` if a process has it after all.
    return null;
  }
}

function serverFileOf(dataDir: string): string {
  return join(dataDir, "server.json");
}

function readServerFile(dataDir: string): ServerRecord | null {
  try {
    const parsed = JSON.parse(readFileSync(serverFileOf(dataDir), "utf8")) as Partial<ServerRecord>;
    const { pid, url, startedAt, secret } = parsed;
    const complete = Number.isInteger(pid) && typeof url === "string" && typeof startedAt === "string";
    return complete ? { pid: pid as number, url, startedAt, ...(secret === undefined ? {} : { secret }) } : null;
  } catch {
    // No file, or not ours: the same as no server.
    return null;
  }
}

/** Whether a process with this id runs on this machine; it need not be one of ours. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
