/**
 * Statistics endpoints over HTTP: a real server on the filled store, each endpoint of the three vendors asked for a day,
 * a month and a year. One question at a time over one kept-alive connection; the client runs on the same cores.
 */
import { linkSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { openSqliteCatalog } from "../src/catalog/sqlite.ts";
import { systemClock } from "../src/platform/clock.ts";
import { randomIds } from "../src/platform/ids.ts";
import { ENDPOINTS, type Endpoint, RANGES } from "./endpoint-list.ts";
import { ask, RefusedRequest } from "./http-client.ts";
import { formatCount, formatMs, median, percentile, type Section } from "./report.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { listKnownAssets, YEAR_END_MS } from "./usage-year.ts";
import { waitUntilIdle } from "./wait-until-idle.ts";

/** The store to ask, how many events it has, and how often each question is put. */
export type EndpointSizes = { readonly file: string; readonly events: number; readonly runs: number };

const DAY_MS = 86_400_000;
const SPACES = 1000;
const BUCKETS = 1000;
const REPOS = 100;

/** What a 99th percentile may take, in milliseconds: a single user or bucket, and everything else. */
const GOAL_MS = { one: 15, many: 50 } as const;

/** Requests before those that are timed: blocks of the store are read into memory and functions compiled. */
const WARM_RUNS = 20;

/** After so long an endpoint has been asked often enough, if at least three times: answers of 60 MB take seconds. */
const CELL_MS_MAX = 5_000;

/** Asks every endpoint; `only` is a part of the names of those to ask. */
export async function benchEndpoints({ file, events, runs }: EndpointSizes, only = ""): Promise<Section> {
  // Half a day before the end: ranges that end now then begin and end inside an hour, as they do for everybody.
  const offsetMs = YEAR_END_MS - DAY_MS / 2 - Date.now();
  const server = await startServer(
    {
      ASSETMETER_TEST_CLOCK_OFFSET_MS: String(Math.round(offsetMs)),
      ASSETMETER_METERS_OWN_TRAFFIC: "off",
      // Rows of the year stay what they are, whatever day it is.
      ASSETMETER_DEDUPE_HORIZON_DAYS: "1",
    },
    (dataDir) => prepare(dataDir, file),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    await waitUntilIdle(server.processorMs);
    const rows: string[][] = [];
    for (const [vendor, endpoints] of Object.entries(ENDPOINTS)) {
      for (const endpoint of endpoints.filter(({ name }) => name.includes(only))) {
        const measureRange = (days: number) => measure({ server, agent, endpoint, days, runs, offsetMs });
        const figures: (string | null)[] = [];
        for (const { days } of RANGES) figures.push(await measureRange(days));
        const row = [vendor, endpoint.name, ...figures.map((figure) => figure ?? "–"), `${GOAL_MS[endpoint.scope]} ms`];
        console.error(row.join(" | "));
        rows.push(row);
      }
    }
    return {
      title: `Statistics endpoints over HTTP at ${formatCount(events)} events`,
      notes: [
        `${runs} requests each, warm (after ${WARM_RUNS} that do not count), 50 % / 99 % and the size of the answer (fewer where they take over ${CELL_MS_MAX / 1000} s together); a server in`,
        "a process of its own on that store, asked by one client on the same cores. Ranges end half a day before the newest",
        "event and begin inside an hour. The goal is what 99 % may take. Totals know no range; minutes reach back 31 days.",
        `Resident memory of the server afterwards: ${formatCount(server.residentBytes() / 1e6)} MB.`,
      ],
      columns: ["vendor", "endpoint", ...RANGES.map(({ name }) => name), "goal, 99 %"],
      rows,
    };
  } finally {
    agent.destroy();
    await server.close();
  }
}

/** Puts the store where the server looks for it, and the things that its usage names into the catalogue. */
async function prepare(dataDir: string, file: string): Promise<void> {
  linkSync(file, join(dataDir, "usage.duckdb"));
  const catalog = await openSqliteCatalog({
    file: join(dataDir, "catalog.sqlite"),
    clock: systemClock,
    ids: randomIds,
  });
  await catalog.createOrganization({ id: 1, name: "Bench" });
  for (let id = 1; id <= SPACES; id++) await catalog.createSpace({ organization: 1, id, name: `Space ${id}` });
  for (let id = 1; id <= REPOS; id++)
    await catalog.createRepo({ organization: 1, id: `repo-${id}`, name: `Repo ${id}` });
  for (let id = 1; id <= BUCKETS; id++) {
    const names = { id: `bucket-${id}`, name: `Bucket ${id}` };
    await catalog.createBucket({ organization: 1, ...names, repo: `repo-${1 + (id % REPOS)}` });
  }
  await catalog.resolveAssetIds(1, listKnownAssets(), true);
  await catalog.close();
}

type Measured = {
  readonly server: ServerProcess;
  readonly agent: Agent;
  readonly endpoint: Endpoint;
  readonly days: number;
  readonly runs: number;
  readonly offsetMs: number;
};

async function measure({ server, agent, endpoint, days, runs, offsetMs }: Measured): Promise<string | null> {
  const times: number[] = [];
  let bytes = 0;
  const once = async (): Promise<number | null> => {
    const path = endpoint.path(days, Math.floor(Date.now() + offsetMs));
    if (path === null) return null;
    const begun = performance.now();
    bytes = await ask(`${server.url}${path}`, server.token, agent);
    return performance.now() - begun;
  };
  let firstMs: number | null;
  try {
    firstMs = await once();
  } catch (error) {
    // More rows than one answer may have is an answer, too.
    if (error instanceof RefusedRequest && error.status === 400) return "refused: too many rows";
    throw error;
  }
  if (firstMs === null) return null;
  const warmedMs = performance.now();
  for (let run = 0; run < WARM_RUNS && performance.now() - warmedMs < CELL_MS_MAX; run++) await once();
  const begunMs = performance.now();
  while (times.length < Math.min(3, runs) || (times.length < runs && performance.now() - begunMs < CELL_MS_MAX)) {
    times.push((await once()) ?? Number.NaN);
  }
  return `${formatMs(median(times))} / ${formatMs(percentile(times, 99))}, ${formatCount(bytes / 1000)} kB`;
}
