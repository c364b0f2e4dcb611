/**
 * The statistics of a space, over the whole server.
 */
import { describe, expect, test } from "vitest";
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
} from "../storyblok-world.contract.ts";

const STATISTICS = "/v1/spaces/606/statistics";
const DATE_ERROR = { error: "Invalid date format. Expected format: YYYY-MM-DD" };

describe("GET /v1/spaces/:space_id/statistics/:date", () => {
  describe("200", () => {
    useOwnWorlds();

    test("the whole month of the date, one row per day with data, API requests of this space alone", async () => {
      await world.count(
        api("2026-03-16", 606, 11, 275_000),
        api("2026-03-17", 606, 50, 1_000),
        api("2026-03-17", 606, 9, 2_000),
        api("2026-03-31", 606, 1, 1),
        api("2026-04-01", 606, 1, 1),
        api("2026-02-28", 606, 1, 1),
        api("2026-03-16", 101, 5, 5),
        api("2026-03-16", null, 5, 5),
        { ...delivery("2026-03-16T00:00:00Z", null, 99), space: 606 },
      );
      for (const date of ["2026-03-01", "2026-03-17", "2026-03-31"]) {
        const answer = await world.get(`${STATISTICS}/${date}`);
        expect(answer).toMatchObject({ status: 200 });
        expect(answer.headers).not.toHaveProperty("total");
        expect(answer.body).toEqual({
          statistics: [
            { id: 20260316, counting: 11, total_bytes: 275_000, created_at: "2026-03-16" },
            { id: 20260317, counting: 59, total_bytes: 3_000, created_at: "2026-03-17" },
            { id: 20260331, counting: 1, total_bytes: 1, created_at: "2026-03-31" },
          ],
        });
      }
    });

    test("days that a late log has not covered are null, with what is known of requests; days to come are not there", async () => {
      await world.receiveLog("cdn-606", 606, at("2026-11-18T00:00:00Z"));
      await world.count(api("2026-11-17", 606, 2, 20), api("2026-11-18", 606, 3, 30));
      expect((await world.get(`${STATISTICS}/2026-11-20`)).body.statistics).toEqual([
        { id: 20261117, counting: 2, total_bytes: 20, created_at: "2026-11-17" },
        { id: 20261118, counting: 3, total_bytes: null, created_at: "2026-11-18" },
        { id: 20261119, counting: 0, total_bytes: null, created_at: "2026-11-19" },
        { id: 20261120, counting: 0, total_bytes: null, created_at: "2026-11-20" },
      ]);
      expect((await world.get(`${STATISTICS}/2026-12-01`)).body).toEqual({ statistics: [] });
    });
  });

  describe("400, 403, 404", () => {
    useOneWorld();

    test.each(["2026-02-31", "today", "20260301", "2026-3-1"])("400: %s", async (date) => {
      expect(await world.get(`${STATISTICS}/${date}`)).toMatchObject({ status: 400, body: DATE_ERROR });
    });

    test("403 without the scope, 404 for another organization's space", async () => {
      await world.createToken("reader", { organization: 1, scopes: ["assets:read"] });
      const refused = await world.get(`${STATISTICS}/2026-03-01`, { token: "reader" });
      expect(refused).toMatchObject({ status: 403, body: FORBIDDEN });
      for (const space of ["707", "999", "x"]) {
        const answer = await world.get(`/v1/spaces/${space}/statistics/2026-03-01`);
        expect(answer).toMatchObject({ status: 404, body: NOT_FOUND });
      }
    });
  });
});

