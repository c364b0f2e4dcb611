/**
 * The program for the tests of the command line: as real processes, and quicker inside this one. No test in here.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { openApp } from "../app.ts";
import { systemClock } from "../platform/clock.ts";
import { runCli } from "./run-cli.ts";

/** How a process ended and what it wrote. */
export type ProgramEnd = { readonly status: number | null; readonly out: string; readonly error: string };

/** A server that has said its address. */
export type RunningProgram = {
  readonly url: string;
  /** What it wrote on stdout before it listened. */
  readonly out: string;
  /** Sends the signal and answers how the process ended. Twice is harmless. */
  stop(signal?: NodeJS.Signals): Promise<ProgramEnd>;
};

const MAIN = resolve(import.meta.dirname, "../main.ts");

/** The machine's environment without settings of ours: a developer's own must not decide a test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("ASSETMETER_")));
}

function start(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...cleanEnvironment(), ...environment } });
  const written = { out: "", error: "" };
  child.stdout.on("data", (piece) => {
    written.out += piece;
  });
  child.stderr.on("data", (piece) => {
    written.error += piece;
  });
  const ended = new Promise<ProgramEnd>((done) => child.on("close", (status) => done({ status, ...written })));
  return { child, written, ended };
}

/** Runs a command to its end inside this process: all of the program but main.ts and process.ts, without a second for its start. */
export async function runCommand(args: readonly string[], stdin = ""): Promise<ProgramEnd> {
  const written = { out: "", error: "" };
  const terminal = {
    writeOut: (text: string) => {
      written.out += text;
    },
    writeError: (text: string) => {
      written.error += text;
    },
    errorIsTerminal: false,
    stdin: Readable.from(stdin === "" ? [] : [Buffer.from(stdin)]),
  };
  return { status: await runCli(args, { openApp, clock: systemClock, terminal }), ...written };
}

/** Runs a command to its end as a process of its own, with this on its standard input and in its environment. */
export function runProgram(
  args: readonly string[],
  stdin: string | Buffer = "",
  environment: NodeJS.ProcessEnv = {},
): Promise<ProgramEnd> {
  const { child, ended } = start(args, environment);
  // A command that does not read its input closes the pipe: no error of the test.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  return ended;
}

/** Starts a command that ends up listening; rejects with what it wrote when it ends before. */
export async function startProgram(args: readonly string[]): Promise<RunningProgram> {
  const { child, written, ended } = start(args);
  const url = await Promise.race([
    waitForUrl(child, written),
    ended.then((end) => {
      throw new Error(`ended with ${end.status}: ${end.error}${end.out}`);
    }),
  ]);
  return {
    url,
    get out() {
      return written.out;
    },
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
  };
}

function waitForUrl(child: ChildProcessWithoutNullStreams, written: { readonly out: string }): Promise<string> {
  return new Promise((found) => {
    child.stdout.on("data", () => {
      const [, url] = /listening on (http:\S+)\n|"listening":\{"url":"([^"]+)"/.exec(written.out) ?? [];
      if (url !== undefined) found(url);
    });
  });
}
