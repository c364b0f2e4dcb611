/**
 * A running server from start to signal: opens it, notes it in the data directory, waits, closes it in order.
 */
import type { Clock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import type { AppAccess, CliSettings, ServerAccess } from "./app-access.ts";
import { findLiveServer, removeServerFile, writeServerFile } from "./server-file.ts";

/** What to do around a running server. */
export type ServerRun = {
  readonly app: AppAccess;
  readonly clock: Clock;
  /** Called once, when the server answers, with its address as people write it. */
  readonly onListening: (url: string) => void | Promise<void>;
};

/**
 * Runs a server until SIGTERM or SIGINT, then finishes what was accepted. Rejects with one sentence when the data
 * directory is held or the address cannot be listened on. Further signals while closing change nothing: a Ctrl-C comes
 * once from the terminal and once more from npm or bin/assetmeter.js, and the second must not cut the last commit.
 */
export async function runServer({ app, clock, onListening }: ServerRun): Promise<void> {
  await assertNotHeld(app.settings.dataDir);
  // Listened for before the start: a signal that comes while the store opens must close it, not cut it.
  const signal = waitForSignal();
  try {
    const server = await listen(app);
    try {
      const { host, dataDir } = app.settings;
      const startedAt = new Date(clock.now()).toISOString();
      const url = buildUrl(reachableHost(host), server.port);
      writeServerFile(dataDir, { pid: process.pid, url, startedAt, secret: server.secret });
      await onListening(buildUrl(host, server.port));
      await signal.arrived;
    } finally {
      await server.close();
      removeServerFile(app.settings.dataDir, process.pid);
    }
  } finally {
    signal.forget();
  }
}

/** Rejects with `store/held` when a live server has the directory open; `instead` is what may be done beside it. */
export async function assertNotHeld(dataDir: string, instead = "stop it first"): Promise<void> {
  const holder = await findLiveServer(dataDir);
  if (holder === null) return;
  throw new AppError(
    "store/held",
    `${dataDir} is held by the server with process id ${holder.pid} at ${holder.url}; ${instead}.`,
  );
}

/** `http://HOST:PORT`, IPv6 addresses in brackets. */
export function buildUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The address under which this machine reaches a server that listens on `host`: a wildcard is no destination. */
function reachableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

async function listen(app: AppAccess): Promise<ServerAccess> {
  try {
    return await app.openServer();
  } catch (error) {
    throw explainListenError(error, app.settings) ?? error;
  }
}

function explainListenError(error: unknown, { host, port }: CliSettings): AppError | null {
  const sentences: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is in use; choose another one with --port.`,
    EACCES: `This user may not listen on port ${port} of ${host}; choose a port above 1023 with --port.`,
    EADDRNOTAVAIL: `${host} is not an address of this machine; choose another one with --host.`,
    ENOTFOUND: `${host} is not an address or a name that this machine knows; choose another one with --host.`,
  };
  const sentence = sentences[(error as NodeJS.ErrnoException).code ?? ""];
  return sentence === undefined ? null : new AppError("config/invalid", sentence, { cause: error });
}

/** The longest that a timer runs: 24.8 days, in ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Resolves `arrived` at the first SIGTERM or SIGINT; `forget` ends the listening. Signals after the first change nothing. Until
 * then the process lives, whatever else there is to do: a listener does not keep it, and `assetmeter follow` would end with
 * status 13 as soon as nothing comes.
 */
export function waitForSignal(): { readonly arrived: Promise<void>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const holding = setInterval(() => {}, TIMER_MS_MAX);
  const forget = () => {
    clearInterval(holding);
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
  };
  const onSignal = () => resolve();
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  return { arrived: promise, forget };
}
