/**
 * The Storyblok dialect over the whole server, asked as the vendor's packages ask.
 */
import { describe, expect, test } from "vitest";
import pageRequest from "./fixtures/all-traffic-page-example.request.json" with { type: "json" };
import pageResponse from "./fixtures/all-traffic-page-example.response.json" with { type: "json" };
import workedRequest from "./fixtures/all-traffic-worked-example.request.json" with { type: "json" };
import workedResponse from "./fixtures/all-traffic-worked-example.response.json" with { type: "json" };
import assetsRequest from "./fixtures/assets-traffic-page-example.request.json" with { type: "json" };
import assetsResponse from "./fixtures/assets-traffic-page-example.response.json" with { type: "json" };
import listRequest from "./fixtures/list-assets-page-example.request.json" with { type: "json" };
import listResponse from "./fixtures/list-assets-page-example.response.json" with { type: "json" };
import {
  api,
  at,
  delivery,
  FORBIDDEN,
  NOT_FOUND,
  NOW_MS,
  useOneWorld,
  useOwnWorlds,
  world,
} from "./storyblok-world.contract.ts";

const ALL = "/v1/orgs/me/statistics/all_traffic";
const ASSETS = "/v1/orgs/me/statistics/assets_traffic";

describe(`GET ${ALL}`, () => {
  describe("200", () => {
    useOwnWorlds();

    test("the worked example: sums hold what has arrived, the rows of the late space are null", async () => {
      await world.receiveLog("cdn-102", 102, at("2026-02-20T00:00:00Z"));
      await world.receiveLog("cdn-101", 101, NOW_MS - 60_000);
      await world.count(
        api("2026-01-01", 101, 1000, 5_000_000),
        api("2026-01-15", 102, 400, 2_000_000),
        api("2026-01-20", 103, 300, 1_500_000),
        api("2026-01-31", 104, 50, 100_000),
        api("2026-02-01", 101, 1200, 6_000_000),
        api("2026-02-10", 102, 500, 1_200_000),
        api("2026-02-28", 104, 70, 200_000),
        // 410 requests of the last seven days; with the deliveries 25,000,000 bytes that are not in the range.
        api("2026-11-14", 101, 400, 3_000_000),
        api("2026-11-20", null, 10, 2_000_000),
        { ...delivery("2026-05-01T00:00:00Z", null, 20_000_000), space: 101 },
        // The eighth day back, the year before, another kind, another organization: none of them counts anywhere.
        api("2026-11-13", 101, 1, 0),
        api("2025-12-31", 101, 7, 7_777),
        { kind: "upload", timeMs: at("2026-01-02"), space: 101, count: 5, bytesIn: 9, bytesOut: 0 },
        { ...api("2026-01-02", 101, 9, 9_999), organization: 2 },
      );
      const answer = await world.get(workedRequest.url, { headers: workedRequest.headers, token: null });
      expect(answer.body).toEqual(workedResponse.body);
      expect(answer.status).toBe(200);
      expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
      expect(answer.headers["x-ratelimit"]).toBe('"requests";r=50');
      expect(answer.headers["x-ratelimit-policy"]).toBe('"requests";q=50');
      expect(answer.headers).not.toHaveProperty("total");
      expect(answer.headers).not.toHaveProperty("per-page");
    });

    test("the request of the vendor's page is answered with the keys and kinds of values printed there", async () => {
      await world.count(...[101, 102, 103, 104].map((space) => api("2026-11-20", space, 1, 1000 - space)));
      const { body } = await world.get(pageRequest.url, { headers: pageRequest.headers, token: null });
      const example = pageResponse.body;
      expect(shapeOf({ ...body, traffic_top_spaces: null })).toEqual(shapeOf({ ...example, traffic_top_spaces: null }));
      expect(Object.keys(body.traffic_top_spaces)).toEqual(["101", "102", "103", "other_spaces"]);
      expect(shapeOf(Object.values(body.traffic_top_spaces)[0])).toEqual(
        shapeOf(example.traffic_top_spaces.other_spaces),
      );
    });

    test("the path with a colon, with two slashes and with a slash at the end is the same path", async () => {
      await world.count(api("2026-11-20", 101, 3, 300));
      const { body } = await world.get(ALL);
      expect(body.cumulated_traffic.total_requests_per_time_period).toBe(3);
      for (const url of ["/v1/orgs/me/statistics/:all_traffic", `/v1/${ALL.slice(3)}`, `${ALL}/`]) {
        expect(await world.get(url)).toMatchObject({ status: 200, body });
      }
    });

    test("periods are written as they were asked for, and the first one begins with the range", async () => {
      await world.count(api("2026-01-14", 101, 1, 1), api("2026-01-15", 101, 2, 2), api("2026-01-31", 101, 4, 4));
      const dates = async (group: string) => {
        const { body } = await world.get(`${ALL}?start_date=2026-01-15&end_date=2026-01-31&group_by=${group}`);
        return body.traffic.map((row: { date: string; api_requests: number }) => [row.date, row.api_requests]);
      };
      expect(await dates("day")).toEqual([
        ["2026-01-15", 2],
        ["2026-01-31", 4],
      ]);
      expect(await dates("week")).toEqual([
        ["2026-01-12", 2],
        ["2026-01-26", 4],
      ]);
      expect(await dates("month")).toEqual([["2026-01", 6]]);
      expect(await dates("year")).toEqual([["2026", 6]]);
    });

    test("the last day counts to its last millisecond and no further", async () => {
      await world.count(
        { ...api("2026-01-31", 101, 1, 1), timeMs: at("2026-01-31T23:59:59.999Z") },
        { ...api("2026-02-01", 101, 2, 2), timeMs: at("2026-02-01T00:00:00.000Z") },
      );
      const { body } = await world.get(`${ALL}?start_date=2026-01-31&end_date=2026-01-31`);
      expect(body.cumulated_traffic.total_requests_per_time_period).toBe(1);
    });

    test("a log that is late makes a null row where no request is known, up to the current period", async () => {
      await world.receiveLog("cdn-606", 606, at("2026-10-15T00:00:00Z"));
      const { body } = await world.get(`${ALL}?start_date=2026-09-01&end_date=2026-12-31`);
      const unknown = { api_requests: 0, total_bytes: null, space_id: 606 };
      expect(body.traffic).toEqual([
        { date: "2026-10", ...unknown },
        { date: "2026-11", ...unknown },
      ]);
      expect(body.cumulated_traffic.traffic).toEqual([]);
      expect(body.traffic_top_spaces).toEqual({});
    });

    test("an events source never makes a row unknown, however late its records may come", async () => {
      await world.catalog.ensureSource({
        organization: 1,
        name: "platform",
        format: "cloudevents",
        latenessBoundMs: 86_400_000,
      });
      await world.count({ ...api("2026-11-20", 101, 1, 10), source: "platform" });
      const { body } = await world.get(ALL);
      expect(body.traffic).toEqual([{ date: "2026-11", api_requests: 1, total_bytes: 10, space_id: 101 }]);
    });

    test("bytes above 2^53 leave with every digit", async () => {
      await world.count(
        api("2026-11-20", 101, 1, Number.MAX_SAFE_INTEGER),
        api("2026-11-20", 101, 1, Number.MAX_SAFE_INTEGER),
        api("2026-11-20", 101, 1, 1),
      );
      const answer = await world.app.inject({ url: ALL, headers: { authorization: "admin" } });
      expect(answer.body).toContain('"total_traffic_per_time_period":18014398509481983,');
    });

    test.each(["admin", "Bearer admin", "bearer admin", "BEARER  admin "])(
      "the token is taken as %j",
      async (token) => {
        expect((await world.get(ALL, { token })).status).toBe(200);
      },
    );
  });

  describe("400", () => {
    useOneWorld();

    test.each([
      ["start_date=2026-02-31", "Invalid date format. Expected format: YYYY-MM-DD"],
      ["end_date=01.02.2026", "Invalid date format. Expected format: YYYY-MM-DD"],
      ["start_date=2026-02-01&end_date=2026-01-31", "start_date must not be after end_date"],
      ["group_by=hour", "Invalid group_by. Expected one of: day, month, year"],
      ["start_date=2016-01-01&end_date=2026-11-20", "Date range too long"],
    ])("%s", async (query, error) => {
      expect(await world.get(`${ALL}?${query}`)).toMatchObject({ status: 400, body: { error } });
    });
  });

  describe("401", () => {
    useOneWorld();

    test.each([null, "", "Bearer ", "Bearer nobody", "nobody"])("the token %j", async (token) => {
      expect(await world.get(ALL, { token })).toMatchObject({ status: 401, body: { error: "Unauthorized" } });
    });

    test("a token in the query string is not read", async () => {
      expect((await world.get(`${ALL}?token=admin`, { token: null })).status).toBe(401);
    });
  });

  describe("403", () => {
    useOwnWorlds();

    test("members, tokens of single spaces and tokens without the scope are refused, whatever the dates", async () => {
      await world.createToken("member", { organization: 1, role: "member" });
      await world.createToken("one-space", { organization: 1, spaces: [101] });
      await world.createToken("no-stats", { organization: 1, scopes: ["assets:read"] });
      for (const token of ["member", "one-space", "no-stats"]) {
        expect(await world.get(`${ALL}?start_date=x`, { token })).toMatchObject({ status: 403, body: FORBIDDEN });
      }
    });
  });

  describe("404", () => {
    useOneWorld();

    test("other paths and other methods are not found", async () => {
      expect(await world.get("/v1/orgs/me/statistics/nothing")).toMatchObject({ status: 404, body: NOT_FOUND });
      const answer = await world.app.inject({ method: "DELETE", url: ALL, headers: { authorization: "admin" } });
      expect({ status: answer.statusCode, body: answer.json() }).toEqual({ status: 404, body: NOT_FOUND });
    });
  });
});

