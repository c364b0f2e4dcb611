/**
 * Events over HTTP: how many a server takes in per second, each committed and checked for duplicates, and how long one
 * sender waits.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { openProbes } from "./probes.ts";
import { FACTS_SQL, rememberIds } from "./remembered-facts.ts";
import { formatCount, formatMs, median, percentile, type Section, timeMs } from "./report.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { waitUntilIdle } from "./wait-until-idle.ts";

/** Sizes of a run. */
export type IngestSizes = {
  /** Events of each run of batches and of NDJSON. */
  readonly events: number;
  /** Runs; the middle one counts. */
  readonly runs: number;
  /** Ids that the server remembers beforehand. */
  readonly remembered: number;
};

const BATCH_EVENTS = 1000;
/** Connections of the sender, kept alive. */
export const CONNECTIONS = 8;
const SINGLE_EVENTS = 200;
/** What is asked meanwhile: whether the process answers, and statistics. */
const PROBED = ["/healthz", "/usage/v1/query?metric=requests,traffic&window=day&group_by=space"];
/** The media type of a batch. */
export const BATCH_TYPE = "application/cloudevents-batch+json";

/** Runs the benchmark. */
export async function benchIngest({ events, runs, remembered }: IngestSizes): Promise<Section> {
  const server = await startServer({ ASSETMETER_METERS_OWN_TRAFFIC: "off" }, (dataDir) =>
    rememberIds(join(dataDir, "usage.duckdb"), remembered),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const send = buildSender(server, agent);
  const probes = openProbes({ url: server.url, token: server.token, paths: PROBED, everyMs: 20 });
  try {
    await send("application/x-ndjson", Buffer.from(`${buildEvent("warm-up", 0)}\n`));
    await waitUntilIdle(server.processorMs);
    const loadedBytes = server.residentBytes();
    const engine: number[] = [];
    const batches: number[] = [];
    const waits: number[][] = [];
    const [health, statistics]: [(readonly number[])[], (readonly number[])[]] = [[], []];
    for (let run = 0; run < runs; run++) {
      engine.push(await insertPerS(events));
      const bodies = buildBodies(events, `batch-${run}`, (lines) => `[${lines.join(",")}]`);
      await probes.resume();
      const waitsOfRun: number[] = [];
      batches.push(await ratePerS(events, () => sendAll(bodies, BATCH_TYPE, send, waitsOfRun)));
      const [healthOfRun, statisticsOfRun] = await probes.pause();
      if (healthOfRun === undefined || statisticsOfRun === undefined) throw new Error("Nothing was asked meanwhile.");
      waits.push(waitsOfRun);
      health.push(healthOfRun);
      statistics.push(statisticsOfRun);
    }
    const streams: number[] = [];
    for (let run = 0; run < runs; run++) {
      const bodies = buildBodies(events, `stream-${run}`, (lines) => lines.join("\n"));
      const streamed = Array.from({ length: CONNECTIONS }, (_, part) =>
        Buffer.from(bodies.filter((_, index) => index % CONNECTIONS === part).join("\n")),
      );
      streams.push(await ratePerS(events, () => sendAll(streamed, "application/x-ndjson", send, [])));
    }
    const halfWaits: number[][] = [];
    const singles: number[][] = [];
    for (let run = 0; run < runs; run++) {
      const half = buildBodies(events, `half-${run}`, (lines) => `[${lines.join(",")}]`);
      halfWaits.push(await sendPaced(half, (BATCH_EVENTS * 2000) / median(batches), send));
      await waitUntilIdle(server.processorMs);
      singles.push(await sendSingles(run, send));
    }
    const p50p99 = (times: readonly (readonly number[])[]) => {
      const ofRuns = (percent: number) => times.map((run) => percentile(run, percent));
      return `${formatMs(median(ofRuns(50)))} / ${formatMs(median(ofRuns(99)))} (${formatMs(Math.max(...ofRuns(99)))})`;
    };
    const ratio = (rate: number) => (median(engine) / rate).toFixed(1);
    return {
      title: "Events over HTTP",
      notes: [
        `Batches of ${formatCount(BATCH_EVENTS)} and NDJSON from ${CONNECTIONS} kept-alive connections, ${formatCount(events)} events a run, ${runs} runs;`,
        `the sender and a thread that asks meanwhile run on the same cores. Every answer comes after the commit; every event is checked against ${formatCount(remembered)} remembered ids.`,
        "Rates and waits are those of the middle run, each by itself, and what the worst run had for 99 %.",
        "The engine's own insert: the same rows by SQL in one statement, committed to disk, in turn with the runs.",
      ],
      columns: ["what", "figure"],
      rows: [
        ["batches, events per second", formatCount(median(batches))],
        ["NDJSON, events per second", formatCount(median(streams))],
        ["the engine's own insert, rows per second", formatCount(median(engine))],
        ["… to batches / NDJSON", `${ratio(median(batches))} / ${ratio(median(streams))}`],
        ["answer to a batch under full load, 50 % / 99 % (worst run)", p50p99(waits)],
        ["answer to a batch at half load, 50 % / 99 % (worst run)", p50p99(halfWaits)],
        ["one event, idle server, 50 % / 99 % (worst run)", p50p99(singles)],
        ["/healthz while batches come at full speed, 50 % / 99 % (worst run)", p50p99(health)],
        ["statistics while batches come at full speed, 50 % / 99 % (worst run)", p50p99(statistics)],
        ["resident memory with the remembered ids, idle", `${formatCount(loadedBytes / 1e6)} MB`],
        ["largest resident memory", `${formatCount(server.peakBytes() / 1e6)} MB`],
      ],
    };
  } finally {
    await probes.close();
    agent.destroy();
    await server.close();
  }
}

/** Rows per second that the engine itself inserts by SQL, committed to disk. */
async function insertPerS(count: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-engine-"));
  const instance = await DuckDBInstance.create(join(folder, "engine.duckdb"), { threads: "2" });
  const connection = await instance.connect();
  await connection.run(`CREATE TEMP TABLE staged AS ${FACTS_SQL(0, count)} FROM fact`);
  await connection.run("CREATE TABLE fact AS FROM staged LIMIT 0");
  const rate = await ratePerS(count, async () => {
    await connection.run("INSERT INTO fact FROM staged");
    await connection.run("CHECKPOINT");
  });
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true, force: true });
  return rate;
}

