/**
 * FileSpin's dialect as a whole: events in through the intake, answers out over the server, asked as a FileSpin client asks.
 */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AskedServer, openAskedServer, type TestEvent } from "../ask-server.contract.ts";
import { readFixtures } from "../read-fixtures.contract.ts";
import { STAT_TYPES } from "./stat-type.ts";

/** 2026-03-02T12:00:00Z; its UNIX second is 1772452800. */
const NOW_MS = Date.UTC(2026, 2, 2, 12);

const SERIES = "/api/v1/stats/timeseries";
/** 08:30 to 11:30. */
const RANGE = "start_time=1772440200&end_time=1772451000";

const at = (day: string, time: string): number => Date.parse(`2026-03-${day}T${time}Z`);
const DATA = "/api/v1/assets/{ASSET_ID}/data";

const WORKED_EXAMPLE: readonly TestEvent[] = [
  { timeMs: at("01", "09:15:00"), kind: "upload", user: 7, bytesIn: 1000, sizeDelta: 1000, objectsDelta: 1 },
  { timeMs: at("02", "08:10:00"), kind: "api", user: 7, operation: DATA, count: 3 },
  { timeMs: at("02", "08:50:00"), kind: "api", user: 8, operation: DATA, count: 2 },
  { timeMs: at("02", "09:30:00"), kind: "delivery", user: 7, count: 10, bytesOut: 50_000 },
  { timeMs: at("02", "10:05:00"), kind: "api", user: 8, operation: "/api/v1/schema/{ID}", count: 4 },
  { timeMs: at("02", "10:20:00"), kind: "upload", user: 8, bytesIn: 500, sizeDelta: 500, objectsDelta: 1 },
  { timeMs: at("02", "10:40:00"), kind: "delete", user: 7, sizeDelta: -1000, objectsDelta: -1 },
  { timeMs: at("02", "11:00:00"), kind: "addon", user: 8, operation: "REMOVE_BACKGROUND", count: 2 },
  { timeMs: at("02", "11:10:00"), kind: "transcode", user: 7, operation: "720p-video", sizeDelta: 300 },
];

/** Organization 42 with an ADMIN (`admin`, user 7), a USER (`user-8`) and another organization with the same ids. */
async function openWithTokens(nowMs = NOW_MS): Promise<AskedServer> {
  const server = await openAskedServer(nowMs);
  for (const id of [42, 43]) {
    await server.catalog.createOrganization({ id, name: `group ${id}` });
    await server.catalog.createSpace({ organization: id, id: 5, name: "main" });
    await server.catalog.createUser({ organization: id, id: 7, name: "Ann", role: "admin" });
    await server.catalog.createUser({ organization: id, id: 8, name: "Ben", role: "member" });
  }
  await server.createToken("admin", { user: 7 });
  await server.createToken("user-8", { role: "member", user: 8 });
  return server;
}

type SeriesBody = { readonly data: Readonly<Record<string, readonly { timestamp: number; value: number }[]>> };

/** The points of a time series as the contract writes them: `timestamp:value`. */
function toPoints(body: unknown, key = "*"): readonly string[] {
  const { data } = body as SeriesBody;
  expect(Object.keys(data)).toEqual([key]);
  return (data[key] ?? []).map(({ timestamp, value }) => `${timestamp}:${value}`);
}