describe("GET /v1/spaces/:space_id/statistics/all_traffic", () => {
  useOwnWorlds();

  test("200: rows of the space, sums of what has arrived, against the limits of its organization", async () => {
    await world.count(
      api("2026-01-01", 606, 1_000, 5_000_000),
      api("2026-02-28", 606, 1_200, 6_000_000),
      api("2026-01-05", 101, 7, 7),
      // 120 requests of the last seven days; this month 2,000,000 bytes of answers and 500,000 of deliveries.
      api("2026-11-14", 606, 100, 1_500_000),
      api("2026-11-20", 606, 20, 500_000),
      api("2026-11-13", 606, 5, 0),
      { ...delivery("2026-11-01T00:00:00Z", null, 500_000), space: 606 },
      { ...delivery("2026-10-31T23:59:59.999Z", null, 9), space: 606 },
    );
    for (const name of ["all_traffic", ":all_traffic"]) {
      const answer = await world.get(`${STATISTICS}/${name}?start_date=2026-01-01&end_date=2026-02-28`);
      expect(answer.headers).not.toHaveProperty("total");
      expect(answer.body).toEqual({
        montly_traffic_limit: 100_000_000,
        traffic_limit: 100_000_000,
        traffic_used_this_month: 2_500_000,
        requests_used_last_days: 120,
        total_traffic_per_time_period: 11_000_000,
        total_requests_per_time_period: 2_200,
        traffic: [
          { date: "2026-01", api_requests: 1_000, total_bytes: 5_000_000 },
          { date: "2026-02", api_requests: 1_200, total_bytes: 6_000_000 },
        ],
      });
    }
  });

  test("200: a late log makes the row null and not the sum", async () => {
    await world.receiveLog("cdn-606", 606, at("2026-11-18T00:00:00Z"));
    await world.count(api("2026-11-17", 606, 2, 20));
    const { body } = await world.get(`${STATISTICS}/all_traffic?group_by=month&start_date=2026-10-01`);
    expect(body).toMatchObject({ total_traffic_per_time_period: 20, total_requests_per_time_period: 2 });
    expect(body.traffic).toEqual([{ date: "2026-11", api_requests: 2, total_bytes: null }]);
  });

  test("400 and 404", async () => {
    const answer = await world.get(`${STATISTICS}/all_traffic?start_date=2026-02-31`);
    expect(answer).toMatchObject({ status: 400, body: DATE_ERROR });
    expect((await world.get(`${STATISTICS}/all_traffic?group_by=hour`)).status).toBe(400);
    expect((await world.get("/v1/spaces/707/statistics/all_traffic")).status).toBe(404);
  });
});

