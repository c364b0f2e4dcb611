/**
 * Sources over the native API: made, read and changed with their settings; logs that say their format themselves; MinIO's
 * webhook.
 */
import type { InjectOptions } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LINE_FORMATS } from "../../sources/access-log/formats.ts";
import { openWholeServer, type WholeServer } from "../whole-server.contract.ts";

let server: WholeServer;
beforeEach(async () => {
  server = await openWholeServer(Date.parse("2026-11-20T12:00:00Z"));
  await server.catalog.createOrganization({ id: 42, name: "Example" });
  await server.catalog.createSpace({ organization: 42, id: 606, name: "Site" });
  await server.createToken("admin");
});
afterEach(() => server.close());

async function ask(
  method: "GET" | "POST" | "PATCH",
  url: string,
  payload?: unknown,
  { type = "application/json", secret = "admin" } = {},
) {
  const text = payload === undefined || typeof payload === "string" ? payload : JSON.stringify(payload);
  const headers = { authorization: `Bearer ${secret}`, ...(text === undefined ? {} : { "content-type": type }) };
  const request: InjectOptions = { method, url, headers, ...(text === undefined ? {} : { payload: text }) };
  const answer = await server.app.inject(request);
  return { status: answer.statusCode, body: answer.json() };
}

const sendLog = (query: string, log: string) => ask("POST", `/usage/v1/logs?${query}`, log, { type: "text/plain" });

const line = (path: string) => `192.0.2.1 - - [20/Nov/2026:08:00:00 +0000] "GET ${path} HTTP/1.1" 200 7 "-" "x"\n`;
const RULES = [
  { match: { path: "/f/{space}/{rest...}" }, set: { kind: "delivery", space: "{space}", asset: "/{rest}" } },
];

describe("sources with settings", () => {
  test("are made, read and changed, and the next lines are read with what was said", async () => {
    const made = await ask("POST", "/usage/v1/sources", { name: "cdn", format: "combined", registers_unknown: true });
    expect(made).toMatchObject({ status: 201, body: { name: "cdn", format: "combined", rules: [], sample_rate: 1 } });
    expect((await sendLog("source=cdn", line("/f/606/a"))).body).toMatchObject({ accepted: 1, format: "combined" });
    const changed = await ask("PATCH", "/usage/v1/sources/cdn", { rules: RULES, sample_rate: 0.5 });
    expect(changed).toMatchObject({ status: 200, body: { rules: RULES, sample_rate: 0.5 } });
    expect((await ask("GET", "/usage/v1/sources/cdn")).body).toEqual(changed.body);
    expect((await sendLog("source=cdn", line("/f/606/b"))).body).toMatchObject({ accepted: 1 });
    const { body } = await ask("GET", "/usage/v1/query?metric=requests&start=2026-11-20&end=2026-11-21&space=606");
    expect(body.rows[0].values.requests).toBe(2);
  });

  test("are refused with every problem said, a name that is taken with a conflict, an unknown one with 404", async () => {
    const bad = await ask("POST", "/usage/v1/sources", { name: "a", format: "s3", sample_rate: 2, paused: "yes" });
    expect(bad).toMatchObject({ status: 400, body: { code: "request/invalid" } });
    expect(bad.body.detail).toBe("sample_rate must be a number from 0.000001 to 1. paused must be true or false.");
    expect((await ask("POST", "/usage/v1/sources", { name: "a", format: "x" })).body.code).toBe(
      "sources/unknown-format",
    );
    expect((await ask("POST", "/usage/v1/sources", { name: "a", format: "s3" })).status).toBe(201);
    expect((await ask("POST", "/usage/v1/sources", { name: "a", format: "s3" })).body.code).toBe("catalog/conflict");
    expect((await ask("PATCH", "/usage/v1/sources/b", {})).status).toBe(404);
    expect((await ask("GET", "/usage/v1/sources/b")).status).toBe(404);
  });

  test("are refused behind the most that an organization may have, whether records or requests made the others", async () => {
    const make = (name: string) => ask("POST", "/usage/v1/sources", { name, format: "combined" });
    await sendLog("source=log&format=combined", line("/a"));
    for (const name of ["b", "c", "d", "e"]) expect((await make(name)).status).toBe(201);
    expect(await make("f")).toMatchObject({ status: 409, body: { code: "sources/too-many" } });
    expect((await make("e")).body.code).toBe("catalog/conflict");
    expect((await ask("GET", "/usage/v1/sources/f")).status).toBe(404);
  });

  test("that are paused take no lines in, and events all the same", async () => {
    await ask("POST", "/usage/v1/sources", { name: "cdn", format: "combined", paused: true });
    expect((await sendLog("source=cdn", line("/a"))).status).toBe(409);
    await ask("POST", "/usage/v1/sources", { name: "shop", format: "cloudevents", paused: true });
    const event = {
      specversion: "1.0",
      id: "e1",
      source: "shop",
      type: "assetmeter.api",
      time: "2026-11-20T10:00:00Z",
    };
    const type = "application/cloudevents+json";
    expect((await ask("POST", "/usage/v1/events", event, { type })).body).toMatchObject({ accepted: 1, rejected: 0 });
  });

  test("that are paused answer a log with the conflict, and keep their format", async () => {
    await ask("POST", "/usage/v1/sources", { name: "cdn", format: "combined", paused: true });
    expect((await sendLog("source=cdn", line("/a"))).body.code).toBe("sources/paused");
    await ask("PATCH", "/usage/v1/sources/cdn", { paused: false });
    expect((await sendLog("source=cdn&format=s3", line("/a"))).body.code).toBe("sources/other-format");
    expect((await sendLog("source=cdn", line("/a"))).body).toMatchObject({ accepted: 1 });
  });
});