describe(`GET ${ASSETS}`, () => {
  describe("200", () => {
    useOwnWorlds();

    test("the request of the vendor's page is answered as printed there", async () => {
      const { catalog } = world;
      await catalog.createFolder({ organization: 1, space: 44_203, id: 12_345, name: "Folder" });
      await catalog.createAsset({
        organization: 1,
        id: 88_042_181_064_935,
        space: 44_203,
        path: "/f/286977613018464/6ea061149c/premium-appointment.jpg",
        contentType: "image/jpeg",
        contentBytes: 25_600,
        folder: 12_345,
        alt: "Image alt text",
      });
      await world.count(
        delivery("2026-11-19T00:00:00Z", 88_042_181_064_935, 8_000),
        delivery("2026-11-20T11:59:59Z", 88_042_181_064_935, 400),
        // Known to nobody, of no asset, not a delivery, and a day before the default range.
        delivery("2026-11-20T00:00:00Z", 5, 77),
        delivery("2026-11-20T00:00:00Z", null, 77),
        { ...delivery("2026-11-20T00:00:00Z", 88_042_181_064_935, 77), kind: "api" },
        delivery("2025-11-19T23:59:59.999Z", 88_042_181_064_935, 77),
      );
      for (const url of [assetsRequest.url, "/v1/orgs/me/statistics/:assets_traffic"]) {
        const answer = await world.get(url, { headers: assetsRequest.headers, token: null });
        expect(answer).toMatchObject({ status: 200, headers: { "x-ratelimit-policy": '"requests";q=50' } });
        expect(answer.body).toEqual(assetsResponse.body);
        expect(answer.headers).not.toHaveProperty("total");
      }
    });

    test("assets first seen in a log are listed by bytes, then id, with revalidations and deletions", async () => {
      const { catalog } = world;
      await catalog.createAsset({ organization: 1, space: 606, path: "/b.png", deletedAtMs: NOW_MS });
      const paths = ["/a.png", "/b.png", "/c.png"].map((path) => ({ space: 606, path }));
      const ids = await catalog.resolveAssetPaths(1, paths, true);
      const [a, b, c] = ids.map((id) => id ?? 0) as [number, number, number];
      await world.count(
        delivery("2026-03-01T00:00:00Z", a, 0),
        delivery("2026-03-31T23:59:59.999Z", b, 50),
        delivery("2026-03-02T00:00:00Z", c, 20),
        delivery("2026-03-03T00:00:00Z", c, 30),
        delivery("2026-04-01T00:00:00Z", a, 1_000),
      );
      const { body } = await world.get(`${ASSETS}?start_date=2026-03-01&end_date=2026-03-31`);
      expect(body.assets.map((asset: { id: number; total_bytes: number }) => [asset.id, asset.total_bytes])).toEqual([
        ...[b, c].sort((x, y) => x - y).map((id) => [id, 50]),
        [a, 0],
      ]);
      expect(body.assets.at(-1)).toEqual({
        id: a,
        alt: null,
        asset_folder_id: null,
        content_length: null,
        content_type: "image/png",
        deleted_at: null,
        filename: "http://127.0.0.1:8787/a.png",
        is_private: false,
        space_id: 606,
        total_bytes: 0,
      });
      const deleted = body.assets.find((asset: { id: number }) => asset.id === b);
      expect(deleted.deleted_at).toBe("2026-11-20T12:00:00.000Z");
    });

    test("no data is an empty list", async () => {
      expect(await world.get(ASSETS)).toMatchObject({ status: 200, body: { assets: [] } });
    });
  });

  describe("400", () => {
    useOneWorld();

    test("a day that does not exist", async () => {
      const error = "Invalid date format. Expected format: YYYY-MM-DD";
      expect(await world.get(`${ASSETS}?end_date=2026-02-30`)).toMatchObject({ status: 400, body: { error } });
    });
  });

  describe("401 and 403", () => {
    useOwnWorlds();

    test("without a token, and for a token of a single space", async () => {
      await world.createToken("one-space", { organization: 1, spaces: [101] });
      expect((await world.get(ASSETS, { token: null })).status).toBe(401);
      expect(await world.get(ASSETS, { token: "one-space" })).toMatchObject({ status: 403, body: FORBIDDEN });
    });
  });
});

