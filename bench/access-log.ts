/**
 * Access logs: how fast a combined log is stored, deduplicated and queryable, beside goaccess where it is installed.
 */
import { execFile, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { formatCount, formatMegabytes, median, type Section } from "./report.ts";

const run = promisify(execFile);
const MAIN = resolve(import.meta.dirname, "../src/main.ts");
/** A real log to repeat, where the checkout stands beside one. */
const REAL_LOG = resolve(import.meta.dirname, "../../shared/data/apache_logs");

/** Sizes of a run. */
export type AccessLogSizes = {
  /** Numbers of lines, ascending: the cost per line should be the same for each. */
  readonly lines: readonly number[];
  /** How often each size is measured; those above FILE_LINES_MAX once. */
  readonly runs: number;
};

/** Logs of more lines are not written to the disk: they are piped into the program while they are made. */
const FILE_LINES_MAX = 5_000_000;

type Import = { readonly linesPerS: number; readonly peakBytes: number };

/** Runs the benchmark. */
export async function benchAccessLog({ lines, runs }: AccessLogSizes): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-log-"));
  const hasPeer = await run("goaccess", ["--version"]).then(
    () => true,
    () => false,
  );
  try {
    const rows: string[][] = [];
    for (const count of lines) rows.push(await measureSize(count, { folder, runs, hasPeer }));
    return {
      title: "Access logs",
      notes: [
        existsSync(REAL_LOG)
          ? "Lines of a real combined log, repeated with other addresses and times."
          : "Made lines of a combined log.",
        `\`assetmeter import\` in a process of its own, start included; medians of ${runs}, of logs above ${formatCount(FILE_LINES_MAX)} lines one run, from a pipe. The second time every line is a duplicate.`,
        ...(hasPeer ? [] : ["goaccess is not installed here (`apt-get install goaccess`): no comparison."]),
      ],
      columns: ["lines", "size", "s", "lines/s", "µs/line", "s, sent again", "largest memory", "goaccess s", "ratio"],
      rows,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Place = { readonly folder: string; readonly runs: number; readonly hasPeer: boolean };

/** One row of the table. */
async function measureSize(count: number, { folder, runs, hasPeer }: Place): Promise<string[]> {
  const isPiped = count > FILE_LINES_MAX;
  const log = isPiped ? null : join(folder, `${count}.log`);
  if (log !== null) await pipeline(Readable.from(buildLog(count)), createWriteStream(log));
  const [first, second, peer]: [Import[], Import[], number[]] = [[], [], []];
  const dataDir = join(folder, "data");
  for (let index = 0; index < (isPiped ? 1 : runs); index++) {
    first.push(await importLog(log, count, dataDir));
    second.push(await importLog(log, count, dataDir));
    rmSync(dataDir, { recursive: true, force: true });
    if (log !== null && hasPeer) peer.push(count / (await goaccessLinesPerS(log, count, join(folder, "out.json"))));
  }
  let bytes = 0;
  for (const piece of buildLog(count)) bytes += piece.length;
  if (log !== null) rmSync(log);
  const rate = median(first.map(({ linesPerS }) => linesPerS));
  const againS = median(second.map(({ linesPerS }) => count / linesPerS));
  const peak = Math.max(...[...first, ...second].map(({ peakBytes }) => peakBytes));
  const peerS = median(peer);
  return [
    formatCount(count),
    formatMegabytes(bytes),
    (count / rate).toFixed(1),
    formatCount(rate),
    (1e6 / rate).toFixed(2),
    againS.toFixed(1),
    formatMegabytes(peak),
    ...(peer.length === 0
      ? [hasPeer ? "not run" : "not installed", ""]
      : [peerS.toFixed(1), ((peerS * rate) / count).toFixed(1)]),
  ];
}

/**
 * Imports a file, or without one a log through a pipe, in a process of its own; its start counts. GNU time is not needed:
 * the child says its own peak.
 */
async function importLog(log: string | null, lines: number, dataDir: string): Promise<Import> {
  const start = performance.now();
  const args = ["import", log ?? "-", "--source", "bench", "--format", "combined", "--data-dir", dataDir, "--json"];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const sent = log === null ? pipeline(Readable.from(buildLog(lines)), child.stdin) : child.stdin.end();
  let peakBytes = 0;
  const watch = setInterval(() => {
    if (!existsSync(`/proc/${child.pid}/status`)) return;
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
    peakBytes = Math.max(peakBytes, Number(peak ?? 0) * 1024);
  }, 100);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  const [code] = await Promise.all([new Promise((done) => child.once("close", done)), sent]);
  clearInterval(watch);
  const elapsedMs = performance.now() - start;
  const { received, rejected } = JSON.parse(text) as { received: number; rejected: number };
  if (code !== 0 || received !== lines || rejected !== 0) throw new Error(`The import went wrong: ${text}`);
  return { linesPerS: (lines / elapsedMs) * 1000, peakBytes };
}

async function goaccessLinesPerS(log: string, lines: number, out: string): Promise<number> {
  const start = performance.now();
  await run("goaccess", [log, "--log-format=COMBINED", "--no-progress", "-o", out], { maxBuffer: 1 << 26 });
  return (lines / (performance.now() - start)) * 1000;
}

/** Lines that are repeated with other addresses and times. */
const REPEATED_LINES = 10_000;

const ADDRESS = "10.100.100.100";
const TIME = "01/Jan/2026:00:00:00 +0000";

/**
 * The bytes of `count` lines, in pieces: always the same ones. Address and time are written over those of a piece that is
 * there, which takes a tenth of the time that it takes to read them: what makes the log must not slow down who reads it.
 */
function* buildLog(count: number): Generator<Buffer> {
  const lines = readLinesToRepeat();
  const piece = Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1");
  const starts: number[] = [];
  for (let at = 0; at < piece.length; at = piece.indexOf(0x0a, at) + 1) starts.push(at);
  for (let from = 0; from < count; from += lines.length) {
    const copy = Buffer.from(piece);
    const own = Math.min(lines.length, count - from);
    for (let index = 0; index < own; index++) {
      const start = starts[index] as number;
      writeAddress(copy, start + 3, from + index);
      writeTime(copy, copy.indexOf(0x5b, start) + 1, from + index);
    }
    yield own === lines.length ? copy : copy.subarray(0, starts[own]);
  }
}

function readLinesToRepeat(): readonly string[] {
  const real = existsSync(REAL_LOG) ? readFileSync(REAL_LOG, "latin1").trimEnd().split("\n") : null;
  return Array.from({ length: REPEATED_LINES }, (_, index) => {
    const line = real === null ? buildLine(index) : (real[index % real.length] ?? "");
    return ADDRESS + line.slice(line.indexOf(" ")).replace(/\[[^\]]*\]/, `[${TIME}]`);
  });
}

function buildLine(index: number): string {
  const path = index % 3 === 0 ? `/api/v1/assets/${index % 1000}/data` : `/img/${index % 5000}.jpg`;
  return `- - - [] "GET ${path}?v=${index % 7} HTTP/1.1" 200 ${1000 + (index % 90_000)} "https://www.example.com/" "Mozilla/5.0 (X11; Linux x86_64)"`;
}

/** Three numbers of three digits, from 100 to 227: two million addresses of the same length. */
function writeAddress(bytes: Buffer, at: number, index: number): void {
  for (let part = 0; part < 3; part++) writeDigits(bytes, at + 4 * part, 100 + ((index >>> (7 * (2 - part))) & 127), 3);
}

/** The times ascend by two and a half seconds through 90 days, and begin again. */
function writeTime(bytes: Buffer, at: number, index: number): void {
  const second = Math.floor((index * 2.503) % (90 * 86_400));
  const day = Math.floor(second / 86_400);
  // January has 31 days, February 28 and March 31 in 2026.
  const month = day < 31 ? 0 : day < 59 ? 1 : 2;
  writeDigits(bytes, at, day - [0, 31, 59][month]! + 1, 2);
  bytes.write(["Jan", "Feb", "Mar"][month]!, at + 3, "latin1");
  writeDigits(bytes, at + 12, Math.floor(second / 3600) % 24, 2);
  writeDigits(bytes, at + 15, Math.floor(second / 60) % 60, 2);
  writeDigits(bytes, at + 18, second % 60, 2);
}

function writeDigits(bytes: Buffer, at: number, value: number, digits: number): void {
  let rest = value;
  for (let place = at + digits - 1; place >= at; place--) {
    bytes[place] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
