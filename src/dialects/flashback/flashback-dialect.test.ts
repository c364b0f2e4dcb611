/**
 * Flashback's dialect as a whole: events in through the intake, answers out over the server, asked as Flashback's client asks.
 */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { AskedServer } from "../ask-server.contract.ts";
import { readFixtures } from "../read-fixtures.contract.ts";
import { idsOf, statsOf, toDays } from "./read-answer.contract.ts";
import { A, at, B, C, createBuckets, NOW_MS, openWithTokens, REPO, WORKED_EXAMPLE } from "./worked-example.contract.ts";

describe("the worked example", () => {
  let server: AskedServer;
  beforeAll(async () => {
    server = await openWithTokens();
    await createBuckets(server);
    await server.count(WORKED_EXAMPLE);
    // The same ids in another organization, and usage without a bucket: nothing of it may show.
    await server.count(WORKED_EXAMPLE, 43);
    await server.count(WORKED_EXAMPLE.map((row) => ({ ...row, bucket: null })));
  });
  afterAll(() => server.close());

  describe("200", () => {
    const fixtures = readFixtures(join(import.meta.dirname, "fixtures")).filter(({ name }) => !/page|^v2/.test(name));
    test.each(fixtures)("$name is answered as the fixture says", async ({ request, response }) => {
      const answer = await server.send("GET", request.url, request.headers);
      expect(answer.body).toEqual(response.body);
      expect(answer.status).toBe(response.status);
      expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
    });

    test("buckets come in the order asked, each once; unknown ids are left out", async () => {
      const { status, body } = await server.get(`/bucket/stats?bucketId=${B}%2Cnope%2C${A}%2C${B}`);
      expect(idsOf(body)).toEqual([B, A]);
      expect(status).toBe(200);
      expect(idsOf((await server.get(`/bucket/stats?bucketId=${C}&bucketId=${A},${C}`)).body)).toEqual([C, A]);
    });

    test.each(["?bucketId=undefined", "?bucketId=", "?bucketId=%2C", "?bucketId=null,undefined", "?x=1", ""])(
      "/bucket/stats%s is all buckets by creation",
      async (search) => {
        expect(idsOf((await server.get(`/bucket/stats${search}`)).body)).toEqual([A, B, C]);
      },
    );

    test("no bucket of that name is an empty list, not an error", async () => {
      const answer = await server.get("/bucket/stats?bucketId=nope");
      expect(answer.text).toBe('{"success":true,"stats":[]}');
      expect(answer.status).toBe(200);
    });

    test.each(["//bucket/stats", "/flashback/bucket/stats", "/bucket/stats/", "/flashback//bucket/stats/"])(
      "%s is the same endpoint",
      async (path) => {
        expect((await server.get(path)).text).toBe((await server.get("/bucket/stats")).text);
      },
    );

    test("a unit is a bucket under its old name, and bucketId means nothing there", async () => {
      const { body } = await server.get(`/unit/stats?bucketId=${A}`);
      expect(idsOf(body, "unitId")).toEqual([A, B, C]);
      expect(statsOf(body)[1]).toEqual({
        unitId: B,
        totalCount: "1",
        totalUploadBytes: "450",
        totalDownloadBytes: "0",
        totalSizeChange: "270",
      });
    });

    test("an unknown repo is left out", async () => {
      expect((await server.get(`/repo/stats?repoId=nope,${A}`)).body).toEqual({ success: true, stats: [] });
    });

    test("any number of buckets is read as often as one, and no bucket not at all", async () => {
      const scan = vi.spyOn(server.store, "scan");
      const countReads = async (url: string): Promise<number> => {
        scan.mockClear();
        await server.get(url);
        return scan.mock.calls.length;
      };
      const readsOfOne = await countReads(`/bucket/stats?bucketId=${A}`);
      expect(readsOfOne).toBeGreaterThan(0);
      expect(await countReads("/bucket/stats")).toBe(readsOfOne);
      expect(await countReads("/repo/stats")).toBe(readsOfOne);
      expect(await countReads("/bucket/stats?bucketId=nope")).toBe(0);
      scan.mockRestore();
    });

    test("another organization sees none of the buckets", async () => {
      for (const url of ["/bucket/stats", `/bucket/stats?bucketId=${A},${B},${C}`, "/unit/stats", "/repo/stats"]) {
        expect((await server.get(url, "stranger")).body).toEqual({ success: true, stats: [] });
      }
      const days = await server.get(`/stats/daily?bucketId=${A}&repoId=${REPO}`, "stranger");
      expect(days.body).toEqual({ success: true, data: [] });
    });

    test("days of the last month are by day, then by creation of the bucket; days without a record have no row", async () => {
      expect(toDays((await server.get("/stats/daily")).body)).toEqual([
        "1771545600 B 250/0/250",
        "1772236800 A 9007199254740991/0/9007199254740991",
        "1772323200 A 1000/536870912/0",
        "1772323200 B 200/0/-50",
        "1772409600 B 0/0/70",
      ]);
    });

    test("the first day may begin before startDate, but only what came after it counts", async () => {
      const { body } = await server.get("/stats/daily?startDate=2026-03-01T00:00:40Z&endDate=2026-03-01T15:19:59.999Z");
      expect(toDays(body)).toEqual(["1772323200 A 1000/0/1000"]);
    });

    test("both dates are included to their millisecond", async () => {
      const { body } = await server.get("/stats/daily?startDate=2026-03-01T15:20:00Z&endDate=2026-03-01T15:20:05.000Z");
      expect(toDays(body)).toEqual(["1772323200 A 0/0/-1000", "1772323200 B 200/0/-50"]);
    });

    test("hosts narrow, repos and buckets widen", async () => {
      const range = "startDate=2026-03-01&endDate=2026-03-02";
      const read = async (search: string) => toDays((await server.get(`/stats/daily?${range}&${search}`)).body);
      expect(await read("hosts=s3.example.com")).toEqual(["1772323200 A 1000/536870912/0"]);
      expect(await read(`unitId=${B}`)).toEqual(["1772323200 B 200/0/-50"]);
      expect(await read(`repoId=${REPO}&bucketId=${C}`)).toHaveLength(2);
      expect(await read(`repoId=${REPO}&hosts=elsewhere`)).toEqual([]);
      expect(await read("bucketId=nope")).toEqual([]);
    });

    test("HEAD answers as GET without a body", async () => {
      const answer = await server.send("HEAD", "/bucket/stats", { authorization: "Bearer admin" });
      expect([answer.status, answer.text]).toEqual([200, ""]);
    });

    test("a GET with a JSON body, as the page's PHP sample sends it, is answered as without", async () => {
      const answer = await server.app.inject({
        method: "GET",
        url: "/bucket/stats",
        headers: { authorization: "Bearer admin", accept: "application/json", "content-type": "application/json" },
        payload: "[]",
      });
      expect(answer.statusCode).toBe(200);
    });
  });

  describe("400", () => {
    const many = Array.from({ length: 1001 }, (_, index) => index).join(",");
    test.each([
      [`/bucket/stats?bucketId=${many}`, "Too many bucketId values (maximum 1000)"],
      [`/unit/stats?unitId=${many}`, "Too many unitId values (maximum 1000)"],
      [`/repo/stats?repoId=${many}`, "Too many repoId values (maximum 1000)"],
      [`/stats/daily?hosts=${many}`, "Too many hosts values (maximum 1000)"],
      ["/stats/daily?startDate=x", "Invalid date format"],
      ["/stats/daily?startDate=2026-03-02&endDate=2026-03-01", "startDate must not be after endDate"],
      ["/stats/daily?startDate=2020-01-01", "Date range too large (maximum 366 days)"],
      ["/bucket/stats%", "Malformed URL"],
    ])("%.60s", async (url, message) => {
      const { status, body } = await server.get(url);
      expect(body).toEqual({ success: false, message });
      expect(status).toBe(400);
    });
  });

  describe("401", () => {
    test.each([
      ["no token", {}],
      ["an unknown token", { authorization: "Bearer nobody" }],
      ["another scheme", { authorization: "Basic admin" }],
      ["a token without a scheme", { authorization: "admin" }],
    ])("%s", async (_, headers) => {
      for (const path of ["/bucket/stats", "/unit/stats", "/repo/stats", "/stats/daily?startDate=x"]) {
        const answer = await server.send("GET", path, headers);
        expect(answer.body).toEqual({ success: false, message: "Unauthorized" });
        expect(answer.status).toBe(401);
        expect(answer.headers["www-authenticate"]).toBe("Bearer");
        expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
      }
    });
  });

  describe("403", () => {
    test("a token without the right to read statistics reads nothing, once its parameters are right", async () => {
      await server.createToken("writer", { scopes: ["ingest"] });
      const { status, body } = await server.get("/bucket/stats", "writer");
      expect(body).toEqual({ success: false, message: "Insufficient permissions" });
      expect(status).toBe(403);
      expect((await server.get("/stats/daily?startDate=x", "writer")).status).toBe(400);
    });
  });

  describe("404", () => {
    test.each([
      ["GET", "/stats/nodes/daily"],
      ["GET", "/stats/nodes/minute"],
      ["POST", `/bucket/${A}/stats`],
      ["GET", `/bucket/${A}/stats`],
      ["GET", `/bucket/${A}/status`],
      ["GET", "/bucket/stats/minute"],
      ["GET", "/bucket/available"],
      ["GET", "/flashback/bucket/available"],
      ["GET", "/credits/balance"],
      ["GET", "/v2/stats/storage/breakdown/nodes"],
      ["GET", "/aistats/x"],
      ["GET", "/repo"],
      ["GET", "/flashback/nothing"],
    ] as const)("%s %s, with and without a token", async (method, path) => {
      for (const headers of [{}, { authorization: "Bearer admin" }]) {
        const { status, body } = await server.send(method, path, headers);
        expect(body).toEqual({ success: false, message: "Not found" });
        expect(status).toBe(404);
      }
    });
  });

  describe("405", () => {
    test.each([
      ["POST", "/bucket/stats", "GET, HEAD"],
      ["PUT", "/bucket/stats", "GET, HEAD"],
      ["DELETE", "/bucket/stats", "GET, HEAD"],
      ["DELETE", "/flashback/bucket/stats/", "GET, HEAD"],
      ["POST", "/flashback/stats/daily", "GET, HEAD"],
      ["PUT", "/bucket", "GET, HEAD, POST"],
      ["GET", `/bucket/${A}`, "DELETE, PUT"],
    ] as const)("%s %s, with and without a token", async (method, path, allow) => {
      for (const headers of [{}, { authorization: "Bearer admin" }]) {
        const answer = await server.send(method, path, headers);
        expect(answer.body).toEqual({ success: false, message: "Method not allowed" });
        expect(answer.status).toBe(405);
        expect(answer.headers.allow).toBe(allow);
      }
    });

    test("a bucket called stats is not removed by way of the statistics", async () => {
      await server.catalog.createBucket({ organization: 44, id: "stats", name: "stats", space: 5 });
      expect((await server.send("DELETE", "/bucket/stats", { authorization: "Bearer stranger" })).status).toBe(405);
      expect(await server.catalog.listBuckets(44)).toHaveLength(1);
      await server.catalog.deleteBucket(44, "stats");
    });
  });
});

