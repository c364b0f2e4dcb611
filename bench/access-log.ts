/**
 * Access logs: how fast a combined log is stored, deduplicated and queryable, beside goaccess where it is installed.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
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
  readonly runs: number;
};

type Import = { readonly linesPerS: number; readonly peakBytes: number };

/** Runs the benchmark. */
export async function benchAccessLog({ lines, runs }: AccessLogSizes): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-log-"));
  const goaccess = await run("goaccess", ["--version"]).then(
    () => true,
    () => false,
  );
  try {
    const rows: string[][] = [];
    for (const count of lines) {
      const log = join(folder, `${count}.log`);
      await writeLog(log, count);
      const [first, second]: Import[][] = [[], []];
      for (let index = 0; index < runs; index++) {
        const dataDir = join(folder, "data");
        first?.push(await importLog(log, count, dataDir));
        second?.push(await importLog(log, count, dataDir));
        rmSync(dataDir, { recursive: true, force: true });
      }
      const rate = median((first ?? []).map(({ linesPerS }) => linesPerS));
      const again = median((second ?? []).map(({ linesPerS }) => linesPerS));
      const peak = Math.max(...(first ?? []).map(({ peakBytes }) => peakBytes));
      const peer = goaccess ? await goaccessLinesPerS(log, count, join(folder, "out.json")) : null;
      rows.push([
        formatCount(count),
        formatMegabytes(statSync(log).size),
        formatCount(rate),
        formatCount(again),
        formatMegabytes(peak),
        peer === null ? "not installed" : formatCount(peer),
        peer === null ? "" : `${(rate / peer).toFixed(1)}`,
      ]);
      rmSync(log);
    }
    return {
      title: "Access logs",
      notes: [
        existsSync(REAL_LOG)
          ? "Lines of a real combined log, repeated with other addresses, times and paths."
          : "Made lines of a combined log.",
        `\`assetmeter import\` in a process of its own, start included; medians of ${runs}. The second time every line is a duplicate.`,
        ...(goaccess ? [] : ["goaccess is not installed here (`apt-get install goaccess`): no comparison."]),
      ],
      columns: ["lines", "size", "lines/s", "lines/s, sent again", "largest memory", "goaccess lines/s", "ratio"],
      rows,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Imports in a process of its own; its start counts. GNU time is not needed: the child says its own peak. */
async function importLog(log: string, lines: number, dataDir: string): Promise<Import> {
  const start = performance.now();
  const child = spawn(process.execPath, [MAIN, "import", log, "--source", "bench", "--data-dir", dataDir, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
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
  const code = await new Promise((done) => child.once("close", done));
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

/** Writes `count` different lines. */
async function writeLog(file: string, count: number): Promise<void> {
  const real = existsSync(REAL_LOG) ? readFileSync(REAL_LOG, "latin1").trimEnd().split("\n") : null;
  const output = createWriteStream(file, { encoding: "latin1", highWaterMark: 1 << 20 });
  let piece: string[] = [];
  for (let index = 0; index < count; index++) {
    piece.push(real === null ? buildLine(index) : repeatLine(real, index));
    if (piece.length < 5000 && index + 1 < count) continue;
    if (!output.write(`${piece.join("\n")}\n`)) await once(output, "drain");
    piece = [];
  }
  await new Promise<void>((done) => output.end(() => done()));
}

const HOUR_MS = 3_600_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const START_MS = Date.UTC(2026, 0, 1);

/** A real line with an address and a time of its own: the times ascend through 90 days however many lines there are. */
function repeatLine(real: readonly string[], index: number): string {
  const line = real[index % real.length] ?? "";
  const address = `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`;
  const afterAddress = line.slice(line.indexOf(" "));
  return address + afterAddress.replace(/\[[^\]]+\]/, `[${formatTime(index)}]`);
}

function buildLine(index: number): string {
  const address = `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`;
  const path = index % 3 === 0 ? `/api/v1/assets/${index % 1000}/data` : `/img/${index % 5000}.jpg`;
  return `${address} - - [${formatTime(index)}] "GET ${path}?v=${index % 7} HTTP/1.1" 200 ${1000 + (index % 90_000)} "https://www.example.com/" "Mozilla/5.0 (X11; Linux x86_64)"`;
}

function formatTime(index: number): string {
  const time = new Date(START_MS + ((index * 2503) % (90 * 24 * HOUR_MS)) - 0);
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${two(time.getUTCDate())}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  return `${date}:${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`;
}
