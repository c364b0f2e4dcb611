/**
 * GET /usage/v1/query from the request to the body, with the real executor over the embedded store.
 */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RouteRequest } from "../../model/route.ts";
import type { Principal } from "../../model/token.ts";
import type { UsageEvent } from "../../model/usage-event.ts";
import { buildFixedClock } from "../../platform/clock.ts";
import { executeQuery } from "../../query/execute.ts";
import { streamQuery } from "../../query/stream-query.ts";
import { openDuckdbStore } from "../../store/duckdb/open.ts";
import type { UsageStore } from "../../store/usage-store.ts";
import { buildNativeQueryRoute } from "./query.ts";

const at = (text: string): number => Date.parse(text);
const clock = buildFixedClock(at("2026-04-01T00:00Z"));

let store: UsageStore;
beforeEach(async () => {
  const bounds = { memoryBytesMax: 200_000_000, threads: 1, dedupeHorizonMs: 86_400_000 };
  store = await openDuckdbStore({ file: ":memory:", ...bounds, clock });
});
afterEach(() => store.close());

/** Stores requests of organization 1 on 1 March 2026 at 10:00 unless said otherwise. */
async function append(...events: readonly Partial<UsageEvent>[]): Promise<void> {
  const rows = events.map((fields, index) => ({
    identity: createHash("sha256").update(String(index)).digest().subarray(0, 12),
    ...{ source: "s", timeMs: at("2026-03-01T10:00Z"), organization: 1, kind: "api" as const, space: null, user: null },
    ...{ bucket: null, asset: null, operation: "", count: 1, bytesIn: 0, bytesOut: 0, sizeDelta: 0, objectsDelta: 0 },
    ...fields,
  }));
  await store.append({ rows, rejected: [], checkpoints: [], receivedMs: clock.now() });
}

/** Asks for 1 March 2026, as a principal of organization 1 that may see `spaces`. */
async function ask(query: string, spaces: readonly number[] | null = null, headers: Record<string, string> = {}) {
  const principal: Principal = {
    ...{ id: "t", organization: 1, name: "t", role: "member", scopes: ["stats:read"], user: null },
    spaces,
  };
  const route = buildNativeQueryRoute({
    clock,
    limits: {
      batchRecordsMax: 1,
      eventBytesMax: 1,
      sourcesPerOrganizationMax: 1,
      queryRowsMax: 100,
      queryDaysMax: 400,
      uploadBytesMax: 0,
      requestsPerSecondMax: 0,
    },
    runQuery: (asked) =>
      executeQuery(asked, { store, clock, limits: { rowsMax: 100, daysMax: 400 }, listSources: async () => [] }),
    streamQuery: (asked) =>
      streamQuery(asked, { store, clock, limits: { rowsMax: 100, daysMax: 400 }, listSources: async () => [] }),
  });
  const request: RouteRequest = {
    ...{
      method: "GET",
      path: "/usage/v1/query",
      params: {},
      values: {},
      body: undefined,
      address: "127.0.0.1",
      baseUrl: "http://localhost",
    },
    query: new URLSearchParams(`start=2026-03-01&end=2026-03-02&${query}`),
    headers,
    principal,
  };
  return route.answer(route.readParameters(request), request);
}

/** The groups and values of the rows. */
async function rowsOf(query: string, spaces: readonly number[] | null = null): Promise<unknown[]> {
  const { body } = await ask(query, spaces);
  return (body as { rows: { group: object; values: object }[] }).rows.map(({ group, values }) => ({
    ...group,
    ...values,
  }));
}