describe("paths of a source", () => {
  const paths = ["/etc/passwd"];
  const forbidden = { status: 403, body: { code: "access/forbidden" } };

  test("are named by the command line on the server's machine alone: no organization's admin has the server read its files", async () => {
    const choice = { name: "cdn", format: "combined" };
    expect(await ask("POST", "/usage/v1/sources", { ...choice, paths })).toMatchObject(forbidden);
    expect((await ask("GET", "/usage/v1/sources/cdn")).status).toBe(404);
    expect((await ask("POST", "/usage/v1/sources", choice)).status).toBe(201);
    expect(await ask("PATCH", "/usage/v1/sources/cdn", { paths })).toMatchObject(forbidden);
    expect(await ask("PATCH", "/usage/v1/sources/cdn", { paused: true, paths: [] })).toMatchObject(forbidden);
    expect((await ask("GET", "/usage/v1/sources/cdn")).body).toMatchObject({ paths: [], paused: false });
    const secret = server.issueOwnSecret(42);
    const named = await ask("PATCH", "/usage/v1/sources/cdn", { paths }, { secret });
    expect(named).toMatchObject({ status: 200, body: { paths } });
    expect((await ask("PATCH", "/usage/v1/sources/cdn", { paused: true })).body).toMatchObject({ paths, paused: true });
  });

  test("make it complete only up to what was read of them, also when it was there before, unless that was said otherwise", async () => {
    const secret = server.issueOwnSecret(42);
    const name = async (source: string, change: object) => {
      const { body } = await ask("PATCH", `/usage/v1/sources/${source}`, { paths, ...change }, { secret });
      return [body.tracks_watermark, body.lateness_bound_ms];
    };
    await ask("POST", "/usage/v1/sources", { name: "www", format: "combined" });
    await ask("POST", "/usage/v1/sources", { name: "now", format: "combined" });
    await ask("POST", "/usage/v1/sources", { name: "said", format: "combined", tracks_watermark: false });
    await ask("POST", "/usage/v1/sources", { name: "late", format: "combined", lateness_bound_ms: 0 });
    expect(await name("www", {})).toEqual([true, 120_000]);
    expect(await name("now", { tracks_watermark: false, lateness_bound_ms: 5 })).toEqual([false, 5]);
    expect(await name("now", {})).toEqual([false, 5]);
    expect(await name("said", {})).toEqual([false, 120_000]);
    expect(await name("late", {})).toEqual([true, 0]);
  });
});

describe("a token that is limited to spaces", () => {
  const rulesTo = (space: string) => [{ match: { path: "/f/{name}/{rest...}" }, set: { space } }];
  const forbidden = { status: 403, body: { code: "access/forbidden" } };
  const asSite = { secret: "site" };
  beforeEach(async () => {
    await server.catalog.createSpace({ organization: 42, id: 607, name: "Shop" });
    await server.createToken("site", { spaces: [606] });
  });

  test("changes no source that it does not see, and is told of it as of an unknown one", async () => {
    await ask("POST", "/usage/v1/sources", { name: "shop", format: "combined", space_id: 607 });
    await ask("POST", "/usage/v1/sources", { name: "all", format: "combined" });
    const unknown = await ask("PATCH", "/usage/v1/sources/none", { space_id: 606 }, asSite);
    expect(unknown.status).toBe(404);
    for (const name of ["shop", "all"]) {
      const { status, body } = await ask("PATCH", `/usage/v1/sources/${name}`, { space_id: 606 }, asSite);
      expect([status, body.detail]).toEqual([404, unknown.body.detail]);
    }
    expect((await ask("GET", "/usage/v1/sources/shop")).body.space_id).toBe(607);
  });

  test.each([
    ["no space of its own", {}],
    ["another space", { space_id: 607 }],
    ["rules that set another space", { space_id: 606, rules: rulesTo("607") }],
    ["rules that take the space from the line", { space_id: 606, rules: rulesTo("{name}") }],
  ])("makes no source and changes none into one with %s", async (_, settings) => {
    const choice = { name: "cdn", format: "combined" };
    expect(await ask("POST", "/usage/v1/sources", { ...choice, ...settings }, asSite)).toMatchObject(forbidden);
    expect((await ask("GET", "/usage/v1/sources/cdn")).status).toBe(404);
    expect((await ask("POST", "/usage/v1/sources", { ...choice, space_id: 606 }, asSite)).status).toBe(201);
    const change = { space_id: null, ...settings };
    expect(await ask("PATCH", "/usage/v1/sources/cdn", change, asSite)).toMatchObject(forbidden);
    expect((await ask("GET", "/usage/v1/sources/cdn")).body).toMatchObject({ space_id: 606, rules: [] });
  });

  test("makes and changes a source of its own, and leaves one alone whose rules reach another space", async () => {
    const own = { name: "own", format: "combined", space_id: 606, rules: rulesTo("606") };
    expect((await ask("POST", "/usage/v1/sources", own, asSite)).status).toBe(201);
    const ignores = { rules: [{ match: { path: "/health" }, ignore: true }] };
    expect((await ask("PATCH", "/usage/v1/sources/own", ignores, asSite)).status).toBe(200);
    await ask("PATCH", "/usage/v1/sources/own", { rules: rulesTo("607") });
    expect(await ask("PATCH", "/usage/v1/sources/own", { rules: [] }, asSite)).toMatchObject(forbidden);
    expect((await ask("GET", "/usage/v1/sources/own")).body.rules).toMatchObject([{ set: { space: "607" } }]);
  });
});