describe("GET /v1/spaces/:space_id/assets", () => {
  const idsOf = (body: { assets: readonly { id: number }[] }) => body.assets.map((asset) => asset.id);

  /** Four assets of space 606, one second apart; 4 is in the trash. */
  async function createFour() {
    const { catalog } = world;
    await catalog.createFolder({ organization: 1, space: 606, id: 11, name: "Folder" });
    await catalog.createTag({ organization: 1, space: 606, id: 7, name: "featured" });
    await catalog.createTag({ organization: 1, space: 606, id: 8, name: "editors choice" });
    const create = (id: number, fields: object) =>
      catalog.createAsset({
        organization: 1,
        space: 606,
        id,
        createdAtMs: at("2026-01-31T10:00:00Z") + id * 1_000,
        updatedAtMs: at("2026-02-28T10:00:00Z") - id * 1_000,
        path: `/f/606/x/0123456789/${id}.png`,
        ...fields,
      });
    await create(1, { path: "/f/606/x/0123456789/Beach.png", folder: 11, alt: "A sunny Beach", tagIds: [7] });
    await create(2, { path: "/f/606/x/0123456789/cat.png", isPrivate: true, title: "Cat", tagIds: [8] });
    await create(3, {
      path: "/f/606/x/0123456789/dog.png",
      copyright: "Me",
      extId: "e-3",
      expireAtMs: at("2027-01-01"),
    });
    await create(4, { path: "/f/606/x/0123456789/gone.png", deletedAtMs: NOW_MS });
  }

  describe("200", () => {
    useOwnWorlds();

    test("the request of the vendor's page is answered with every key that the page names", async () => {
      const { catalog } = world;
      await catalog.createFolder({ organization: 1, space: 606, id: 12_345, name: "Folder" });
      await catalog.createTag({ organization: 1, space: 606, id: 7, name: "featured" });
      await catalog.createAsset({
        organization: 1,
        id: 111,
        space: 606,
        path: "/f/606/x/3af265ee08/mypic.jpg",
        contentType: "image/jpeg",
        contentBytes: 3_094_788,
        folder: 12_345,
        alt: "A",
        tagIds: [7],
        createdAtMs: at("2025-01-18T08:01:02.759Z"),
        updatedAtMs: at("2025-01-19T08:01:08.652Z"),
      });
      for (const url of [listRequest.url, `/v1/${listRequest.url.slice(3)}`, "/v1/spaces/606/assets"]) {
        const answer = await world.get(url, { headers: listRequest.headers, token: null });
        expect(answer.body).toEqual(listResponse.body);
        expect(answer).toMatchObject({
          status: 200,
          headers: { ...listResponse.headers, "x-ratelimit": '"requests";r=50' },
        });
      }
    });

    test("a member's token of the space is enough", async () => {
      await world.createToken("member", { organization: 1, role: "member", spaces: [606] });
      expect((await world.get("/v1/spaces/606/assets", { token: "member" })).status).toBe(200);
    });
  });

  describe("200 with filters, order and pages", () => {
    useOneWorld(createFour);

    test.each([
      ["", [3, 2, 1]],
      ["in_folder=11", [1]],
      ["in_folder=0", [3, 2]],
      ["in_folder=-1", [4]],
      ["in_folder=999", []],
      ["in_folder=99999999999999999999", []],
      ["is_private=1", [2]],
      ["is_private=0", [3, 2, 1]],
      ["search=BEACH", [1]],
      ['search="beach"', [1]],
      ["by_alt=sunny", [1]],
      ["by_title=cat", [2]],
      ["by_copyright=me", [3]],
      ["ext_id=e-3", [3]],
      ["ext_id=e", []],
      ["with_tags=featured", [1]],
      ["with_tag=featured,editors%20choice", [2, 1]],
      ["with_tags=feat", []],
      ["created_at_gte=2026-01-31T10:00:02Z", [3, 2]],
      ["created_at_lte=2026-01-31T10:00:02Z", [2, 1]],
      ["created_at_lte=2026-01-31", [3, 2, 1]],
      ["updated_at_lte=2026-02-28T09:59:58.000Z", [3, 2]],
      ["expire_at_gte=2027-01-01&expire_at_lte=2027-01-01", [3]],
      ["expire_at_lte=2026-12-31", []],
      ["search=a&is_private=1", [2]],
      ["sort_by=short_filename:asc", [1, 2, 3]],
      ["sort_by=created_at:asc", [1, 2, 3]],
      ["sort_by=updated_at:desc", [1, 2, 3]],
      ["sort_by=nonsense", [3, 2, 1]],
    ])("?%s lists %j", async (query, expected) => {
      const { body, headers } = await world.get(`/v1/spaces/606/assets?${query}`);
      expect(idsOf(body)).toEqual(expected);
      expect(headers).toMatchObject({ total: String(expected.length), "per-page": "25" });
    });

    test("pages follow each other, and one past the end is empty with the same total", async () => {
      const pages = [];
      for (const page of [1, 2, 3]) {
        const { body, headers } = await world.get(`/v1/spaces/606/assets?per_page=2&version=published&page=${page}`);
        expect(headers).toMatchObject({ total: "3", "per-page": "2" });
        pages.push(idsOf(body));
      }
      expect(pages).toEqual([[3, 2], [1], []]);
    });
  });

  describe("401 and 403", () => {
    useOwnWorlds();

    test("without a token, and for a token without the scope", async () => {
      await world.createToken("stats", { organization: 1, scopes: ["stats:read"] });
      expect((await world.get("/v1/spaces/606/assets", { token: null })).status).toBe(401);
      const answer = await world.get("/v1/spaces/606/assets", { token: "stats" });
      expect(answer).toMatchObject({ status: 403, body: FORBIDDEN });
    });
  });

  describe("404", () => {
    useOwnWorlds();

    test("unknown spaces, foreign ones, those outside the token and texts that are no id answer alike", async () => {
      await world.createToken("one-space", { organization: 1, spaces: [101] });
      const answers = [
        await world.get("/v1/spaces/999/assets"),
        await world.get("/v1/spaces/707/assets"),
        await world.get("/v1/spaces/606/assets", { token: "one-space" }),
        await world.get("/v1/spaces/0/assets"),
        await world.get("/v1/spaces/abc/assets"),
        await world.get("/v1/spaces/9007199254740992/assets"),
      ];
      for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: NOT_FOUND });
    });
  });

  describe("422", () => {
    useOneWorld();

    test("a time that cannot be read is named", async () => {
      expect(await world.get("/v1/spaces/606/assets?created_at_gte=soon")).toMatchObject({
        status: 422,
        body: {
          error: "Validation failed: created_at_gte is invalid",
          errors: { created_at_gte: ["is invalid"] },
        },
      });
    });
  });
});

