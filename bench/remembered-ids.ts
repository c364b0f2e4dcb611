/**
 * Ids that a server remembers: how soon it answers after a start, what they take in memory, what intake beside them
 * loses, and what forgetting a day of them costs.
 */
import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { measure } from "../src/meter/measure.ts";
import type { UsageEvent } from "../src/model/usage-event.ts";
import { buildIdentityIndex } from "../src/store/duckdb/known-identities.ts";
import { BATCH_TYPE, buildBodies, buildSender, CONNECTIONS, ratePerS, sendAll } from "./ingest.ts";
import { rememberIds } from "./remembered-facts.ts";
import { formatCount, formatMegabytes, formatMs, type Section, timeMs } from "./report.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const RESENT_EVENTS = 1_000;
const DAY_MS = 86_400_000;
const DAYS = 35;

/** The fields of an event that stay the same. */
const EVENT: Omit<UsageEvent, "id"> = {
  organization: 1,
  source: "bench",
  timeMs: Date.now() - 60_000,
  kind: "api",
  space: 1,
  user: null,
  bucket: null,
  asset: null,
  operation: "GET",
  count: 1,
  bytesIn: 0,
  bytesOut: 0,
  sizeDelta: 0,
  objectsDelta: 0,
};

/** Runs the benchmark with stores of so many remembered ids each; `events` are sent to each. */
export async function benchRememberedIds(sizes: readonly number[], events: number): Promise<Section> {
  const columns: string[][] = [];
  for (const size of sizes) columns.push([...(await measureServer(size, events)), ...measureIndex(size)]);
  const names = [
    "process started to first answer of /healthz",
    `${formatCount(RESENT_EVENTS)} events that were known, sent again at once: duplicates, answer after`,
    "process started to all ids in memory",
    "resident memory then / at most until then",
    `batches of 1,000, events per second`,
    "resident memory at most, with the batches",
    "memory of the ids alone",
    "forgetting a day of them: in all / longest step",
  ];
  return {
    title: "Remembered ids",
    notes: [
      "A store with so many ids that arrived within the last 30 days, opened by a new process. Ids of accepted events are",
      "remembered for 35 days; until all are in memory, events are looked up in the table. The last two figures are those of",
      "as many ids without a server.",
    ],
    columns: ["what", ...sizes.map((size) => `${formatCount(size)} ids`)],
    rows: names.map((name, row) => [name, ...columns.map((column) => column[row] as string)]),
  };
}

async function measureServer(size: number, events: number): Promise<string[]> {
  const known = Array.from({ length: RESENT_EVENTS }, (_, n) => measure({ ...EVENT, id: `known-${n}` }));
  let startedMs = 0;
  const server = await startServer({ ASSETMETER_METERS_OWN_TRAFFIC: "off" }, async (dataDir) => {
    await rememberIds(join(dataDir, "usage.duckdb"), size, known);
    startedMs = performance.now();
  });
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    await fetch(`${server.url}/healthz`);
    const answeredMs = performance.now() - startedMs;
    let duplicates = 0;
    const resentMs = await timeMs(async () => {
      duplicates = await resend(server);
    });
    if (duplicates !== RESENT_EVENTS)
      throw new Error(`${duplicates} of ${RESENT_EVENTS} known events were recognised.`);
    const loadedMs = (await untilIdle(server)) - startedMs;
    const loaded = `${formatMegabytes(server.residentBytes())} / ${formatMegabytes(server.peakBytes())}`;
    const bodies = buildBodies(events, "new", (lines) => `[${lines.join(",")}]`);
    const rate = await ratePerS(events, () => sendAll(bodies, BATCH_TYPE, buildSender(server, agent), []));
    return [
      formatMs(answeredMs),
      `${formatCount(duplicates)}, ${formatMs(resentMs)}`,
      formatMs(loadedMs),
      loaded,
      formatCount(rate),
      formatMegabytes(server.peakBytes()),
    ];
  } finally {
    agent.destroy();
    await server.close();
  }
}

/** Sends the known events again; answers how many were called duplicates. */
async function resend(server: ServerProcess): Promise<number> {
  const { source, timeMs, operation } = EVENT;
  const event = { specversion: "1.0", source, type: "assetmeter.api", time: new Date(timeMs).toISOString() };
  const events = Array.from({ length: RESENT_EVENTS }, (_, n) => {
    return { ...event, id: `known-${n}`, data: { space_id: 1, operation } };
  });
  const answer = await fetch(`${server.url}/usage/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.token}`, "content-type": BATCH_TYPE },
    body: JSON.stringify(events),
  });
  return ((await answer.json()) as { duplicates: number }).duplicates;
}

/** When the server began to rest (a second without work), on the clock of performance.now(). */
async function untilIdle(server: ServerProcess): Promise<number> {
  let [restedMs, last] = [performance.now(), server.processorMs()];
  while (performance.now() - restedMs < 1_000) {
    await delay(100);
    const now = server.processorMs();
    if (now - last > 20) restedMs = performance.now();
    last = now;
  }
  return restedMs;
}

/** The index alone, filled as a start fills it: its memory, and a day of it forgotten. */
function measureIndex(size: number): string[] {
  const index = buildIdentityIndex(DAY_MS);
  index.reserve(size);
  const part = 32_768;
  const [prints, segments] = [new Uint32Array(part), new Uint8Array(part)];
  for (let from = 0; from < size; from += part) {
    for (let at = 0; at < part; at++) {
      prints[at] = Math.random() * 2 ** 32;
      segments[at] = Math.random() * 256;
    }
    index.add({ prints, segments }, Math.floor((from / size) * DAYS) * DAY_MS);
  }
  const bytes = index.bytes();
  const steps: number[] = [];
  index.dropBefore(DAY_MS);
  for (let step = 0; step < 256; step++) {
    const start = performance.now();
    index.add({ prints: new Uint32Array(0), segments: new Uint8Array(0) }, DAYS * DAY_MS);
    steps.push(performance.now() - start);
  }
  const forgetMs = steps.reduce((sum, ms) => sum + ms, 0);
  return [formatMegabytes(bytes), `${formatMs(forgetMs)} / ${formatMs(Math.max(...steps))}`];
}