describe("the worked example", () => {
  let server: AskedServer;
  beforeAll(async () => {
    server = await openWithTokens();
    await server.count(WORKED_EXAMPLE);
    // The same in another group: nothing of it may show.
    await server.count(WORKED_EXAMPLE, 43);
  });
  afterAll(() => server.close());

  describe("200", () => {
    const fixtures = readFixtures(join(import.meta.dirname, "fixtures")).filter(({ name }) => !name.includes("page"));
    test.each(fixtures)("$name is answered as the fixture says", async ({ request, response }) => {
      const answer = await server.send("GET", request.url, request.headers);
      expect(answer.body).toEqual(response.body);
      expect(answer.status).toBe(response.status);
      expect(answer.headers).toMatchObject({
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-store",
      });
    });

    test.each([
      ["api", "", ["1772438400:2", "1772445600:4"]],
      ["api", "&granularity=hour", ["1772438400:2", "1772445600:4"]],
      ["api", "&granularity=day", ["1772409600:6"]],
      // 2 March 2026 is a Monday; the month began on the 1st.
      ["api", "&granularity=week", ["1772409600:6"]],
      ["storage", "&granularity=month", ["1772323200:800"]],
      ["api", "&fill=zero", ["1772438400:2", "1772442000:0", "1772445600:4", "1772449200:0"]],
      ["addons", "", ["1772449200:2"]],
      ["transcodes", "", ["1772449200:1"]],
      ["storage", "", ["1772438400:1000", "1772442000:1000", "1772445600:500", "1772449200:800"]],
      ["cdn", "", ["1772442000:50000"]],
      ["cdn", "&stat_subtype=request", ["1772442000:10"]],
      ["addons", "&stat_subtype=REMOVE_BACKGROUND", ["1772449200:2"]],
      ["addons", "&stat_subtype=STORYBOARD", []],
      ["transcodes", "&stat_subtype=720p-video", ["1772449200:1"]],
      ["transcodes", "&stat_subtype=hls-video", []],
      ["api", "&stat_subtype=/API/v1/schema/{ID}", []],
    ])("%s%s from 08:30 to 11:30", async (type, text, points) => {
      const { status, body } = await server.get(`${SERIES}/${type}?${RANGE}${text}`);
      expect(toPoints(body)).toEqual(points);
      expect(status).toBe(200);
    });

    test("what one user left behind counts what that user took away", async () => {
      const { body } = await server.get(`${SERIES}/storage?${RANGE}&user_id=7`);
      expect(toPoints(body, "7")).toEqual(["1772438400:1000", "1772442000:1000", "1772445600:0", "1772449200:300"]);
    });

    test("a range of eight days has one point per day", async () => {
      const start = `start_time=${1_772_452_800 - 8 * 86_400}`;
      expect(toPoints((await server.get(`${SERIES}/api?${start}`)).body)).toEqual(["1772409600:9"]);
      const points = toPoints((await server.get(`${SERIES}/storage?${start}`)).body);
      expect(points).toHaveLength(9);
      expect(points.slice(-2)).toEqual(["1772323200:1000", "1772409600:800"]);
    });

    test("a range of exactly seven days has 169 hourly points", async () => {
      const { body } = await server.get(`${SERIES}/storage?start_time=${1_772_452_800 - 604_800}`);
      expect(toPoints(body)).toHaveLength(169);
    });

    test("parameters that count as not sent leave the last 24 hours, whose bounds are shown as text", async () => {
      const { body } = await server.get(`${SERIES}/api?start_time=undefined&end_time=`);
      expect(body).toMatchObject({ start_time: "1772366400", end_time: "1772452800", stat_subtype: null });
      expect(toPoints(body)).toEqual(["1772438400:5", "1772445600:4"]);
    });

    test("an unknown user has no points, and stores zero", async () => {
      expect(toPoints((await server.get(`${SERIES}/api?${RANGE}&user_id=99`)).body, "99")).toEqual([]);
      const { body } = await server.get(`${SERIES}/storage?${RANGE}&user_id=99`);
      expect(toPoints(body, "99")).toEqual(["1772438400:0", "1772442000:0", "1772445600:0", "1772449200:0"]);
    });

    test("start_time=1741003140 is just inside the last 364 days", async () => {
      const { status, body } = await server.get(`${SERIES}/storage?start_time=1741003140`);
      expect(status).toBe(200);
      // From the day of 2025-03-03 to that of 2026-03-02.
      expect(toPoints(body)).toHaveLength(365);
    });

    test.each([`/${SERIES.slice(1)}/api`, `/${SERIES}/api/`, `/filespin${SERIES}/api`, `/filespin/${SERIES}//api/`])(
      "%s is the same endpoint",
      async (path) => {
        expect((await server.get(`${path}?${RANGE}`)).body).toEqual((await server.get(`${SERIES}/api?${RANGE}`)).body);
      },
    );

    test.each(["//api/v1/stats/api/", "/filespin/api/v1/stats/api"])("%s is the same endpoint", async (path) => {
      const answer = await server.get(path);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual((await server.get("/api/v1/stats/api")).body);
    });

    test.each([
      ["addons?group_by=user", { "8": { REMOVE_BACKGROUND: 2 } }],
      ["api?group_by=user", { "7": { [DATA]: 3 }, "8": { [DATA]: 2, "/api/v1/schema/{ID}": 4 } }],
      ["storage?group_by=user", { "7": { ASSET: 300 }, "8": { ASSET: 500 } }],
      ["api?user_id=8&group_by=user", { "8": { [DATA]: 2, "/api/v1/schema/{ID}": 4 } }],
      ["api?period=1", { "*": {} }],
      ["addons?period=1", { "*": { REMOVE_BACKGROUND: 2 } }],
      ["storage?period=1", { "*": { ASSET: 800 } }],
      ["storage?user_id=99", { "99": { ASSET: 0 } }],
      ["api?user_id=99", { "99": {} }],
    ])("the snapshot %s", async (target, data) => {
      const { status, body } = await server.get(`/api/v1/stats/${target}`);
      expect(body).toMatchObject({ usergroup_id: 42 });
      expect((body as { data: unknown }).data).toEqual(data);
      expect(status).toBe(200);
    });

    test("the cdn snapshot counts deliveries where it is asked to, and names the host without its port", async () => {
      const { body } = await server.get("/api/v1/stats/cdn?type=request&period=8736", "admin", {
        host: "Assets.example:81",
      });
      expect(body).toEqual({ type: "request", period: 8736, cdn: "assets.example", data: { sum: 10 } });
      expect((await server.get("/api/v1/stats/cdn?user_id=8")).body).toMatchObject({ data: { sum: 0 } });
    });

    test.each([
      ["cdn.group.example", "cdn.server.example", "cdn.group.example"],
      ["cdn.group.example", "", "cdn.group.example"],
      [null, "cdn.server.example", "cdn.server.example"],
      [null, "", "assets.example"],
    ])("the cdn snapshot of a group with the host %s on a server with %j names %s", async (own, cdnHost, cdn) => {
      const configured = await openAskedServer(NOW_MS, { cdnHost });
      await configured.catalog.createOrganization({ id: 42, name: "group", cdnHost: own });
      // Another group's host is no one's business here.
      await configured.catalog.createOrganization({ id: 43, name: "other", cdnHost: "cdn.other.example" });
      await configured.createToken("admin");
      const { body } = await configured.get("/api/v1/stats/cdn", "admin", { host: "assets.example:81" });
      expect(body).toEqual({ type: "traffic", period: 24, cdn, data: { sum: 0 } });
      await configured.close();
    });

    test("without a host of the group or the server the cdn snapshot names that of the server's public URL", async () => {
      const configured = await openAskedServer(NOW_MS, { publicUrl: "https://usage.example.com:8443" });
      await configured.catalog.createOrganization({ id: 42, name: "group" });
      await configured.createToken("admin");
      const { body } = await configured.get("/api/v1/stats/cdn", "admin", { host: "assets.example:81" });
      expect(body).toMatchObject({ cdn: "usage.example.com" });
      await configured.close();
    });

    test("a group's host is named from the moment that it is changed, and no longer when it is taken away", async () => {
      const configured = await openAskedServer(NOW_MS, { cdnHost: "cdn.server.example" });
      await configured.catalog.createOrganization({ id: 42, name: "group" });
      await configured.createToken("admin");
      const read = async () => (await configured.get("/api/v1/stats/cdn")).body;
      await configured.catalog.updateOrganization(42, { cdnHost: "cdn.group.example" });
      expect(await read()).toMatchObject({ cdn: "cdn.group.example" });
      await configured.catalog.updateOrganization(42, { cdnHost: null });
      expect(await read()).toMatchObject({ cdn: "cdn.server.example" });
      await configured.close();
    });

    test("a USER reads its own figures", async () => {
      const { status, body } = await server.get(`${SERIES}/api?${RANGE}&user_id=8`, "user-8");
      expect(status).toBe(200);
      expect(toPoints(body, "8")).toEqual(["1772438400:2", "1772445600:4"]);
    });

    test("an API key may come in a header of its own, the way of servers", async () => {
      const { status } = await server.send("GET", `${SERIES}/api`, { "x-filespin-api-key": "admin" });
      expect(status).toBe(200);
    });

    test("HEAD answers as GET without a body", async () => {
      const answer = await server.send("HEAD", `${SERIES}/api`, { authorization: "Bearer admin" });
      expect([answer.status, answer.text]).toEqual([200, ""]);
    });
  });

  describe("400", () => {
    test.each([
      [`${SERIES}/api?stat_type=cdn`, "stat_type must be api on this path"],
      [`${SERIES}/api?start_time=1741003139`, "start_time and end_time must be within the last 364 days"],
      [`${SERIES}/api?end_time=1772456400`, "start_time and end_time must not be in the future"],
      [`${SERIES}/api?fill=zero&fill=none`, "Parameter fill must not be repeated"],
      ["/api/v1/stats/api?period=0", "period must be an integer from 1 to 8736"],
      ["/api/v1/stats/api?period=8737", "period must be an integer from 1 to 8736"],
      ["/api/v1/stats/api?period=1.5", "period must be an integer from 1 to 8736"],
      ["/api/v1/stats/api?user_id=abc", "user_id must be a positive integer"],
      ["/api/v1/stats/api%", "Malformed URL"],
    ])("%s", async (url, message) => {
      const { status, body } = await server.get(url);
      expect(body).toEqual({ status: "ERROR", message });
      expect(status).toBe(400);
    });

    test("a bad parameter is named before a missing right", async () => {
      const { status } = await server.get(`${SERIES}/api?fill=x`, "user-8");
      expect(status).toBe(400);
    });
  });

  describe("401", () => {
    test.each([
      ["no credential", {}],
      ["an unknown token", { authorization: "Bearer nobody" }],
      ["another scheme", { authorization: "Basic admin" }],
      ["a token without a scheme", { authorization: "admin" }],
      ["an unknown API key", { "x-filespin-api-key": "nobody" }],
      ["a useless Authorization header beside a good API key", { authorization: "x", "x-filespin-api-key": "admin" }],
    ])("%s", async (_, headers) => {
      for (const type of STAT_TYPES) {
        const answer = await server.send("GET", `${SERIES}/${type}`, headers);
        expect(answer.body).toEqual({ status: "ERROR", message: "Unauthorized" });
        expect(answer.status).toBe(401);
        expect(answer.headers["www-authenticate"]).toBe("Bearer");
      }
    });

    test("is told before a bad parameter", async () => {
      expect((await server.get(`${SERIES}/api?fill=x`, null)).status).toBe(401);
    });
  });

  describe("403", () => {
    const paths = STAT_TYPES.flatMap((type) => [`${SERIES}/${type}`, `/api/v1/stats/${type}`]);

    test.each(paths)("%s: a USER asks for the group or for somebody else", async (path) => {
      for (const url of [path, `${path}?user_id=7`, `${path}?user_id=*`]) {
        const { status, body } = await server.get(url, "user-8");
        expect(body).toEqual({ status: "ERROR", message: "Forbidden" });
        expect(status).toBe(403);
      }
    });

    test("a key that is not ADMIN's and acts for nobody reads nothing", async () => {
      await server.createToken("nobody's", { role: "manager" });
      expect((await server.get(`${SERIES}/api?user_id=8`, "nobody's")).status).toBe(403);
    });

    test("a key without the right to read statistics reads nothing", async () => {
      await server.createToken("writer", { scopes: ["ingest"] });
      const { status, body } = await server.get(`${SERIES}/api`, "writer");
      expect(body).toEqual({ status: "ERROR", message: "Forbidden" });
      expect(status).toBe(403);
    });
  });

  describe("404", () => {
    test.each([
      `${SERIES}/assets`,
      SERIES,
      "/api/v1/stats",
      "/api/v1/stats/API",
      "/api/v1/assets",
      "/filespin/api/v1/x",
    ])("%s", async (path) => {
      const { status, body } = await server.get(path, null);
      expect(body).toEqual({ status: "ERROR", message: "Not found" });
      expect(status).toBe(404);
    });
  });

  describe("405", () => {
    test.each([`${SERIES}/api`, "/api/v1/stats/cdn"])("POST %s, also without a token", async (path) => {
      const answer = await server.send("POST", path);
      expect(answer.body).toEqual({ status: "ERROR", message: "Method not allowed" });
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe("GET, HEAD");
    });
  });
});

