/**
 * One line and one event followed through every stage: what arrived, what it became, what was stored, what was asked,
 * what was planned, what came back, what each vendor printed. Read this to see the whole program at once.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openParts } from "../src/app.ts";
import { hashTokenSecret } from "../src/catalog/token-secret.ts";
import { readConfig } from "../src/config.ts";
import { measure } from "../src/meter/measure.ts";
import type { RawRecord } from "../src/model/raw-record.ts";
import { ROLE_SCOPES } from "../src/model/token.ts";
import type { UsageQuery } from "../src/model/usage-query.ts";
import { buildFixedClock } from "../src/platform/clock.ts";
import { buildLogger } from "../src/platform/log.ts";
import { executeQuery } from "../src/query/execute.ts";
import { planQuery } from "../src/query/plan.ts";
import { readLines } from "../src/sources/access-log/read-lines.ts";
import { buildKnownThings } from "../src/sources/known-things.ts";
import { buildPassage, type Passage } from "../src/sources/passage.ts";
import { runSteps } from "../src/sources/pipeline.ts";
import { toRow } from "../src/sources/steps/measure-event.ts";
import { buildScanSql } from "../src/store/build-sql.ts";
import { buildDuckdbFlavor } from "../src/store/duckdb/flavor.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00Z");
const LINE = '192.0.2.17 - - [20/Nov/2026:09:15:02 +0100] "GET /img/logo.png?v=3 HTTP/1.1" 200 51234 "-" "Demo/1.0"\n';
const EVENT = {
  specversion: "1.0",
  id: "req-1",
  source: "my-app",
  type: "assetmeter.api",
  time: "2026-11-20T08:15:30Z",
  data: { space_id: 1, user_id: 7, operation: "/api/v1/assets/{ASSET_ID}/data", bytes_out: 900 },
};
const SECRET = "am_one-event";

const folder = mkdtempSync(join(tmpdir(), "assetmeter-one-event-"));
const clock = buildFixedClock(NOW_MS);
const config = readConfig({ environment: {}, overrides: { dataDir: folder, port: 0, logLevel: "silent" } });
let parts: Awaited<ReturnType<typeof openParts>>;

beforeAll(async () => {
  parts = await openParts(config, clock, buildLogger("silent"));
  const { catalog } = parts;
  await catalog.createOrganization({ id: 1, name: "Acme" });
  await catalog.createSpace({ organization: 1, id: 1, name: "Site" });
  const scopes = ROLE_SCOPES.admin;
  const secretHash = hashTokenSecret(SECRET);
  await catalog.createToken({
    organization: 1,
    name: "t",
    role: "admin",
    scopes,
    spaces: null,
    user: null,
    expiresAtMs: null,
    secretHash,
  });
});
afterAll(async () => {
  await parts.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(
  path: string,
  headers: Record<string, string> = { authorization: `Bearer ${SECRET}` },
): Promise<unknown> {
  const answer = await parts.server.inject({ method: "GET", url: path, headers });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

/** Runs the step list over one record, as the intake does. */
async function walk(record: RawRecord, source: string, format: "combined" | "cloudevents"): Promise<Passage> {
  const submission = {
    organization: 1,
    source,
    format,
    space: 1,
    allowedSpaces: null,
    records: [record],
    checkpoint: null,
  };
  const passage = buildPassage(record, submission);
  await runSteps([passage], {
    submission,
    arrivedMs: NOW_MS,
    limits: config,
    catalog: parts.catalog,
    known: buildKnownThings(clock),
  });
  return passage;
}

describe("one line of an access log", () => {
  it("is a RawRecord, becomes a delivery of an asset that the catalogue now has, and is measured", async () => {
    async function* file() {
      yield Buffer.from(LINE);
    }
    const batches: RawRecord[][] = [];
    for await (const batch of readLines(file(), {
      source: "www",
      name: "access.log",
      format: "combined",
      prefix: "none",
      lineBytesMax: 65_536,
      batchLinesMax: 10,
      batchBytesMax: 1_000_000,
    })) {
      batches.push([...batch]);
    }
    const record = batches[0]?.[0];
    expect(record).toMatchObject({ form: "line", file: "access.log", number: 1 });

    const passage = await walk(record as RawRecord, "www", "combined");
    const asset = (await parts.catalog.resolveAssetPaths(1, [{ space: 1, path: "/img/logo.png" }], false))[0] as number;
    expect(passage).toMatchObject({
      rejection: null,
      kind: "delivery",
      // 09:15:02 at +01:00
      timeMs: Date.parse("2026-11-20T08:15:02Z"),
      space: 1,
      asset,
      operation: "GET",
      count: 1,
      bytesIn: 0,
      bytesOut: 51_234,
    });
    expect(toRow(passage)).toMatchObject(measure(passage));
    expect(toRow(passage)).not.toHaveProperty("id");
  });
});

