/**
 * A real server as a child process, on a data directory of its own: started, killed and asked like any other.
 */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { type Agent, request } from "node:http";
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** A server that listens. */
export interface ServerUnderTest {
  readonly url: string;
  /** Set on the first start of a data directory only. */
  readonly createdToken: string | null;
  /** False once the process has ended. */
  isAlive(): boolean;
  /** Sends the signal and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** How a server is started. `environment`: settings and faults; the verifier's own settings are left out. */
export type ServerStart = {
  readonly dataDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The most blocks of 512 bytes that a file of this server may have; null for no bound. Stands in for a full disk. */
  readonly fileBlocksMax?: number | null;
};

/** The program's entry beside this file: a checkout runs its sources, the package its build. */
const MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../main.ts" : "../../main.js", import.meta.url),
);

/**
 * Where Node keeps what it made of the program's files. Said to a process by its environment it is used from the first file
 * on: main.ts can name it only for those after it, and Node loads what strips types for it alone, a tenth of a start.
 */
function buildCacheEnvironment(): Readonly<Record<string, string>> {
  const folder = getCompileCacheDir();
  // The folder of this version of Node, inside the one that is named.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

/** Starts a command of the program; what it writes goes to `written`. */
export function startProgram(args: readonly string[], { environment, fileBlocksMax = null }: ServerStart) {
  const options: SpawnOptions = {
    env: { ...environment, ...buildCacheEnvironment() },
    stdio: ["ignore", "pipe", "pipe"],
  };
  const command = [process.execPath, MAIN, ...args];
  // With the signal ignored a write over the bound fails, as on a full disk, instead of ending the process.
  const limited = ["-c", `trap '' XFSZ; ulimit -f ${fileBlocksMax}; exec "$@"`, "sh", ...command];
  const child: ChildProcess =
    fileBlocksMax === null ? spawn(command[0] as string, command.slice(1), options) : spawn("sh", limited, options);
  const written = { out: "", error: "" };
  child.stdout?.on("data", (piece) => {
    written.out += piece;
  });
  child.stderr?.on("data", (piece) => {
    written.error = (written.error + piece).slice(-4_000);
  });
  const ended = once(child, "close");
  return { child, written, ended };
}

/** Starts a server and resolves when it listens; rejects with what ended it and what it said when it ends before that. */
export async function startServer(start: ServerStart): Promise<ServerUnderTest> {
  const { child, written, ended } = startProgram(
    ["serve", "--port", "0", "--json", "--data-dir", start.dataDir],
    start,
  );
  let isAlive = true;
  void ended.then(() => {
    isAlive = false;
  });
  const listening = new Promise<string>((found) => {
    child.stdout?.on("data", () => {
      const url = /"listening":\{"url":"([^"]+)"/.exec(written.out)?.[1];
      if (url !== undefined) found(url);
    });
  });
  const url = await Promise.race([
    listening,
    ended.then(([status, signal]) => {
      const said = written.error.trim().split("\n").at(-1) ?? "";
      throw new Error(`The server ended (${signal ?? status}) before it listened: ${said}`);
    }),
  ]);
  return {
    url,
    createdToken: /"token":"([^"]+)"/.exec(written.out)?.[1] ?? null,
    isAlive: () => isAlive,
    end: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}

/** An answer, or null when the connection broke before it was whole. */
export type Answer = { readonly status: number; readonly text: string } | null;

/** Asks a server. Never rejects: a broken connection is what is tested. `abortAfterSend` cuts it before the answer. */
export function ask(
  url: string,
  options: {
    readonly method: "GET" | "POST";
    readonly token: string;
    readonly type?: string;
    /** A stream is sent as it comes, in chunks. */
    readonly body?: string | Readable;
    readonly agent?: Agent;
    readonly abortAfterSend?: boolean;
  },
): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${options.token}`,
      ...(options.type === undefined ? {} : { "content-type": options.type }),
      ...(typeof options.body === "string" ? { "content-length": String(Buffer.byteLength(options.body)) } : {}),
    };
    const outgoing = request(url, {
      method: options.method,
      headers,
      ...(options.agent ? { agent: options.agent } : {}),
    });
    outgoing.on("response", (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text }));
      incoming.on("error", () => resolve(null));
      incoming.on("aborted", () => resolve(null));
    });
    outgoing.on("error", () => resolve(null));
    if (options.body instanceof Readable) options.body.pipe(outgoing);
    else {
      outgoing.end(options.body, () => {
        if (options.abortAfterSend) outgoing.destroy();
      });
    }
    outgoing.on("close", () => resolve(null));
  });
}