describe("one case each", () => {
  let server: AskedServer;
  beforeEach(async () => {
    server = await openWithTokens();
  });
  afterEach(() => server.close());

  test("calls count under their path, whatever their method was stored as, and under unknown without one", async () => {
    const timeMs = at("02", "11:59:00");
    await server.count([
      { timeMs, operation: "GET /api/v1/search", count: 1 },
      { timeMs, operation: "POST /api/v1/search", count: 2 },
      { timeMs, operation: "/api/v1/search", count: 4 },
      { timeMs, operation: "", count: 8 },
      { timeMs, operation: "/api/v1/search/x", count: 16 },
    ]);
    expect((await server.get("/api/v1/stats/api")).body).toMatchObject({
      data: { "*": { "/api/v1/search": 7, "/api/v1/search/x": 16, unknown: 8 } },
    });
    const read = async (subtype: string) =>
      toPoints((await server.get(`${SERIES}/api?stat_subtype=${encodeURIComponent(subtype)}`)).body);
    expect(await read("/api/v1/search")).toEqual(["1772449200:7"]);
    expect(await read("unknown")).toEqual(["1772449200:8"]);
    expect(await read("GET /api/v1/search")).toEqual([]);
  });

  test("a record in the second of end_time counts, one in the next does not", async () => {
    const endMs = at("02", "11:00:00");
    await server.count([
      { timeMs: endMs - 1, count: 1 },
      { timeMs: endMs + 999, count: 2 },
      { timeMs: endMs + 1000, count: 4 },
    ]);
    const { body } = await server.get(`${SERIES}/api?start_time=1772445600&end_time=1772449200`);
    expect(toPoints(body)).toEqual(["1772445600:1", "1772449200:2"]);
  });

  test("both ends of a snapshot's period count, to the millisecond", async () => {
    await server.count([
      { timeMs: NOW_MS - 3_600_001, operation: "/x", count: 1 },
      { timeMs: NOW_MS - 3_600_000, operation: "/x", count: 2 },
      { timeMs: NOW_MS, operation: "/x", count: 4 },
      { timeMs: NOW_MS + 1, operation: "/x", count: 8 },
    ]);
    expect((await server.get("/api/v1/stats/api?period=1")).body).toMatchObject({ data: { "*": { "/x": 6 } } });
  });

  test("sums above 2^53-1 are written with all their digits, unquoted", async () => {
    const row = { timeMs: at("02", "11:00:00"), kind: "delivery", bytesOut: Number.MAX_SAFE_INTEGER } as const;
    await server.count([row, row, { ...row, bytesOut: 3 }]);
    // Twice 9007199254740991 and 3.
    expect((await server.get(`${SERIES}/cdn`)).text).toContain('"value":18014398509481985}');
    expect((await server.get("/api/v1/stats/cdn")).text).toContain('"sum":18014398509481985}');
  });

  test("users without a name are unknown in the figures by user", async () => {
    const timeMs = at("02", "11:00:00");
    await server.count([
      { timeMs, kind: "upload", user: null, sizeDelta: 5 },
      { timeMs, kind: "delete", user: 7, sizeDelta: -3 },
    ]);
    expect((await server.get("/api/v1/stats/storage?group_by=user")).body).toMatchObject({
      data: { "7": { ASSET: -3 }, unknown: { ASSET: 5 } },
    });
    expect((await server.get("/api/v1/stats/storage")).body).toMatchObject({ data: { "*": { ASSET: 2 } } });
  });

  test("a token that is limited to a space counts only what happened there", async () => {
    await server.createToken("space-5", { spaces: [5] });
    const timeMs = at("02", "11:00:00");
    await server.count([
      { timeMs, space: 5, count: 1 },
      { timeMs, space: null, count: 2 },
    ]);
    expect(toPoints((await server.get(`${SERIES}/api`, "space-5")).body)).toEqual(["1772449200:1"]);
    expect(toPoints((await server.get(`${SERIES}/api`)).body)).toEqual(["1772449200:3"]);
  });

  test("without any record every endpoint answers", async () => {
    for (const type of STAT_TYPES) {
      expect((await server.get(`${SERIES}/${type}?fill=zero`)).status).toBe(200);
      expect((await server.get(`/api/v1/stats/${type}`)).status).toBe(200);
    }
    expect(toPoints((await server.get(`${SERIES}/storage`)).body)).toHaveLength(25);
    expect((await server.get("/api/v1/stats/storage?group_by=user")).body).toMatchObject({ data: {} });
  });
});

describe("the example of the vendor's page", () => {
  const fixtures = readFixtures(join(import.meta.dirname, "fixtures")).filter(({ name }) => name.includes("page"));
  let server: AskedServer;
  beforeAll(async () => {
    // The end that the page's example names.
    server = await openWithTokens(1_742_507_272_000);
    await server.count([
      { timeMs: 1_738_294_624_000, operation: DATA, count: 238 },
      { timeMs: 1_740_715_993_000, operation: DATA, count: 18 },
      { timeMs: 1_740_715_993_000, operation: "/api/v1/search", count: 5 },
    ]);
  });
  afterAll(() => server.close());

  test.each(fixtures)("$name is answered as the fixture says", async ({ request, response }) => {
    const answer = await server.send("GET", request.url, request.headers);
    expect(answer.body).toEqual(response.body);
    expect(answer.status).toBe(response.status);
  });
});
