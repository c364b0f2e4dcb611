/**
 * The assets with the most bytes of a space where few rows may be answered, over the whole server.
 */
import { describe, expect, test } from "vitest";
import { delivery, useOwnWorlds, world } from "../storyblok-world.contract.ts";

const URL = "/v1/spaces/606/statistics/assets_traffic";

const inSpace = (asset: number | null, bytesOut: number) => ({
  ...delivery("2026-11-10T00:00:00Z", asset, bytesOut),
  space: 606,
});

/** Puts assets 1 to `assets` into the space, of which each was delivered with one byte less than the one before. */
async function deliverAssets(assets: number) {
  for (let id = 1; id <= assets; id++) {
    await world.catalog.createAsset({ organization: 1, space: 606, id, path: `/${id}.png` });
  }
  await world.count(...Array.from({ length: assets }, (_, index) => inSpace(index + 1, 100 - index)));
}

const idsOf = (body: { readonly assets: readonly { readonly id: number }[] }) => body.assets.map(({ id }) => id);

describe("GET /v1/spaces/:space_id/statistics/assets_traffic, 22 rows at most", () => {
  useOwnWorlds({ queryRowsMax: 22 });

  test("200: the twenty assets are found among as many groups as may be answered", async () => {
    await deliverAssets(30);
    const { status, body } = await world.get(URL);
    expect(status).toBe(200);
    expect(idsOf(body)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  test("400: a list that may lack an asset is refused, not shortened", async () => {
    await deliverAssets(20);
    // 21 groups may be asked for: the two that are not assets leave room for 19.
    await world.count(inSpace(null, 1_000), inSpace(999, 1_000));
    const { status, body } = await world.get(URL);
    expect([status, body.error]).toEqual([400, expect.stringContaining("more than 22 rows")]);
  });
});

describe("GET /v1/spaces/:space_id/statistics/assets_traffic, one row at most", () => {
  useOwnWorlds({ queryRowsMax: 1 });

  test("200 for the only asset, 400 for two", async () => {
    await deliverAssets(1);
    expect(idsOf((await world.get(URL)).body)).toEqual([1]);
    await world.count(inSpace(2, 1));
    expect((await world.get(URL)).status).toBe(400);
  });
});
