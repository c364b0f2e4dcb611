/**
 * A large store: how fast it is filled, how large it gets, how long it takes to answer: warm, cold, from raw rows.
 * Filling 100 million events takes most of the time; a folder of its own keeps the filled stores for another run.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toLines } from "../src/dialects/native/query-lines.ts";
import type { UsageQuery } from "../src/model/usage-query.ts";
import { systemClock } from "../src/platform/clock.ts";
import { executeQuery } from "../src/query/execute.ts";
import { planQuery } from "../src/query/plan.ts";
import { streamQuery } from "../src/query/stream-query.ts";
import { type DuckdbStoreOptions, openDuckdbStore } from "../src/store/duckdb/open.ts";
import type { UsageStore } from "../src/store/usage-store.ts";
import { benchEndpoints } from "./endpoints.ts";
import { type Filled, fillStore } from "./fill-store.ts";
import { benchLoad } from "./load.ts";
import { openPageCache, type PageCache } from "./page-cache.ts";
import { ALL_ASSETS, LIMITS, QUESTIONS } from "./questions.ts";
import { formatCount, formatMs, median, percentile, type Section, timeMs } from "./report.ts";
import { measureSettledIntake } from "./settled-intake.ts";
import { buildGrowth, type Listed, type Measured } from "./store-growth.ts";
import { YEAR_END_MS } from "./usage-year.ts";
import { ownProcessorMs, waitUntilIdle } from "./wait-until-idle.ts";

/** Sizes of a run. `keepIn`: the folder whose stores are used if they are there, and kept; null for a temporary one. */
export type QuerySizes = {
  readonly events: readonly number[];
  readonly runs: number;
  readonly coldRuns: number;
  readonly keepIn: string | null;
};

const DAY_MS = 86_400_000;
/** What the store may use: the configuration's own initial value. */
const MEMORY_BYTES_MAX = 1_073_741_824;

/** Runs the benchmark for every size; the tables of questions, endpoints and load are those of the largest. */
export async function benchQuery({ events, runs, coldRuns, keepIn }: QuerySizes): Promise<Section[]> {
  const all: Measured[] = [];
  const sections: Section[] = [];
  const root = keepIn ?? mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), "assetmeter-query-"));
  try {
    for (const count of events) {
      const isLast = count === events.at(-1);
      const options = buildOptions(join(root, String(count)));
      all.push(await measureSize(options, count, { runs, coldRuns: isLast ? coldRuns : 0, isLast }));
      if (isLast) {
        sections.push(await benchEndpoints({ file: options.file, events: count, runs }));
        sections.push(await benchLoad({ file: options.file, events: count, eventsPerS: 20_000, seconds: 60 }));
      }
      if (keepIn === null) rmSync(join(root, String(count)), { recursive: true, force: true });
    }
  } finally {
    if (keepIn === null) rmSync(root, { recursive: true, force: true });
  }
  const last = all.at(-1);
  if (last === undefined) throw new Error("There is no size to measure.");
  return [buildGrowth(all), buildAnswers(last, runs, coldRuns), ...sections];
}

function buildOptions(folder: string): DuckdbStoreOptions {
  mkdirSync(folder, { recursive: true });
  return {
    file: join(folder, "usage.duckdb"),
    memoryBytesMax: MEMORY_BYTES_MAX,
    threads: 2,
    dedupeHorizonMs: 35 * DAY_MS,
    clock: { now: () => YEAR_END_MS },
  };
}

/** Fills the store, or reads what was noted when an earlier run did. */
async function readFilled(options: DuckdbStoreOptions, events: number): Promise<Filled> {
  const noted = `${options.file}.filled.json`;
  if (existsSync(noted)) return JSON.parse(readFileSync(noted, "utf8")) as Filled;
  rmSync(options.file, { force: true });
  const filled = await fillStore(options, events);
  writeFileSync(noted, JSON.stringify(filled));
  return filled;
}

async function measureSize(
  options: DuckdbStoreOptions,
  events: number,
  { runs, coldRuns, isLast }: { readonly runs: number; readonly coldRuns: number; readonly isLast: boolean },
): Promise<Measured> {
  const pageCache = openPageCache(options.file);
  const filled = await readFilled(options, events);
  const cold = await measureCold(options, pageCache, coldRuns);
  let store: UsageStore | null = null;
  const openMs = await timeMs(async () => {
    store = await openDuckdbStore(options);
    await buildAsk(store, QUESTIONS[0]?.query ?? ALL_ASSETS)();
  });
  const opened = store as UsageStore | null;
  if (opened === null) throw new Error("The store was not opened.");
  try {
    await waitUntilIdle(ownProcessorMs);
    const rows: string[][] = [];
    for (const [index, { name, query, goalMs }] of QUESTIONS.entries()) {
      const [warm, raw, ratio] = await measureWarm(opened, query, runs);
      const dropped = await measureDropped(opened, pageCache, query, isLast ? runs : 0);
      rows.push([name, warm, dropped, raw, ratio, printCold(cold[index] ?? []), goalMs.join(" / ")]);
      console.error(`${formatCount(events)} events | ${rows.at(-1)?.join(" | ")}`);
    }
    const listed = await measureList(opened);
    pageCache.close();
    await opened.close();
    return { events, filled, openMs, rows, listed, settled: await measureSettledIntake(options) };
  } finally {
    await opened.close();
  }
}