describe("answers over a sampled source", () => {
  test("say that they are estimates, as JSON, CSV and a stream; others say nothing of it", async () => {
    const query = "/usage/v1/query?start=2026-11-20&end=2026-11-21";
    await ask("POST", "/usage/v1/sources", { name: "edge", format: "combined", sample_rate: 0.25 });
    expect((await ask("GET", query)).body).not.toHaveProperty("estimated");
    await sendLog("source=edge", line("/a"));
    const { body } = await ask("GET", query);
    expect(body).toMatchObject({ estimated: true, rows: [{ values: { requests: 4 } }] });
    const read = (format: string) =>
      server.app.inject({ url: `${query}&format=${format}`, headers: { authorization: "Bearer admin" } });
    expect((await read("csv")).headers["x-estimated"]).toBe("true");
    expect(JSON.parse((await read("ndjson")).body.split("\n")[0] ?? "")).toMatchObject({ estimated: true });
  });
});

describe("logs that say their format themselves", () => {
  test("are counted under its name, and what no format reads is refused", async () => {
    const sample = LINE_FORMATS.get("bunny")?.sample[0];
    expect((await sendLog("", `${sample}\n`)).body).toMatchObject({ source: "bunny", format: "bunny", accepted: 1 });
    expect((await sendLog("", "hello\n")).body.code).toBe("sources/unknown-format");
  });

  test("are refused as a whole where the source takes events, and nothing is counted or refused under it", async () => {
    await server.catalog.ensureSource({ organization: 42, name: "shop", format: "cloudevents" });
    for (const format of ["", "&format=auto", "&format=combined"]) {
      const refused = await sendLog(`source=shop${format}`, line("/a"));
      expect([refused.status, refused.body.code]).toEqual([409, "sources/other-format"]);
    }
    expect((await ask("GET", "/usage/v1/sources")).body.sources[0]).toMatchObject({ name: "shop", received: 0 });
  });
});

describe("POST /usage/v1/minio", () => {
  test("takes one entry without a line end in, and again as a duplicate", async () => {
    const entry = LINE_FORMATS.get("minio-audit")?.sample[0] as string;
    const counts = { status: 200, body: { received: 1, accepted: 1, duplicates: 0, rejected: 0 } };
    expect(await ask("POST", "/usage/v1/minio", entry)).toEqual(counts);
    const again = { status: 200, body: { received: 1, accepted: 0, duplicates: 1, rejected: 0 } };
    expect(await ask("POST", "/usage/v1/minio", entry)).toEqual(again);
  });

  test("takes a bulk deletion of 1,000 objects in, though its entry is longer than a line of another log may be", async () => {
    const objects = Array.from({ length: 1_000 }, (_, index) => ({ objectName: `img/${index}.jpg`.padEnd(200, "x") }));
    const api = { name: "DeleteMultipleObjects", bucket: "media", objects, statusCode: 200, rx: 5, tx: 9 };
    const entry = { deploymentid: "d", requestID: "R1", time: "2026-11-20T08:15:02Z", api };
    // The request, and each of its objects.
    const counts = { status: 200, body: { received: 1_001, accepted: 1_001, duplicates: 0, rejected: 0 } };
    expect(await ask("POST", "/usage/v1/minio", entry)).toEqual(counts);
  });

  test("takes a token without the scheme's name, as MinIO may send it; no other route does", async () => {
    const payload = LINE_FORMATS.get("minio-audit")?.sample[0] as string;
    const send = (url: string) =>
      server.app.inject({
        method: "POST",
        url,
        payload,
        headers: { authorization: "admin", "content-type": "text/plain" },
      });
    expect((await send("/usage/v1/minio")).statusCode).toBe(200);
    expect((await send("/usage/v1/logs")).statusCode).toBe(401);
  });
});
