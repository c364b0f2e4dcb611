/**
 * Events over HTTP: how many a server takes in per second, each committed and checked for duplicates, and how long one
 * sender waits.
 */
import { Agent, request } from "node:http";
import { formatCount, formatMs, median, percentile, type Section } from "./report.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** Sizes of a run. */
export type IngestSizes = {
  /** Events of each run of batches and of NDJSON. */
  readonly events: number;
  /** Runs; the middle one counts. */
  readonly runs: number;
};

const BATCH_EVENTS = 1000;
const CONNECTIONS = 8;
const SINGLE_EVENTS = 200;

/** Runs the benchmark. */
export async function benchIngest({ events, runs }: IngestSizes): Promise<Section> {
  const server = await startServer();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const send = buildSender(server, agent);
  try {
    await send("application/x-ndjson", Buffer.from(`${buildEvent("warm-up", 0)}\n`));
    const batches: number[] = [];
    const waits: number[] = [];
    for (let run = 0; run < runs; run++) {
      const bodies = buildBodies(events, `batch-${run}`, (lines) => `[${lines.join(",")}]`);
      batches.push(await ratePerS(events, () => sendAll(bodies, "application/cloudevents-batch+json", send, waits)));
    }
    const streams: number[] = [];
    for (let run = 0; run < runs; run++) {
      const bodies = buildBodies(events, `stream-${run}`, (lines) => lines.join("\n"));
      const streamed = Array.from({ length: CONNECTIONS }, (_, part) =>
        Buffer.from(bodies.filter((_, index) => index % CONNECTIONS === part).join("\n")),
      );
      streams.push(await ratePerS(events, () => sendAll(streamed, "application/x-ndjson", send, [])));
    }
    const singles: number[] = [];
    for (let index = 0; index < SINGLE_EVENTS; index++) {
      const body = Buffer.from(buildEvent(`single-${index}`, index));
      const start = performance.now();
      await send("application/cloudevents+json", body);
      singles.push(performance.now() - start);
    }
    return {
      title: "Events over HTTP",
      notes: [
        `Batches of ${formatCount(BATCH_EVENTS)} and NDJSON from ${CONNECTIONS} kept-alive connections, ${formatCount(events)} events a run, ${runs} runs;`,
        "the sender runs on the same cores. Every answer comes after the commit.",
      ],
      columns: ["what", "figure"],
      rows: [
        ["batches, events per second", formatCount(median(batches))],
        [
          "answer to a batch under full load, 50 % / 99 %",
          `${formatMs(median(waits))} / ${formatMs(percentile(waits, 99))}`,
        ],
        ["NDJSON, events per second", formatCount(median(streams))],
        ["one event, idle server, 50 % / 99 %", `${formatMs(median(singles))} / ${formatMs(percentile(singles, 99))}`],
        ["largest resident memory", `${formatCount(server.peakBytes() / 1e6)} MB`],
      ],
    };
  } finally {
    agent.destroy();
    await server.close();
  }
}

type Send = (contentType: string, body: Buffer) => Promise<void>;

function buildSender(server: ServerProcess, agent: Agent): Send {
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
async function sendAll(bodies: readonly Buffer[], contentType: string, send: Send, waits: number[]): Promise<void> {
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

async function ratePerS(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (count / (performance.now() - start)) * 1000;
}

function buildBodies(events: number, name: string, join: (lines: string[]) => string): Buffer[] {
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