describe("one event", () => {
  it("is a RawRecord and becomes what it says", async () => {
    const passage = await walk({ form: "event", value: EVENT, position: "event 0" }, "events", "cloudevents");
    expect(passage).toMatchObject({
      rejection: null,
      id: "req-1",
      source: "my-app",
      kind: "api",
      timeMs: Date.parse("2026-11-20T08:15:30Z"),
      space: 1,
      user: 7,
      count: 1,
      bytesOut: 900,
    });
  });
});

describe("both, sent to the server", () => {
  it("are counted once, however often they are sent", async () => {
    const authorization = `Bearer ${SECRET}`;
    for (const expected of [
      { accepted: 1, duplicates: 0 },
      { accepted: 0, duplicates: 1 },
    ]) {
      const log = await parts.server.inject({
        method: "POST",
        url: "/usage/v1/logs?source=www&format=combined&space=1&name=access.log",
        headers: { authorization, "content-type": "text/plain" },
        payload: LINE,
      });
      expect(log.json()).toMatchObject({ received: 1, ...expected, rejected: 0 });
      const event = await parts.server.inject({
        method: "POST",
        url: "/usage/v1/events",
        headers: { authorization, "content-type": "application/cloudevents+json" },
        payload: JSON.stringify(EVENT),
      });
      expect(event.json()).toMatchObject({ received: 1, ...expected, rejected: 0 });
    }
    expect((await parts.store.describe()).rows.usage_raw).toBe(2);
  });

  it("are one question: raw rows at the edges, hours in between, one statement, one row per hour", async () => {
    const query: UsageQuery = {
      organization: 1,
      metrics: ["requests", "traffic"],
      range: { startMs: Date.parse("2026-11-20T07:30:00Z"), endMs: Date.parse("2026-11-20T10:00:00Z") },
      filter: {},
      groupBy: [],
      window: "hour",
      timeZone: "UTC",
      order: { by: "group" },
      empty: "zero",
      rowsMax: 100,
    };
    const limits = { rowsMax: config.queryRowsMax, daysMax: config.queryDaysMax };
    const plan = planQuery(query, { keptFrom: {} }, limits);
    expect(plan.flow.segments.map(({ table }) => table)).toEqual(["usage_raw", "usage_total_per_hour"]);
    const { sql } = buildScanSql(plan.flow, buildDuckdbFlavor({ id: () => undefined, text: () => "" }));
    expect(sql).toContain("FROM usage_total_per_hour");

    const listSources = (organization: number) => parts.catalog.listSources(organization);
    const result = await executeQuery(query, { store: parts.store, listSources, clock, limits });
    expect(
      result.rows.map((row) => [new Date(result.windows[row.windowIndex]?.startMs ?? 0).toISOString(), row.values]),
    ).toEqual([
      ["2026-11-20T07:00:00.000Z", { requests: 0n, traffic: 0n }],
      ["2026-11-20T08:00:00.000Z", { requests: 2n, traffic: 52_134n }],
      ["2026-11-20T09:00:00.000Z", { requests: 0n, traffic: 0n }],
    ]);
  });

  it("are printed by every dialect in its own words, with the same numbers", async () => {
    expect(await ask("/usage/v1/query?metric=traffic&start=2026-11-20&end=2026-11-21")).toMatchObject({
      rows: [{ values: { traffic: 52_134 } }],
    });
    expect(
      await ask("/v1/orgs/me/statistics/all_traffic?start_date=2026-11-20&end_date=2026-11-20&group_by=day"),
    ).toMatchObject({
      traffic_used_this_year: 52_134,
      traffic: [{ date: "2026-11-20", api_requests: 1, total_bytes: 900, space_id: 1 }],
    });
    expect(await ask("/v1/orgs/me/statistics/assets_traffic")).toMatchObject({
      assets: [{ space_id: 1, total_bytes: 51_234, content_type: "image/png" }],
    });
    expect(await ask("/api/v1/stats/timeseries/api?user_id=7", { "x-filespin-api-key": SECRET })).toMatchObject({
      usergroup_id: 1,
      data: { "7": [{ timestamp: Date.parse("2026-11-20T08:00:00Z") / 1000, value: 1 }] },
    });
    expect(await ask("/bucket/stats")).toEqual({ success: true, stats: [] });
  });
});