describe("GET /v1/spaces/:space_id/statistics/assets_traffic", () => {
  useOwnWorlds();

  const inSpace = (asset: number | null, bytesOut: number) => ({
    ...delivery("2026-11-10T00:00:00Z", asset, bytesOut),
    space: 606,
  });

  test("200: the twenty assets with the most bytes, equal ones by id; those of no asset take no place", async () => {
    for (let id = 1; id <= 25; id++) {
      await world.catalog.createAsset({ organization: 1, space: 606, id, path: `/${id}.png` });
    }
    // Asset 25 most, then 24 to 3 with the same, 2 and 1 least; unknown assets and none have more than all of them.
    await world.count(
      ...Array.from({ length: 25 }, (_, index) => inSpace(index + 1, index === 24 ? 99 : index < 2 ? 1 : 50)),
      inSpace(null, 1_000_000),
      ...Array.from({ length: 60 }, (_, index) => inSpace(1_000 + index, 1_000)),
      { ...inSpace(1, 5_000), space: 101 },
    );
    const { status, body } = await world.get(`${STATISTICS}/assets_traffic`);
    expect(status).toBe(200);
    const rows = body.assets.map((row: { id: number; total_bytes: number }) => [row.id, row.total_bytes]);
    expect(rows).toEqual([[25, 99], ...Array.from({ length: 19 }, (_, index) => [index + 3, 50])]);
    expect(body.assets[0]).toMatchObject({ filename: "http://127.0.0.1:8787/25.png", space_id: 606, deleted_at: null });
  });

  test("200: an asset of another space, or of none, is not shown and takes no place, whatever space its deliveries name", async () => {
    const { catalog } = world;
    for (let id = 1; id <= 20; id++) await catalog.createAsset({ organization: 1, space: 606, id, path: `/${id}.png` });
    for (let id = 101; id <= 160; id++) {
      const elsewhere = { alt: "secret", path: `/${id}.png`, ...(id === 160 ? {} : { space: 101 }) };
      await catalog.createAsset({ organization: 1, id, ...elsewhere });
    }
    await world.count(
      ...Array.from({ length: 20 }, (_, index) => inSpace(index + 1, 5)),
      ...Array.from({ length: 60 }, (_, index) => inSpace(101 + index, 1_000)),
    );
    await world.createToken("of 606", { organization: 1, spaces: [606] });
    const { body } = await world.get(`${STATISTICS}/assets_traffic`, { token: "of 606" });
    const ids = body.assets.map(({ id }: { id: number }) => id);
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  test("200: no data is an empty list, under the colon form too", async () => {
    for (const name of ["assets_traffic", ":assets_traffic"]) {
      expect((await world.get(`${STATISTICS}/${name}`)).body).toEqual({ assets: [] });
    }
  });

  test("400 and 404", async () => {
    expect((await world.get(`${STATISTICS}/assets_traffic?end_date=x`)).body).toEqual(DATE_ERROR);
    expect((await world.get("/v1/spaces/707/statistics/assets_traffic")).status).toBe(404);
  });
});

describe("GET /v1/spaces/:space_id/statistics", () => {
  useOwnWorlds();

  test("200: members, assets and API traffic; what is not kept is 0 or empty", async () => {
    const { catalog } = world;
    await catalog.createUser({ organization: 1, name: "Ann", role: "admin" });
    await catalog.createAsset({ organization: 1, space: 606, path: "/1.png" });
    await catalog.createAsset({ organization: 1, space: 606, path: "/2.png", deletedAtMs: NOW_MS });
    await world.count(
      api("2025-11-30", 606, 1, 1),
      api("2025-12-01", 606, 2, 2),
      api("2026-10-20", 606, 3, 3),
      api("2026-10-21", 606, 4, 4),
      api("2026-11-19", 606, 59, 6_558_205),
    );
    const older = {
      collaborators_count: 1,
      collaborators_limit: 0,
      all_stories_count: 0,
      all_assets_count: 1,
      all_components_count: 0,
      updated_activities: [],
      latest_activities: [],
      api_logs: [
        { day: "2026-10-21", counting: 4, total_bytes: 4 },
        { day: "2026-11-19", counting: 59, total_bytes: 6_558_205 },
      ],
      api_logs_per_month: [{ id: 20261119, counting: 59, total_bytes: 6_558_205, created_at: "2026-11-19" }],
      monthly_traffic: [
        { month_col: "2025-12", counting: 2, total_bytes: 2 },
        { month_col: "2026-10", counting: 7, total_bytes: 7 },
        { month_col: "2026-11", counting: 59, total_bytes: 6_558_205 },
      ],
    };
    for (const query of ["", "?version=", "?version=unknown"]) {
      expect((await world.get(`${STATISTICS}${query}`)).body).toEqual(older);
    }
    const { body } = await world.get(`${STATISTICS}?version=new`);
    expect(body).toMatchObject(older);
    expect(Object.keys(body)).toHaveLength(32);
    expect(body).toMatchObject({ all_webhooks_count: 0, my_content: [], asset_custom_upload_limit: null });
    expect((await world.get(`${STATISTICS}?version=content_list`)).body).toEqual({
      all_stories_count: 0,
      all_folders_count: 0,
    });
  });

  test("403 and 404", async () => {
    await world.createToken("reader", { organization: 1, scopes: ["assets:read"] });
    expect((await world.get(STATISTICS, { token: "reader" })).status).toBe(403);
    expect((await world.get("/v1/spaces/707/statistics")).status).toBe(404);
  });
});
