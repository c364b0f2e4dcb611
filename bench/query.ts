/**
 * A large store: how fast it is filled, how large it gets, how long it takes to answer from roll-ups and from raw rows.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
import { type Filled, fillStore } from "./fill-store.ts";
import { ALL_ASSETS, LIMITS, QUESTIONS } from "./questions.ts";
import { formatCount, formatMegabytes, formatMs, median, percentile, type Section, timeMs } from "./report.ts";
import { YEAR_END_MS } from "./usage-year.ts";

/** Sizes of a run. */
export type QuerySizes = { readonly events: readonly number[]; readonly runs: number; readonly coldRuns: number };

const DAY_MS = 86_400_000;
/** What the store may use: the configuration's own initial value. */
const MEMORY_BYTES_MAX = 1_073_741_824;

type Listed = { readonly rows: number; readonly ms: number; readonly extraBytes: number };

type Measured = {
  readonly listed: Listed;
  readonly events: number;
  readonly filled: Filled;
  readonly openMs: number;
  readonly rows: string[][];
};

/** Runs the benchmark for every size; the questions' table is that of the largest. */
export async function benchQuery({ events, runs, coldRuns }: QuerySizes): Promise<Section[]> {
  const all: Measured[] = [];
  for (const count of events) all.push(await measureSize(count, runs, count === events.at(-1) ? coldRuns : 0));
  const last = all.at(-1);
  if (last === undefined) throw new Error("There is no size to measure.");
  return [buildGrowth(all), buildAnswers(last, runs, coldRuns)];
}

async function measureSize(events: number, runs: number, coldRuns: number): Promise<Measured> {
  const folder = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), "assetmeter-query-"));
  const options: DuckdbStoreOptions = {
    file: join(folder, "usage.duckdb"),
    memoryBytesMax: MEMORY_BYTES_MAX,
    threads: 2,
    dedupeHorizonMs: 35 * DAY_MS,
    clock: { now: () => YEAR_END_MS },
  };
  try {
    const filled = await fillStore(options, events);
    let store = await openDuckdbStore(options);
    const openMs = await timeMs(async () => {
      await store.close();
      store = await openDuckdbStore(options);
      await store.ping();
    });
    try {
      const rows: string[][] = [];
      for (const { name, query, goalMs } of QUESTIONS) {
        const cold = coldRuns === 0 ? [] : await measureCold(options, store, query, coldRuns);
        store = cold.length === 0 ? store : await openDuckdbStore(options);
        rows.push([name, ...(await measureWarm(store, query, runs)), printCold(cold), goalMs.join(" / ")]);
        console.error(rows.at(-1)?.join(" | "));
      }
      const listed = await measureList(store);
      return { events, filled, openMs, rows, listed };
    } finally {
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function buildGrowth(all: readonly Measured[]): Section {
  const line = (what: string, figure: (measured: Measured) => string) => [what, ...all.map(figure)];
  return {
    title: "The store as it grows",
    notes: [
      "One year, 1,000 spaces, 50,000 users, 1,000 buckets, a million assets by a Zipf distribution; taken in through the",
      "store's append in commits of 50,000 with compaction beside it. Intake counts the time in append alone.",
    ],
    columns: ["events", ...all.map(({ events }) => formatCount(events))],
    rows: [
      line("taken in, events per second, first million", ({ filled }) => formatCount(filled.firstPerS)),
      line("taken in, events per second, last million", ({ filled }) => formatCount(filled.lastPerS)),
      line(
        "commit of 50,000, 50 % / 99 %",
        ({ filled }) => `${formatMs(filled.commitMs)} / ${formatMs(filled.commitMs99)}`,
      ),
      line(
        "compaction steps, 50 % / 99 %",
        ({ filled }) => `${formatCount(filled.steps)}, ${formatMs(filled.stepMs)} / ${formatMs(filled.stepMs99)}`,
      ),
      line("minutes to fill, compaction included", ({ filled }) => (filled.totalMs / 60_000).toFixed(1)),
      line("bytes on disk per event, raw rows and roll-ups", ({ filled, events }) =>
        (filled.bytesUsed / events).toFixed(1),
      ),
      line("bytes of the files per event", ({ filled, events }) => (filled.bytesOnDisk / events).toFixed(1)),
      line("open to first answer", ({ openMs }) => formatMs(openMs)),
      line("largest resident memory while filling", ({ filled }) => formatMegabytes(filled.peakBytes)),
      line("every asset with traffic in the year as NDJSON: rows, time (goal 3 s)", ({ listed }) => {
        return `${formatCount(listed.rows)}, ${formatMs(listed.ms)}`;
      }),
      line("largest resident memory above idle meanwhile (goal 300 MB)", ({ listed }) =>
        formatMegabytes(listed.extraBytes),
      ),
      ...QUESTIONS.map(({ name }, index) =>
        line(`${name}, 50 % / 99 %`, ({ rows }) => `${rows[index]?.[1]} / ${rows[index]?.[2]}`),
      ),
    ],
  };
}

function buildAnswers({ events, rows }: Measured, runs: number, coldRuns: number): Section {
  return {
    title: `Questions at ${formatCount(events)} events`,
    notes: [
      `${runs} runs each, warm. "From raw rows" is the same scan with every piece read from usage_raw. Cold: ${coldRuns} runs,`,
      "each the first question to a store that was just opened after the page cache was dropped. Goals are 50 % / 99 % in ms.",
    ],
    columns: ["question", "50 %", "99 %", "from raw rows, 50 %", "ratio", "cold, 50 % / largest", "goal"],
    rows,
  };
}

async function measureWarm(store: UsageStore, query: UsageQuery, runs: number): Promise<string[]> {
  const answer = buildAsk(store, query);
  for (let run = 0; run < 3; run++) await answer();
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await timeMs(answer));
  const { flow } = planQuery(query, { keptFrom: {} }, LIMITS);
  const raw = { ...flow, segments: [{ table: "usage_raw", ...query.range } as const] };
  const rawTimes: number[] = [];
  for (let run = 0; run < 3; run++) rawTimes.push(await timeMs(() => store.scan(raw)));
  const ratio = median(rawTimes) / median(times);
  return [formatMs(median(times)), formatMs(percentile(times, 99)), formatMs(median(rawTimes)), ratio.toFixed(1)];
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

/** Closes the store, drops the page cache, opens it anew, asks once. Empty where the cache cannot be dropped. */
async function measureCold(options: DuckdbStoreOptions, open: UsageStore, query: UsageQuery, runs: number) {
  const times: number[] = [];
  await open.close();
  for (let run = 0; run < runs && dropPageCache(); run++) {
    // Without ids to remember: reading them at the open would warm the cache while the question runs.
    const store = await openDuckdbStore({ ...options, dedupeHorizonMs: 0 });
    times.push(await timeMs(buildAsk(store, query)));
    await store.close();
  }
  return times;
}

function printCold(times: readonly number[]): string {
  return times.length === 0 ? "not permitted" : `${formatMs(median(times))} / ${formatMs(Math.max(...times))}`;
}

function dropPageCache(): boolean {
  try {
    writeFileSync("/proc/sys/vm/drop_caches", "3");
    return true;
  } catch {
    return false;
  }
}

function buildAsk(store: UsageStore, query: UsageQuery): () => Promise<unknown> {
  return () => executeQuery(query, { store, listSources: async () => [], clock: systemClock, limits: LIMITS });
}