/** Sends one body every `everyMs`, whether or not the last one was answered; how long each waited for its answer, in ms. */
async function sendPaced(bodies: readonly Buffer[], everyMs: number, send: Send): Promise<number[]> {
  const begun = performance.now();
  const sent: Promise<number>[] = [];
  for (const [index, body] of bodies.entries()) {
    await delay(Math.max(0, begun + index * everyMs - performance.now()));
    sent.push(timeMs(() => send(BATCH_TYPE, body)));
  }
  return Promise.all(sent);
}

/** Sends events one after the other; how long each waited for its answer, in ms. */
async function sendSingles(run: number, send: Send): Promise<number[]> {
  const waits: number[] = [];
  for (let index = 0; index < SINGLE_EVENTS; index++) {
    const body = Buffer.from(buildEvent(`single-${run}-${index}`, index));
    waits.push(await timeMs(() => send("application/cloudevents+json", body)));
  }
  return waits;
}

/** Sends one body; resolves when all of it was accepted, rejects otherwise. */
export type Send = (contentType: string, body: Buffer) => Promise<void>;

/** A sender to the server over the agent's connections. */
export function buildSender(server: ServerProcess, agent: Agent): Send {
  return (contentType, body) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${server.token}`,
        "content-type": contentType,
        "content-length": String(body.length),
      };
      const outgoing = request(`${server.url}/usage/v1/events`, { method: "POST", agent, headers }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        answer.on("end", () => {
          const { received, accepted } = JSON.parse(text) as { received?: number; accepted?: number };
          if (answer.statusCode === 200 && received === accepted) resolve();
          else reject(new Error(`Not everything was accepted: ${answer.statusCode} ${text.slice(0, 300)}`));
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
}

/** Sends all bodies, as many at a time as there are connections; notes how long each answer took. */
export async function sendAll(
  bodies: readonly Buffer[],
  contentType: string,
  send: Send,
  waits: number[],
): Promise<void> {
  let next = 0;
  const sendNext = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const start = performance.now();
      await send(contentType, body);
      waits.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sendNext));
}

/** How many of `count` the work does per second. */
export async function ratePerS(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (count / (performance.now() - start)) * 1000;
}

/** Bodies of a thousand events each, `events` in all; ids begin with `name`, so those of another name are others. */
export function buildBodies(events: number, name: string, join: (lines: string[]) => string): Buffer[] {
  return Array.from({ length: Math.ceil(events / BATCH_EVENTS) }, (_, batch) => {
    const count = Math.min(BATCH_EVENTS, events - batch * BATCH_EVENTS);
    return Buffer.from(
      join(Array.from({ length: count }, (_, index) => buildEvent(`${name}-${batch}-${index}`, index))),
    );
  });
}

function buildEvent(id: string, index: number): string {
  return JSON.stringify({
    specversion: "1.0",
    id,
    source: "bench",
    type: index % 3 === 0 ? "assetmeter.api" : "assetmeter.delivery",
    time: new Date(Date.now() - (index % 86_400) * 1000).toISOString(),
    data: {
      space_id: 1,
      user_id: 1 + (index % 500),
      asset_id: 1 + (index % 997),
      operation: index % 3 === 0 ? "/api/v1/assets/{ASSET_ID}/data" : "GET",
      bytes_out: 1000 + index,
    },
  });
}