describe("usage that was sent in as events", () => {
  useOwnWorlds();

  test("is in both statistics: API requests in one, deliveries in the other, a repeated event once", async () => {
    const event = (id: string, type: string, data: object) => ({
      specversion: "1.0",
      id,
      source: "platform",
      type: `assetmeter.${type}`,
      time: "2026-11-20T10:00:00Z",
      data: { space_id: 606, ...data },
    });
    const events = [
      event("1", "api", { bytes_out: 100 }),
      event("2", "api", { count: 4, bytes_out: 900 }),
      event("3", "delivery", { asset_id: 111, bytes_out: 5_000 }),
      event("3", "delivery", { asset_id: 111, bytes_out: 5_000 }),
      event("4", "delivery", { asset_id: 111, bytes_out: 3_400 }),
      event("5", "delivery", { asset_id: 112, bytes_out: 0 }),
    ];
    const sent = await world.app.inject({
      method: "POST",
      url: "/usage/v1/events",
      headers: { authorization: "Bearer admin", "content-type": "application/cloudevents-batch+json" },
      payload: JSON.stringify(events),
    });
    expect(sent.json()).toMatchObject({ accepted: 5, duplicates: 1, rejected: 0 });
    const { body: all } = await world.get(ALL);
    expect(all.traffic).toEqual([{ date: "2026-11", api_requests: 5, total_bytes: 1_000, space_id: 606 }]);
    expect(all.traffic_used_this_year).toBe(9_400);
    const { body: assets } = await world.get(ASSETS);
    expect(assets.assets.map((row: { id: number; total_bytes: number }) => [row.id, row.total_bytes])).toEqual([
      [111, 8_400],
      [112, 0],
    ]);
    const { body: list } = await world.get("/v1/spaces/606/assets");
    expect(list.assets.map((row: { id: number; content_length: number }) => [row.id, row.content_length])).toEqual([
      [112, 0],
      [111, 0],
    ]);
  });
});

/** The same value with every number, text and boolean replaced by its kind, and lists by the shape of their first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (value === null || typeof value !== "object") return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shapeOf(part)]));
}