describe("GET /usage/v1/query", () => {
  test("the answer repeats the question and has one row per window and group", async () => {
    await append({ space: 5, bytesOut: 7 }, { space: 5, bytesOut: 3 });
    const answer = await ask("metric=requests,traffic&group_by=space&window=month&time_zone=Europe/Berlin");
    expect(answer).toMatchObject({ status: 200, headers: { "cache-control": "no-store", vary: "accept" } });
    expect(answer.body).toEqual({
      start: "2026-02-28T23:00:00.000Z",
      end: "2026-03-01T23:00:00.000Z",
      window: "month",
      time_zone: "Europe/Berlin",
      group_by: ["space"],
      metrics: ["requests", "traffic"],
      complete_until: "2026-04-01T00:00:00.000Z",
      rows_left_out: 0,
      rows: [
        {
          start: "2026-02-28T23:00:00.000Z",
          end: "2026-03-01T23:00:00.000Z",
          complete: true,
          group: { space: 5 },
          values: { requests: 2n, traffic: 10n },
        },
      ],
    });
  });

  test("a window that ends after complete_until is not complete", async () => {
    clock.set(at("2026-03-01T18:00Z"));
    const { body } = await ask("window=hour");
    clock.set(at("2026-04-01T00:00Z"));
    const complete = (body as { rows: { complete: boolean }[] }).rows.map((row) => row.complete);
    expect(complete).toEqual([...Array(18).fill(true), ...Array(6).fill(false)]);
  });

  test("the rest of a top list is marked", async () => {
    await append({ space: 1, count: 5 }, { space: 2, count: 3 }, { space: 3, count: 2 });
    const { body } = await ask("group_by=space&top=1");
    expect((body as { rows: unknown[] }).rows).toMatchObject([
      { group: { space: 1 }, values: { requests: 5n } },
      { group: { space: null }, rest: true, values: { requests: 5n } },
    ]);
  });

  test("limit cuts rows off and says how many", async () => {
    await append({ space: 1, count: 5 }, { space: 2, count: 9 }, { space: 3, count: 2 });
    const { body } = await ask("group_by=space&order=requests:desc&limit=1");
    expect(body).toMatchObject({ rows_left_out: 2, rows: [{ group: { space: 2 } }] });
  });

  test("a token for some spaces sees those only, whatever it asks for", async () => {
    await append({ space: 5 }, { space: 6, count: 10 }, { space: null, count: 100 });
    expect(await rowsOf("", [5])).toEqual([{ requests: 1n }]);
    expect(await rowsOf("group_by=space", [5])).toEqual([{ space: 5, requests: 1n }]);
    expect(await rowsOf("space=5,6,none", [5])).toEqual([{ requests: 1n }]);
    expect(await rowsOf("", [])).toEqual([{ requests: 0n }]);
  });

  test("a space that the token is not for answers exactly as one that does not exist", async () => {
    await append({ space: 5 }, { space: 6 });
    const [foreign, unknown] = await Promise.all([ask("space=6", [5]), ask("space=999", [5])]);
    expect(foreign).toEqual(unknown);
    expect(await rowsOf("space=6", [5])).toEqual([{ requests: 0n }]);
  });

  test("another organization's usage is never counted", async () => {
    await append({ organization: 2, count: 50 }, {});
    expect(await rowsOf("")).toEqual([{ requests: 1n }]);
  });
});

describe("GET /usage/v1/query as CSV", () => {
  test("the table has a line of names, then one line per row", async () => {
    await append({ space: 5, bytesOut: 7 }, { bytesOut: 2 });
    const answer = await ask("metric=requests,bytes_out&group_by=space,operation", null, { accept: "text/csv" });
    expect(answer.headers).toMatchObject({
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="usage.csv"',
      "x-complete-until": "2026-04-01T00:00:00.000Z",
    });
    expect(String(answer.body).split("\n")).toEqual([
      "start,end,complete,space,operation,rest,requests,bytes_out",
      "2026-03-01T00:00:00.000Z,2026-03-02T00:00:00.000Z,true,5,,false,1,7",
      "2026-03-01T00:00:00.000Z,2026-03-02T00:00:00.000Z,true,,,false,1,2",
      "",
    ]);
  });

  test("a name that a spreadsheet would run is written as text, a negative number stays a number", async () => {
    const formulas = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)"];
    await append(...formulas.map((operation) => ({ operation, sizeDelta: -4 })));
    const { body } = await ask("metric=stored_bytes&group_by=operation&format=csv");
    const cells = String(body)
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",").slice(3));
    expect(cells).toEqual([
      ["'+1", "false", "-4"],
      ["'-1", "false", "-4"],
      ["'=HYPERLINK(1)", "false", "-4"],
      ["'@SUM(1)", "false", "-4"],
    ]);
  });

  test("a name with a comma, a quote or a line end stays in its cell", async () => {
    await append({ operation: 'a,"b"\nc' });
    const { body } = await ask("group_by=operation&format=csv");
    expect(String(body)).toContain('"a,""b""\nc"');
  });

  test("a stream has a line about the answer and a line per row, with all digits, for the token's spaces alone", async () => {
    await append(
      { space: 1, asset: 2 },
      { space: 1, asset: 10, bytesOut: Number.MAX_SAFE_INTEGER },
      { space: 2, asset: 3 },
    );
    const { headers, body } = await ask("format=ndjson&group_by=asset&metric=requests,bytes_out", [1]);
    expect(headers).toMatchObject({ "content-type": "application/x-ndjson" });
    const lines = (await text(body as Readable)).trimEnd().split("\n");
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      ...{ start: "2026-03-01T00:00:00.000Z", end: "2026-03-02T00:00:00.000Z", window: "none", time_zone: "UTC" },
      ...{ group_by: ["asset"], metrics: ["requests", "bytes_out"], complete_until: "2026-04-01T00:00:00.000Z" },
    });
    const row = '{"start":"2026-03-01T00:00:00.000Z","end":"2026-03-02T00:00:00.000Z","complete":true';
    expect(lines.slice(1)).toEqual([
      `${row},"group":{"asset":2},"values":{"requests":1,"bytes_out":0}}`,
      `${row},"group":{"asset":10},"values":{"requests":1,"bytes_out":9007199254740991}}`,
    ]);
    const accepted = await ask("group_by=asset", null, { accept: "application/x-ndjson" });
    expect((await text(accepted.body as Readable)).split("\n")).toHaveLength(5);
  });

  test("a stream of the largest groups is refused", async () => {
    await expect(ask("format=ndjson&group_by=asset&top=3")).rejects.toMatchObject({ code: "query/invalid" });
  });
});
