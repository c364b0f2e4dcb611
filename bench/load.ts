/**
 * A server that answers statistics while it takes in events at a fixed rate: how much memory it needs, how long both wait.
 */
import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { copyStore } from "./copy-store.ts";
import { ask, post } from "./http-client.ts";
import { formatCount, formatMegabytes, formatMs, median, percentile, type Section } from "./report.ts";
import { startServer } from "./server-process.ts";
import { buildYearRow } from "./usage-year.ts";
import { waitUntilIdle } from "./wait-until-idle.ts";

/** The store to start from (a copy is used), its events, and what is sent for how long. */
export type LoadSizes = {
  readonly file: string;
  readonly events: number;
  readonly eventsPerS: number;
  readonly seconds: number;
};

const BATCH_EVENTS = 1000;
/** Bodies that are made beforehand; their ids are made unique when they are sent. */
const BODIES = 20;

const QUESTIONS = [
  "metric=requests,traffic&window=day",
  "metric=requests,traffic&window=day&user=4711",
  "metric=requests,traffic&window=day&bucket=bucket-17",
  "metric=requests,traffic&window=day&space=17",
  "metric=requests,traffic&window=none&group_by=space&limit=3",
];

/** Runs the benchmark. */
export async function benchLoad({ file, events, eventsPerS, seconds }: LoadSizes): Promise<Section> {
  const server = await startServer({ ASSETMETER_METERS_OWN_TRAFFIC: "off" }, async (dataDir) =>
    copyStore(file, join(dataDir, "usage.duckdb")),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 12 });
  try {
    await waitUntilIdle(server.processorMs);
    const [answers, batches, resident]: [number[], number[], number[]] = [[], [], []];
    let running = true;
    const asking = (async () => {
      for (let number = 0; running; number++) {
        const begun = performance.now();
        await ask(`${server.url}/usage/v1/query?${QUESTIONS[number % QUESTIONS.length]}`, server.token, agent);
        answers.push(performance.now() - begun);
        resident.push(server.residentBytes());
        await delay(20);
      }
    })();
    const bodies = Array.from({ length: BODIES }, (_, number) => buildBody(number));
    const sending: Promise<void>[] = [];
    const begunMs = performance.now();
    const count = (seconds * eventsPerS) / BATCH_EVENTS;
    for (let batch = 0; batch < count; batch++) {
      await delay(Math.max(0, begunMs + (batch * 1000 * BATCH_EVENTS) / eventsPerS - performance.now()));
      const body = (bodies[batch % BODIES] ?? "").replaceAll("#", `${batch}-`);
      const sentMs = performance.now();
      sending.push(
        post(`${server.url}/usage/v1/events`, body, { token: server.token, agent }).then(() => {
          batches.push(performance.now() - sentMs);
        }),
      );
    }
    await Promise.all(sending);
    const tookS = (performance.now() - begunMs) / 1000;
    running = false;
    await asking;
    const p50p99 = (times: readonly number[]) => `${formatMs(median(times))} / ${formatMs(percentile(times, 99))}`;
    return {
      title: `Answers and intake at the same time at ${formatCount(events)} events`,
      notes: [
        `${formatCount(eventsPerS)} events per second in batches of ${formatCount(BATCH_EVENTS)} for ${seconds} s, and questions for a year one after the other; the sender`,
        "runs on the same cores. All ids are in memory: in the seconds before, events are looked up in the table.",
      ],
      columns: ["what", "figure"],
      rows: [
        ["events taken in per second", formatCount((count * BATCH_EVENTS) / tookS)],
        ["answer to a batch, 50 % / 99 %", p50p99(batches)],
        ["answer to a question, 50 % / 99 %", p50p99(answers)],
        ["questions answered", formatCount(answers.length)],
        [
          "resident memory, 50 % / largest (goal 1,500 MB)",
          `${formatMegabytes(median(resident))} / ${formatMegabytes(server.peakBytes())}`,
        ],
      ],
    };
  } finally {
    agent.destroy();
    await server.close();
  }
}

function buildBody(number: number): string {
  const lines = Array.from({ length: BATCH_EVENTS }, (_, index) => {
    const row = buildYearRow(number * BATCH_EVENTS + index, BODIES * BATCH_EVENTS);
    return JSON.stringify({
      ...{ specversion: "1.0", id: `#${index}`, source: "load", type: `assetmeter.${row.kind}` },
      data: {
        // Organization 1 of a new catalogue has this space only.
        space_id: 1,
        user_id: row.user,
        bucket_id: row.bucket,
        asset_id: row.asset ?? undefined,
        operation: row.operation,
        bytes_in: row.bytesIn,
        bytes_out: row.bytesOut,
      },
    });
  });
  return `[${lines.join(",")}]`;
}
