/**
 * Statistics of days that no usage can be of, over the whole server.
 */
import { describe, expect, test } from "vitest";
import { api, delivery, useOneWorld, world } from "../storyblok-world.contract.ts";

const ORGANIZATION = "/v1/orgs/me/statistics";
const SPACE = "/v1/spaces/606/statistics";

describe("days before 1970 and after 9999", () => {
  useOneWorld(async () => {
    await world.count(api("1970-01-01", 606, 3, 30));
    await world.catalog.createAsset({ organization: 1, space: 606, id: 5, path: "/5.png" });
    await world.count({ ...delivery("1970-01-01T00:00:00Z", 5, 50), space: 606 });
    const log = { organization: 1, name: "cdn", format: "combined", space: null, tracksWatermark: true } as const;
    await world.catalog.ensureSource({ ...log, latenessBoundMs: 3_600_000 });
  });

  test.each(["1969-05-01", "0099-05-10", "0000-01-01"])(
    "the month of %s is empty, also where a log is late",
    async (date) => {
      const { status, body } = await world.get(`${SPACE}/${date}`);
      expect([status, body]).toEqual([200, { statistics: [] }]);
    },
  );

  test.each([
    "start_date=1960-01-01&end_date=1965-01-01",
    "end_date=1969-12-31",
    "start_date=9999-12-31T23:00:00-05:00&end_date=9999-12-31T23:00:00-05:00",
  ])("there is no row for %s", async (range) => {
    const none = { total_requests_per_time_period: 0, total_traffic_per_time_period: 0, traffic: [] };
    const ofAll = await world.get(`${ORGANIZATION}/all_traffic?${range}`);
    expect(ofAll).toMatchObject({
      status: 200,
      body: { cumulated_traffic: none, traffic_top_spaces: {}, traffic: [] },
    });
    expect(await world.get(`${SPACE}/all_traffic?${range}`)).toMatchObject({ status: 200, body: none });
    for (const place of [ORGANIZATION, SPACE]) {
      expect(await world.get(`${place}/assets_traffic?${range}`)).toMatchObject({ status: 200, body: { assets: [] } });
    }
  });

  test("of a range that begins before 1970 the days from there on count", async () => {
    const { status, body } = await world.get(`${ORGANIZATION}/all_traffic?end_date=1970-01-01&group_by=day`);
    expect(status).toBe(200);
    expect(body.cumulated_traffic.traffic).toEqual([{ date: "1970-01-01", api_requests: 3, total_bytes: 30 }]);
    const { assets } = (await world.get(`${SPACE}/assets_traffic?end_date=1970-06-01`)).body;
    expect(assets).toMatchObject([{ id: 5, total_bytes: 50 }]);
  });
});
