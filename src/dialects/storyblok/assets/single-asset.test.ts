/**
 * The routes of one asset, over the whole server.
 */
import { beforeEach, describe, expect, test } from "vitest";
import showRequest from "../fixtures/show-asset-page-example.request.json" with { type: "json" };
import showResponse from "../fixtures/show-asset-page-example.response.json" with { type: "json" };
import { ASSET, createShownAsset } from "../shown-asset.contract.ts";
import { NOT_FOUND, NOW_MS, useOwnWorlds, world } from "../storyblok-world.contract.ts";

useOwnWorlds();
beforeEach(createShownAsset);

const read = async () => (await world.get(ASSET)).body;

describe("GET /v1/spaces/:space_id/assets/:id", () => {
  test("200: the request of the vendor's page is answered bare, with every key that the page names", async () => {
    const answer = await world.get(showRequest.url, { headers: showRequest.headers, token: null });
    expect(answer).toMatchObject({ status: 200, headers: { "content-type": "application/json; charset=utf-8" } });
    expect(answer.body).toEqual(showResponse.body);
    expect(answer.headers).not.toHaveProperty("total");
  });

  test("200: an asset in the trash is shown with the date", async () => {
    await world.catalog.deleteAsset(1, 111);
    expect(await world.get(ASSET)).toMatchObject({ status: 200, body: { deleted_at: "2026-11-20T12:00:00.000Z" } });
  });

  test("200: a private asset is public from its date on", async () => {
    await world.catalog.updateAsset(1, 111, { isPrivate: true, publishAtMs: NOW_MS + 1 });
    expect((await read()).is_private).toBe(true);
    expect((await world.get("/v1/spaces/606/assets?is_private=1")).headers.total).toBe("1");
    world.clock.set(NOW_MS + 1);
    expect(await read()).toMatchObject({ is_private: false, publish_at: "2026-11-20T12:00:00.001Z" });
    expect((await world.get("/v1/spaces/606/assets?is_private=1")).headers.total).toBe("0");
  });

  test.each(["/v1/spaces/606/assets/112", "/v1/spaces/101/assets/111", "/v1/spaces/606/assets/9007199254740992"])(
    "404: %s",
    async (url) => {
      expect(await world.get(url)).toMatchObject({ status: 404, body: NOT_FOUND });
    },
  );
});

describe("DELETE /v1/spaces/:space_id/assets/:id", () => {
  test("200: the asset moves to the trash; a second time is answered with the same date", async () => {
    const answer = await world.ask("DELETE", ASSET, { body: {} });
    expect(answer).toMatchObject({ status: 200, body: { id: 111, deleted_at: "2026-11-20T12:00:00.000Z" } });
    expect(answer.body).toEqual(await read());
    world.clock.set(NOW_MS + 1_000);
    expect((await world.ask("DELETE", ASSET)).body).toEqual(answer.body);
    expect((await world.get("/v1/spaces/606/assets")).body.assets).toEqual([]);
    expect((await world.get("/v1/spaces/606/assets?in_folder=-1")).headers.total).toBe("1");
  });

  test("200: a JSON content type without a body is no body", async () => {
    const headers = { "content-type": "application/json" };
    expect((await world.ask("DELETE", ASSET, { headers })).status).toBe(200);
  });

  test("404 and 403", async () => {
    await world.createToken("reader", { organization: 1, scopes: ["assets:read"] });
    expect((await world.ask("DELETE", ASSET, { token: "reader" })).status).toBe(403);
    expect((await world.ask("DELETE", "/v1/spaces/606/assets/112")).body).toEqual(NOT_FOUND);
    expect((await read()).deleted_at).toBeNull();
  });
});

describe("GET /v1/spaces/:space_id/assets/:id/publish", () => {
  test("200: a private asset is public; one more time changes nothing", async () => {
    await world.catalog.updateAsset(1, 111, { isPrivate: true });
    for (const _ of [1, 2]) {
      expect(await world.get(`${ASSET}/publish`)).toMatchObject({ status: 200, body: { id: 111, is_private: false } });
    }
  });

  test("403 and 404", async () => {
    await world.createToken("reader", { organization: 1, scopes: ["assets:read"] });
    expect((await world.get(`${ASSET}/publish`, { token: "reader" })).status).toBe(403);
    expect((await world.get("/v1/spaces/606/assets/112/publish")).status).toBe(404);
  });
});
