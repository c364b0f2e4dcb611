/**
 * Questions to a large store: how long answers take from roll-ups, and how long the same answers take from raw rows.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UsageQuery } from "../src/model/usage-query.ts";
import type { UsageRow } from "../src/model/usage-row.ts";
import { systemClock } from "../src/platform/clock.ts";
import { executeQuery } from "../src/query/execute.ts";
import { planQuery } from "../src/query/plan.ts";
import { openDuckdbStore } from "../src/store/duckdb/open.ts";
import type { UsageStore } from "../src/store/usage-store.ts";
import { formatCount, formatMs, median, percentile, type Section, timeMs } from "./report.ts";

/** Sizes of a run. */
export type QuerySizes = { readonly events: number; readonly runs: number };

const DAY_MS = 86_400_000;
const YEAR_START_MS = Date.UTC(2025, 10, 20);
const YEAR_END_MS = YEAR_START_MS + 365 * DAY_MS;
const LIMITS = { rowsMax: 2_000_000, daysMax: 3_660 };
const BATCH_ROWS = 50_000;
/** What the store may use: the configuration's own initial value. */
const MEMORY_BYTES_MAX = 1_073_741_824;

/** Runs the benchmark. */
export async function benchQuery({ events, runs }: QuerySizes): Promise<Section[]> {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-query-"));
  const file = join(folder, "usage.duckdb");
  const options = {
    file,
    memoryBytesMax: MEMORY_BYTES_MAX,
    threads: 2,
    dedupeHorizonMs: 35 * DAY_MS,
    clock: systemClock,
  };
  let store = await openDuckdbStore(options);
  try {
    const loadMs = await timeMs(() => load(store, events));
    const { bytesOnDisk } = await store.describe();
    await store.close();
    const openMs = await timeMs(async () => {
      store = await openDuckdbStore(options);
      await store.ping();
    });
    const rows: string[][] = [];
    for (const [name, query] of Object.entries(QUESTIONS)) {
      rows.push([name, ...(await measure(store, query, runs))]);
    }
    return [
      {
        title: `The store at ${formatCount(events)} events`,
        notes: ["One year, 1,000 spaces, 50,000 users, 1,000 buckets, assets by a Zipf distribution over a million."],
        columns: ["what", "figure"],
        rows: [
          ["taken in, events per second", formatCount((events / loadMs) * 1000)],
          ["bytes on disk per event, raw rows and roll-ups", (bytesOnDisk / events).toFixed(1)],
          ["open to first answer", formatMs(openMs)],
          ["resident memory of this process", `${formatCount(process.memoryUsage.rss() / 1e6)} MB`],
        ],
      },
      {
        title: `Questions at ${formatCount(events)} events`,
        notes: [`${runs} runs each, warm. "From raw rows" is the same scan with every piece read from usage_raw.`],
        columns: ["question", "50 %", "99 %", "from raw rows, 50 %", "ratio"],
        rows,
      },
    ];
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const question = (fields: Partial<UsageQuery>): UsageQuery => ({
  organization: 1,
  metrics: ["requests", "bytes_out"],
  range: { startMs: YEAR_START_MS, endMs: YEAR_END_MS },
  filter: {},
  groupBy: [],
  window: "day",
  timeZone: "UTC",
  order: { by: "group" },
  empty: "omit",
  rowsMax: LIMITS.rowsMax,
  ...fields,
});
const lastDays = (days: number) => ({ startMs: YEAR_END_MS - days * DAY_MS, endMs: YEAR_END_MS });

const QUESTIONS: Readonly<Record<string, UsageQuery>> = {
  "organization per day, a year": question({}),
  "organization per month, a year": question({ window: "month" }),
  "one space per day, a year": question({ filter: { space: [17] } }),
  "one user per day, a year": question({ filter: { user: [4711] } }),
  "one bucket per day, a year": question({ filter: { bucket: ["bucket-17"] } }),
  "one user and operation per hour, 7 days": question({
    filter: { user: [4711], operation: ["op-3"] },
    window: "hour",
    range: lastDays(7),
  }),
  "one asset per day, a year": question({ filter: { asset: [12] } }),
  "top 3 spaces and the others, 30 days": question({
    groupBy: ["space"],
    range: lastDays(30),
    top: { groups: 3, metric: "bytes_out" },
  }),
  "top 100 assets of a space, 30 days": question({
    groupBy: ["asset"],
    filter: { space: [17] },
    window: "none",
    range: lastDays(30),
    top: { groups: 100, metric: "bytes_out" },
  }),
  "top 100 assets of the organization, a year": question({
    groupBy: ["asset"],
    window: "none",
    top: { groups: 100, metric: "bytes_out" },
  }),
};

async function measure(store: UsageStore, query: UsageQuery, runs: number): Promise<string[]> {
  const deps = { store, listSources: async () => [], clock: systemClock, limits: LIMITS };
  await executeQuery(query, deps);
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await timeMs(() => executeQuery(query, deps)));
  const { flow } = planQuery(query, { rawFromMs: null }, LIMITS);
  const raw = { ...flow, segments: [{ table: "usage_raw", ...query.range } as const] };
  const rawTimes: number[] = [];
  for (let run = 0; run < 3; run++) rawTimes.push(await timeMs(() => store.scan(raw)));
  const ratio = median(rawTimes) / median(times);
  return [formatMs(median(times)), formatMs(percentile(times, 99)), formatMs(median(rawTimes)), ratio.toFixed(1)];
}

/** Fills the store in order of time. Deterministic: the same number of events gives the same store. */
async function load(store: UsageStore, events: number): Promise<void> {
  for (let from = 0; from < events; from += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, events - from);
    const rows = Array.from({ length: count }, (_, index) => buildRow(from + index, events));
    await store.append({ rows, rejected: [], checkpoints: [], receivedMs: rows[0]?.timeMs ?? 0 });
  }
}

const KINDS = ["api", "delivery", "delivery", "delivery", "upload"] as const;

/** Event number `index` of `events`: spread evenly over the year, dimensions from a hash of the number. */
function buildRow(index: number, events: number): UsageRow {
  const digest = createHash("sha256").update(String(index)).digest();
  const kind = KINDS[digest[16]! % KINDS.length] as UsageRow["kind"];
  // 1/u has the tail of a Zipf distribution: asset 1 gets half of the deliveries of asset 2 and its followers.
  const uniform = (digest.readUInt32LE(20) + 1) / 2 ** 32;
  const asset = Math.min(1_000_000, Math.floor(1_000_000 ** uniform));
  const space = 1 + (digest.readUInt16LE(24) % 1000);
  return {
    identity: digest.subarray(0, 16),
    source: "bench",
    timeMs: YEAR_START_MS + Math.floor((index / events) * 365 * DAY_MS),
    organization: 1,
    kind,
    space,
    user: 1 + (digest.readUInt32LE(16) % 50_000),
    bucket: `bucket-${1 + (digest.readUInt16LE(18) % 1000)}`,
    asset: kind === "api" ? null : asset,
    operation: kind === "api" ? `op-${digest[26]! % 20}` : "GET",
    count: 1,
    bytesIn: kind === "upload" ? 100_000 : 0,
    bytesOut: kind === "upload" ? 0 : digest.readUInt32LE(28) % 1_000_000,
    sizeDelta: kind === "upload" ? 100_000 : 0,
    objectsDelta: kind === "upload" ? 1 : 0,
  };
}
