/** A program that was written for FileSpin, against a real server: only the base URL is another. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, type RealServer, startRealServer } from "../real-server.contract.ts";
import { buildFilespinClient, type Points } from "./filespin-client.contract.ts";

const DATA = "/api/v1/assets/{ASSET_ID}/data";

let server: RealServer;
beforeAll(async () => {
  server = await startRealServer();
  await server.count([
    { type: "api", data: { user_id: 1, operation: DATA, count: 3 } },
    { type: "api", data: { user_id: 2, operation: DATA, count: 2 } },
    { type: "addon", data: { user_id: 2, operation: "REMOVE_BACKGROUND", count: 2 } },
    { type: "transcode", data: { user_id: 1, operation: "720p-video", size_delta: 300 } },
    { type: "upload", data: { user_id: 1, bytes_in: 500, size_delta: 500, objects_delta: 1 } },
    { type: "delivery", data: { user_id: 1, count: 10, bytes_out: 50_000 } },
  ]);
});
afterAll(() => server.remove());

const sum = (points: Points = []) => points.reduce((total, { value }) => total + value, 0);

describe.each([
  ["at the root", ""],
  ["under the fixed prefix", "/filespin"],
])("a client %s", (_, path) => {
  it("logs in, has its JWT checked, and reads the snapshots of its group", async () => {
    const { status, body } = await buildFilespinClient(server.url + path).login("ann@example.com", PASSWORD);
    expect([status, body.role_name]).toEqual([200, "ADMIN"]);
    const client = buildFilespinClient(server.url + path, { jwt: body.jwt });
    expect(await client.validate(body.jwt)).toMatchObject({ status: 200, body: { user_id: 1, usergroup_id: 1 } });
    const figures = { api: { [DATA]: 5 }, addons: { REMOVE_BACKGROUND: 2 }, transcodes: { "720p-video": 1 } };
    for (const [type, data] of Object.entries({ ...figures, storage: { ASSET: 800 } })) {
      expect((await client.stats(type)).body).toEqual({ usergroup_id: 1, period: 24, data: { "*": data } });
    }
    expect((await client.stats("cdn", { type: "request" })).body).toMatchObject({ data: { sum: 10 } });
    expect((await client.stats("api", { user_id: 2 })).body.data).toEqual({ "2": { [DATA]: 2 } });
    expect((await client.users({ per_page: 1 })).body).toMatchObject({ total: 2, users: [{ user_id: 1 }] });
  });

  it("reads time series with an API key, from server to server", async () => {
    const client = buildFilespinClient(server.url + path, { apiKey: server.token });
    const end = Math.floor(Date.now() / 1000);
    const range = { start_time: end - 7200, end_time: end };
    const { body } = await client.timeSeries("api", { ...range, stat_type: "api", stat_subtype: DATA });
    expect(body).toMatchObject({ stat_type: "api", stat_subtype: DATA, end_time: String(end) });
    expect(sum(body.data["*"])).toBe(5);
    for (const [type, total] of [
      ["addons", 2],
      ["transcodes", 1],
      ["cdn", 50_000],
    ] as const) {
      expect(sum((await client.timeSeries(type, range)).body.data["*"])).toBe(total);
    }
    const stored = (await client.timeSeries("storage", { ...range, stat_subtype: "ASSET" })).body.data["*"];
    expect(stored?.at(-1)?.value).toBe(800);
    const monthly = await client.timeSeries("api", { ...range, granularity: "month", fill: "zero" });
    expect(sum(monthly.body.data["*"])).toBe(5);
  });
});

describe("a USER", () => {
  it("reads its own figures and nobody else's", async () => {
    const { body } = await buildFilespinClient(server.url).login("bob@example.com", PASSWORD);
    const client = buildFilespinClient(server.url, { jwt: body.jwt });
    expect((await client.stats("api", { user_id: 2 })).status).toBe(200);
    for (const answer of [
      await client.stats("api"),
      await client.timeSeries("cdn", { user_id: 1 }),
      await client.users(),
    ]) {
      expect(answer).toEqual({ status: 403, body: { status: "ERROR", message: "Forbidden" } });
    }
  });
});

describe("a guesser", () => {
  it("meets 429 within a hundred guesses", async () => {
    const client = buildFilespinClient(server.url);
    const guesses = Array.from({ length: 100 }, (_, guess) => client.login("ann@example.com", `guess ${guess}`));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  });
});

describe("a JWT in a query", () => {
  it("is in no log and no file afterwards, and neither is a password", async () => {
    const { body } = await buildFilespinClient(server.url).login("bob@example.com", PASSWORD);
    const client = buildFilespinClient(server.url);
    expect((await client.validate(body.jwt)).status).toBe(200);
    // Where it is not read it may be sent all the same.
    expect((await client.stats("api", { _jwt: body.jwt })).status).toBe(401);
    const written = await server.stop();
    expect(written).toContain("/api/v1/auth/validate");
    for (const secret of [body.jwt, PASSWORD, server.token]) expect(written.includes(secret)).toBe(false);
  });
});
