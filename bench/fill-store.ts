/**
 * Fills a store with the generated year, as a server does it: commit after commit, with compaction beside them.
 */
import { readFileSync } from "node:fs";
import { SETTINGS } from "../src/settings.ts";
import { type DuckdbStoreOptions, openDuckdbStore } from "../src/store/duckdb/open.ts";
import { median, percentile, timeMs } from "./report.ts";
import { buildYearRow, YEAR_END_MS, YEAR_START_MS } from "./usage-year.ts";

/** As many as a server commits together. */
const BATCH_ROWS = SETTINGS.commitRowsMax.initial;
const EDGE_EVENTS = 1_000_000;
const MINUTES_KEPT_MS = 2 * 86_400_000;
/** Between steps of compaction. A server rests longer after each, but a year does not come to it within minutes. */
const REST_MS = { afterStep: 20, idle: 500 } as const;

/** How it went. Times in milliseconds, sizes in bytes. */
export type Filled = {
  readonly firstPerS: number;
  readonly lastPerS: number;
  readonly commitMs: number;
  readonly commitMs99: number;
  readonly steps: number;
  readonly stepMs: number;
  readonly stepMs99: number;
  readonly totalMs: number;
  /** Of all threads, everything included. */
  readonly processorMs: number;
  /** Of the files, blocks that are free for new rows included. */
  readonly bytesOnDisk: number;
  readonly bytesUsed: number;
  readonly peakBytes: number;
};

/** Fills a new store with `events` events and compacts it until nothing is left to do. */
export async function fillStore(options: DuckdbStoreOptions, events: number): Promise<Filled> {
  let nowMs = YEAR_START_MS;
  const store = await openDuckdbStore({ ...options, clock: { now: () => nowMs } });
  const commits: number[] = [];
  const steps: number[] = [];
  let filling = true;
  const compact = async (): Promise<void> => {
    for (;;) {
      let worked = false;
      const stepMs = await timeMs(async () => {
        worked = await store.compactStep();
      });
      if (worked) steps.push(stepMs);
      else if (!filling) return;
      await new Promise((done) => setTimeout(done, worked ? REST_MS.afterStep : REST_MS.idle));
    }
  };
  const compacting = compact();
  const begun = process.cpuUsage();
  const begunMs = performance.now();
  const totalMs = await timeMs(async () => {
    for (let from = 0; from < events; from += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, events - from);
      const rows = Array.from({ length: count }, (_, index) => buildYearRow(from + index, events));
      nowMs = rows.at(-1)?.timeMs ?? nowMs;
      // As a server does it: sums per minute are kept for two days.
      if (from % (20 * BATCH_ROWS) === 0)
        await store.deleteExpired({ usage_bucket_per_minute: nowMs - MINUTES_KEPT_MS });
      commits.push(await timeMs(() => store.append({ rows, rejected: [], checkpoints: [], receivedMs: nowMs })));
      if ((from / BATCH_ROWS) % 40 === 39) {
        const seconds = (performance.now() - begunMs) / 1000;
        const left = (seconds / (from + count)) * (events - from - count);
        const rest = `${Math.round(left / 60)} minutes to go`;
        console.error(
          `${from + count} of ${events} events after ${Math.round(seconds)} s, ${steps.length} steps; ${rest}`,
        );
      }
    }
    console.error("All taken in; compaction goes on.");
    nowMs = YEAR_END_MS;
    await store.deleteExpired({ usage_bucket_per_minute: nowMs - MINUTES_KEPT_MS });
    filling = false;
    await compacting;
  });
  const { user, system } = process.cpuUsage(begun);
  const edge = Math.ceil(Math.min(events, EDGE_EVENTS) / BATCH_ROWS);
  const perS = (times: readonly number[]) =>
    ((times.length * BATCH_ROWS) / times.reduce((sum, ms) => sum + ms, 0)) * 1000;
  await store.close();
  const reopened = await openDuckdbStore(options);
  const { bytesOnDisk, bytesUsed } = await reopened.describe();
  await reopened.close();
  return {
    firstPerS: perS(commits.slice(0, edge)),
    lastPerS: perS(commits.slice(-edge)),
    commitMs: median(commits),
    commitMs99: percentile(commits, 99),
    steps: steps.length,
    stepMs: median(steps),
    stepMs99: percentile(steps, 99),
    totalMs,
    processorMs: (user + system) / 1000,
    bytesOnDisk,
    bytesUsed,
    peakBytes: Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) * 1024,
  };
}