function buildAnswers({ events, rows }: Measured, runs: number, coldRuns: number): Section {
  return {
    title: `Questions at ${formatCount(events)} events`,
    notes: [
      `${runs} runs each, warm, once all ids are in memory. "From raw rows" is the same scan with every piece read from usage_raw, in the same run.`,
      "Dropped: as many, the file dropped from the page cache before each of them; the store stays open and has what it holds itself.",
      `Cold: ${coldRuns} runs, each the first question to a store that was just opened after its file was dropped. Goals are 50 % / 99 % in ms.`,
    ],
    columns: [
      "question",
      "50 % / 99 %",
      "dropped, 50 % / 99 %",
      "from raw rows, 50 %",
      "ratio",
      "cold, 50 % / largest",
      "goal",
    ],
    rows,
  };
}

/** 50 % and 99 % of so many answers, the time from raw rows, and how many times as long that is. */
async function measureWarm(store: UsageStore, query: UsageQuery, runs: number): Promise<[string, string, string]> {
  const answer = buildAsk(store, query);
  for (let run = 0; run < 3; run++) await answer();
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await timeMs(answer));
  const { flow, top } = planQuery(query, { keptFrom: {} }, LIMITS);
  const raw = { ...(top?.single ?? flow), segments: [{ table: "usage_raw", ...query.range } as const] };
  const rawTimes: number[] = [];
  for (let run = 0; run < 3; run++) rawTimes.push(await timeMs(() => store.scan(raw)));
  const ratio = median(rawTimes) / median(times);
  return [printTimes(times), formatMs(median(rawTimes)), ratio.toFixed(1)];
}

const printTimes = (times: readonly number[]): string =>
  `${formatMs(median(times))} / ${formatMs(percentile(times, 99))}`;

/** The same after the file has left the page cache before each answer: what the open store holds itself it still has. */
async function measureDropped(
  store: UsageStore,
  pageCache: PageCache,
  query: UsageQuery,
  runs: number,
): Promise<string> {
  const answer = buildAsk(store, query);
  const times: number[] = [];
  for (let run = 0; run < runs && (await pageCache.drop()); run++) times.push(await timeMs(answer));
  return times.length === 0 ? "–" : printTimes(times);
}

/** Streams every asset of the year as the native API does; the text is counted and thrown away. */
async function measureList(store: UsageStore): Promise<Listed> {
  const deps = { store, listSources: async () => [], clock: systemClock, limits: LIMITS };
  const idleBytes = process.memoryUsage.rss();
  let [rows, largestBytes] = [0, idleBytes];
  const ms = await timeMs(async () => {
    const result = await streamQuery(ALL_ASSETS, deps);
    for await (const text of toLines(result, { query: ALL_ASSETS, limit: null, format: "ndjson" })) {
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) rows++;
      largestBytes = Math.max(largestBytes, process.memoryUsage.rss());
    }
  });
  return { rows: rows - 1, ms, extraBytes: largestBytes - idleBytes };
}

/** For each question the times of its first answer from a store that was opened after its file left the page cache. */
async function measureCold(options: DuckdbStoreOptions, pageCache: PageCache, runs: number): Promise<number[][]> {
  const all: number[][] = [];
  for (const { query } of QUESTIONS) {
    const times: number[] = [];
    for (let run = 0; run < runs && (await pageCache.drop()); run++) {
      // Without ids to remember: reading them at the open would warm the cache while the question runs.
      const store = await openDuckdbStore({ ...options, dedupeHorizonMs: 0 });
      times.push(await timeMs(buildAsk(store, query)));
      await store.close();
    }
    all.push(times);
  }
  return all;
}

function printCold(times: readonly number[]): string {
  return times.length === 0 ? "–" : `${formatMs(median(times))} / ${formatMs(Math.max(...times))}`;
}

function buildAsk(store: UsageStore, query: UsageQuery): () => Promise<unknown> {
  return () => executeQuery(query, { store, listSources: async () => [], clock: systemClock, limits: LIMITS });
}