describe("one case each", () => {
  let server: AskedServer;
  beforeEach(async () => {
    server = await openWithTokens();
  });
  afterEach(() => server.close());

  test("a repo without buckets has zeros", async () => {
    await server.catalog.createRepo({ organization: 42, id: REPO, name: "site", space: 5 });
    expect(statsOf((await server.get("/repo/stats")).body)).toEqual([
      { repoId: REPO, totalUploadBytes: "0", totalDownloadBytes: "0", totalSizeChange: "0" },
    ]);
  });

  test("totals are of all time: decades ago, and the few minutes that an event may be ahead", async () => {
    await createBuckets(server);
    const upload = { bucket: A, kind: "upload", objectsDelta: 1 } as const;
    await server.count([
      { ...upload, timeMs: 0, bytesIn: 1, sizeDelta: 1 },
      { ...upload, timeMs: Date.UTC(1999, 11, 31), bytesIn: 2, sizeDelta: 2 },
      { ...upload, timeMs: NOW_MS + 600_000, bytesIn: 4, sizeDelta: 4 },
    ]);
    expect(statsOf((await server.get(`/bucket/stats?bucketId=${A}`)).body)).toEqual([
      { bucketId: A, totalCount: "3", totalUploadBytes: "7", totalDownloadBytes: "0", totalSizeChange: "7" },
    ]);
  });

  test("totals below zero are shown as they are", async () => {
    await createBuckets(server);
    await server.count([{ bucket: C, timeMs: NOW_MS, kind: "delete", sizeDelta: -50, objectsDelta: -1 }]);
    expect(statsOf((await server.get(`/bucket/stats?bucketId=${C}`)).body)[0]).toMatchObject({
      totalCount: "-1",
      totalSizeChange: "-50",
    });
  });

  test("the page's example: its request, as its samples send it, gives the totals printed there", async () => {
    const [example] = readFixtures(join(import.meta.dirname, "fixtures")).filter(({ name }) => name.includes("page"));
    await server.catalog.createBucket({ organization: 42, id: A, name: "media" });
    await server.count([
      {
        bucket: A,
        timeMs: at("01-01T00:00:00"),
        kind: "upload",
        bytesIn: 1_073_741_824,
        sizeDelta: 536_870_912,
        objectsDelta: 1250,
      },
      { bucket: A, timeMs: at("01-02T00:00:00"), kind: "delivery", bytesOut: 536_870_912 },
    ]);
    const answer = await server.send("GET", example?.request.url ?? "", {
      ...example?.request.headers,
      accept: "application/json",
    });
    expect(answer.body).toEqual(example?.response.body);
    expect(answer.status).toBe(200);
  });
});
