/**
 * A server that follows a log while that is written without a break: through rotation of both kinds, a kill -9 and an import of
 * the log's folder, each line counts once.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningProgram, runCommand, startProgram } from "../src/cli/run-program.contract.ts";

let folder: string;
let logs: string;
let log: string;
let dataDir: string;
let token: string;
let server: RunningProgram;
let stopWriter: () => Promise<unknown>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-live-"));
  [logs, dataDir] = [join(folder, "logs"), join(folder, "data")];
  log = join(logs, "access.log");
  mkdirSync(logs);
  token = String((await run("token", "create", "--org", "1", "--role", "admin")).token);
  await run("source", "create", "www", "--format", "combined", "--path", log);
  stopWriter = async () => {};
  server = await startServer();
});
afterEach(async () => {
  await stopWriter();
  await server.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function run(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { status, out, error } = await runCommand([...args, "--data-dir", dataDir, "--json"]);
  expect({ status, error }).toEqual({ status: 0, error: "" });
  return JSON.parse(out) as Record<string, unknown>;
}

const startServer = (): Promise<RunningProgram> => startProgram(["serve", "--data-dir", dataDir, "--port", "0"]);

/** A request of one byte. */
const line = (number: number): string =>
  `192.0.2.1 - - [20/Nov/2025:08:00:00 +0000] "GET /${number}.jpg HTTP/1.1" 200 1 "-" "x"\n`;

async function readAccepted(): Promise<number> {
  const answer = await fetch(`${server.url}/usage/v1/sources`, { headers: { authorization: `Bearer ${token}` } });
  const { sources } = (await answer.json()) as { readonly sources: readonly { name: string; accepted: number }[] };
  return sources.find(({ name }) => name === "www")?.accepted ?? 0;
}

/** Resolves when the server has counted so many lines, or more. */
async function waitCounted(count: number): Promise<void> {
  while ((await readAccepted()) < count);
}

/** Lines that are written meanwhile when the server is waited for: it is slower than the writer, which would get ever farther. */
const MEANWHILE_LINES = 500;

/** Appends `toLine` of 0, 1, 2 … to the log, one line after another, as fast as the file system takes them. */
async function startWriter(toLine: (number: number) => string) {
  let handle = await open(log, "a");
  let [written, wanted] = [0, 0];
  let [isWriting, isStopped, mustReopen] = [false, false, false];
  let held: Promise<void> = Promise.resolve();
  const writing = (async () => {
    while (!isStopped) {
      if (mustReopen) {
        mustReopen = false;
        await handle.close();
        handle = await open(log, "a");
      }
      await held;
      if (written >= wanted) {
        await setImmediate();
        continue;
      }
      isWriting = true;
      await handle.appendFile(toLine(written));
      written += 1;
      isWriting = false;
    }
    await handle.close();
  })();
  return {
    /** Resolves when so many lines more have been written. */
    async goOn(lines: number): Promise<void> {
      const end = written + lines;
      wanted = Math.max(wanted, end);
      while (written < end) await setImmediate();
    },
    /** Resolves when the server has counted all lines that are written by now; more are written meanwhile. */
    async waitCounted(): Promise<void> {
      wanted = Math.max(wanted, written + MEANWHILE_LINES);
      await waitCounted(written);
    },
    /** As a server does when it is told that its log was renamed: the lines until then are in the renamed one. */
    reopen: () => {
      mustReopen = true;
    },
    /** Has something done between two lines. */
    async hold(does: () => void): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      while (isWriting) await setImmediate();
      does();
      resolve();
    },
    /** Ends it; answers how many lines were written. */
    async stop(): Promise<number> {
      isStopped = true;
      await writing;
      return written;
    },
  };
}

/** Gives each rotated file the next number. */
function shift(): void {
  for (let number = 20; number > 0; number--) {
    if (existsSync(`${log}.${number}`)) renameSync(`${log}.${number}`, `${log}.${number + 1}`);
  }
}

describe("a server that follows a log", () => {
  it("counts each line once while it is written, renamed, copied and cut, with a kill -9 in between", async () => {
    const writer = await startWriter(line);
    stopWriter = writer.stop;
    const rename = async (): Promise<void> => {
      shift();
      renameSync(log, `${log}.1`);
      await writer.goOn(50);
      writer.reopen();
      await writer.goOn(50);
    };
    // What is written between the copy and the cut is lost by the rotation itself.
    const copyAndCut = (): Promise<void> =>
      writer.hold(() => {
        shift();
        copyFileSync(log, `${log}.1`);
        truncateSync(log);
      });
    const rotateAll = async (): Promise<void> => {
      for (const rotate of [rename, copyAndCut, copyAndCut, rename, rename, copyAndCut]) {
        await writer.goOn(200);
        await rotate();
        // Not every time: the next rotation may come before the server has seen this one.
        if (rotate === copyAndCut) await writer.waitCounted();
      }
    };
    // What comes to a name that was never looked at, and is rotated before the first look, is not followed.
    await writer.goOn(1);
    await writer.waitCounted();
    await rotateAll();
    await writer.goOn(200);
    await server.stop("SIGKILL");
    for (const rotate of [copyAndCut, rename, copyAndCut]) {
      await writer.goOn(200);
      await rotate();
    }
    server = await startServer();
    await rotateAll();
    const written = await writer.stop();
    await waitCounted(written);
    expect(await readAccepted()).toBe(written);
    expect(await run("import", logs, "--source", "www")).toMatchObject({ accepted: 0, duplicates: written });
  }, 120_000);

  it("counts each line once while the folder of the log is imported", async () => {
    const times = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => line(from + index)).join("");
    writeFileSync(`${log}.1`, times(2_000_000, 2_001_000));
    writeFileSync(`${log}.2.gz`, gzipSync(times(1_999_000, 2_000_500)));
    // Every line comes twice: the second one is a request of its own.
    const writer = await startWriter((number) => line(number >> 1));
    stopWriter = writer.stop;
    for (let imports = 0; imports < 3; imports++) {
      await writer.goOn(500);
      await run("import", logs, "--source", "www");
    }
    const written = await writer.stop();
    await waitCounted(written + 2_000);
    expect(await readAccepted()).toBe(written + 2_000);
    expect(await run("import", logs, "--source", "www")).toMatchObject({ accepted: 0, duplicates: written + 2_500 });
  }, 120_000);
});
