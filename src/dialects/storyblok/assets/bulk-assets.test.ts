/**
 * The routes for several assets and for the trash, over the whole server.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { FORBIDDEN, NOT_FOUND, refused, useOwnWorlds, world } from "../storyblok-world.contract.ts";

const ASSETS = "/v1/spaces/606/assets";

useOwnWorlds();
beforeEach(async () => {
  const { catalog } = world;
  await catalog.createFolder({ organization: 1, space: 606, id: 11, name: "Folder" });
  await catalog.createFolder({ organization: 1, space: 101, id: 12, name: "Elsewhere" });
  await catalog.createTag({ organization: 1, space: 606, id: 7, name: "featured" });
  await catalog.createTag({ organization: 1, space: 101, id: 8, name: "elsewhere" });
  for (const id of [1, 2, 3])
    await catalog.createAsset({ organization: 1, space: 606, id, path: `/f/606/x/0/${id}.png` });
  await catalog.createAsset({ organization: 1, space: 101, id: 4, path: "/f/101/x/0/4.png" });
});

const post = (name: string, body: unknown) => world.ask("POST", `${ASSETS}/${name}`, { body });
const ids = async (query: string) =>
  (await world.get(`${ASSETS}?sort_by=created_at:asc&${query}`)).body.assets.map((asset: { id: number }) => asset.id);

describe("POST /v1/spaces/:space_id/assets/bulk_destroy", () => {
  test("200: those of the space go to the trash, in the order sent; others are skipped and not named", async () => {
    expect(await post("bulk_destroy", { ids: [2, "1", 4, 99, 2, 2 ** 53] })).toMatchObject({
      status: 200,
      body: { message: "Asset(s) 2, 1 deleted successfully" },
    });
    expect(await ids("in_folder=-1")).toEqual([1, 2]);
    expect(await ids("")).toEqual([3]);
    expect((await world.get("/v1/spaces/101/assets/4")).body.deleted_at).toBeNull();
  });

  test("200: ids in the query string, by comma or as a repeated name", async () => {
    expect((await world.ask("POST", `${ASSETS}/bulk_destroy?ids=1,2`)).status).toBe(200);
    expect((await world.ask("POST", `${ASSETS}/bulk_destroy?ids[]=3`)).status).toBe(200);
    expect(await ids("in_folder=-1")).toEqual([1, 2, 3]);
  });

  test("404: none of them is there; 422: no ids or too many", async () => {
    expect(await post("bulk_destroy", { ids: [4, 99, "x", -1] })).toMatchObject({ status: 404, body: NOT_FOUND });
    for (const body of [{}, { ids: [] }, { ids: "" }, { ids: null }]) {
      expect(await post("bulk_destroy", body)).toMatchObject({ status: 422, body: refused("ids", "can't be blank") });
    }
    const many = { ids: Array.from({ length: 101 }, (_, index) => index + 1) };
    const tooLong = refused("ids", "is too long (maximum is 100)");
    expect(await post("bulk_destroy", many)).toMatchObject({ status: 422, body: tooLong });
    expect(await ids("")).toEqual([1, 2, 3]);
    expect((await post("bulk_destroy", { ids: many.ids.slice(0, 100) })).status).toBe(200);
  });

  test("400, 401, 403 and 404 for the space", async () => {
    await world.createToken("reader", { organization: 1, scopes: ["assets:read"] });
    const body = { ids: [1] };
    expect(await post("bulk_destroy", "{")).toMatchObject({ status: 400, body: { error: "Invalid request body" } });
    expect((await world.ask("POST", `${ASSETS}/bulk_destroy`, { body, token: null })).status).toBe(401);
    const reader = await world.ask("POST", `${ASSETS}/bulk_destroy`, { body, token: "reader" });
    expect(reader).toMatchObject({ status: 403, body: FORBIDDEN });
    expect((await world.ask("POST", "/v1/spaces/707/assets/bulk_destroy", { body: {} })).status).toBe(404);
    expect(await ids("")).toEqual([1, 2, 3]);
  });
});

describe("POST /v1/spaces/:space_id/assets/bulk_restore", () => {
  test("200: those of the space come back; 404 for none", async () => {
    await post("bulk_destroy", { ids: [1, 2, 3] });
    expect(await post("bulk_restore", { ids: [1, 3, 4] })).toMatchObject({
      status: 200,
      body: { message: "Assets restored successfully" },
    });
    expect(await ids("")).toEqual([1, 3]);
    expect((await post("bulk_restore", { ids: [4] })).status).toBe(404);
  });
});

describe("POST /v1/spaces/:space_id/assets/bulk_update", () => {
  test("200: moves them, with the folder wrapped or beside the ids, and back to the root", async () => {
    const moved = { status: 200, body: { message: "Assets moved successfully" } };
    expect(await post("bulk_update", { ids: [1, 4], asset: { asset_folder_id: 11 } })).toMatchObject(moved);
    expect(await post("bulk_update", { ids: [2], asset_folder_id: "11" })).toMatchObject(moved);
    expect(await ids("in_folder=11")).toEqual([1, 2]);
    expect(await post("bulk_update", { ids: [1], asset: { asset_folder_id: 0 } })).toMatchObject(moved);
    expect(await post("bulk_update", { ids: [2], asset_folder_id: null })).toMatchObject(moved);
    expect(await ids("in_folder=0")).toEqual([1, 2, 3]);
  });

  test("422: a folder of another space, an unknown one, or none said; nothing moves", async () => {
    for (const folder of [12, 99, -1, "x", 2 ** 53]) {
      const error = refused("asset_folder_id", "does not exist in this space");
      expect(await post("bulk_update", { ids: [1], asset_folder_id: folder })).toMatchObject({
        status: 422,
        body: error,
      });
    }
    const blank = refused("asset_folder_id", "can't be blank");
    expect(await post("bulk_update", { ids: [1] })).toMatchObject({ status: 422, body: blank });
    expect(await ids("in_folder=0")).toEqual([1, 2, 3]);
  });
});

describe("POST /v1/spaces/:space_id/assets/bulk_tags_association", () => {
  const tags = async (id: number) => (await world.get(`${ASSETS}/${id}`)).body.internal_tag_ids;

  test("204: each asset has exactly the tags that are sent for it", async () => {
    const assets_tags = [
      { asset_id: 1, internal_tag_list_ids: [7] },
      { asset_id: "2", internal_tag_list_ids: ["7"] },
      { asset_id: 4, internal_tag_list_ids: [7] },
    ];
    expect(await post("bulk_tags_association", { assets_tags })).toMatchObject({ status: 204, body: undefined });
    expect([await tags(1), await tags(2)]).toEqual([[7], [7]]);
    await post("bulk_tags_association", { assets_tags: [{ asset_id: 1, internal_tag_list_ids: [] }] });
    expect([await tags(1), await tags(2)]).toEqual([[], [7]]);
  });

  test("422: a tag of another space or an unknown one, and no asset changes", async () => {
    for (const tag of [8, 99, "x"]) {
      const assets_tags = [
        { asset_id: 1, internal_tag_list_ids: [7] },
        { asset_id: 2, internal_tag_list_ids: [tag] },
      ];
      expect(await post("bulk_tags_association", { assets_tags })).toMatchObject({
        status: 422,
        body: refused("internal_tag_list_ids", "does not exist in this space"),
      });
    }
    expect(await tags(1)).toEqual([]);
    expect((await post("bulk_tags_association", {})).body).toEqual(refused("assets_tags", "can't be blank"));
    expect((await post("bulk_tags_association", { assets_tags: [1] })).status).toBe(422);
    const unknown = { assets_tags: [{ asset_id: 99, internal_tag_list_ids: [7] }] };
    expect((await post("bulk_tags_association", unknown)).status).toBe(404);
  });
});

describe("GET /v1/spaces/:space_id/assets/restore", () => {
  test("200: the asset, bare, out of the trash", async () => {
    await post("bulk_destroy", { ids: [1] });
    const answer = await world.get(`${ASSETS}/restore?id=1`);
    expect(answer).toMatchObject({ status: 200, body: { id: 1, deleted_at: null, permanently_deleted: false } });
    expect(await ids("")).toContain(1);
    expect((await world.get(`${ASSETS}/restore?id=1`)).status).toBe(200);
  });

  test.each(["", "?id=99", "?id=4", "?id=x"])("404: %j", async (query) => {
    expect(await world.get(`${ASSETS}/restore${query}`)).toMatchObject({ status: 404, body: NOT_FOUND });
  });
});

describe("GET /v1/spaces/:space_id/assets/clear_trash", () => {
  test("204: what was in the trash cannot be read any more; its traffic stays, with the date", async () => {
    await post("bulk_destroy", { ids: [1, 2] });
    await world.count({
      kind: "delivery",
      timeMs: Date.parse("2026-11-20T10:00:00Z"),
      space: 606,
      asset: 1,
      bytesOut: 70,
    });
    expect(await world.get(`${ASSETS}/clear_trash`)).toMatchObject({ status: 204, body: undefined });
    expect(await world.get(`${ASSETS}?in_folder=-1`)).toMatchObject({ body: { assets: [] }, headers: { total: "0" } });
    expect(await ids("")).toEqual([3]);
    for (const url of [`${ASSETS}/1`, `${ASSETS}/restore?id=1`, `${ASSETS}/1/publish`]) {
      expect(await world.get(url)).toMatchObject({ status: 404, body: NOT_FOUND });
    }
    expect((await world.ask("DELETE", `${ASSETS}/1`)).status).toBe(404);
    expect((await world.ask("PUT", `${ASSETS}/1`, { body: { alt: "x" } })).status).toBe(404);
    expect((await post("bulk_restore", { ids: [1, 2] })).status).toBe(404);
    const { body } = await world.get("/v1/orgs/me/statistics/assets_traffic");
    expect(body.assets).toMatchObject([{ id: 1, total_bytes: 70, deleted_at: "2026-11-20T12:00:00.000Z" }]);
    expect((await world.get(`${ASSETS}/clear_trash`)).status).toBe(204);
  });

  test("403 without the right to write: a GET that deletes is not for readers", async () => {
    await world.createToken("reader", { organization: 1, scopes: ["assets:read"] });
    expect((await world.get(`${ASSETS}/clear_trash`, { token: "reader" })).status).toBe(403);
    expect((await world.get("/v1/spaces/707/assets/clear_trash")).status).toBe(404);
  });
});

describe("POST /v1/spaces/:space_id/image_service_invalidations", () => {
  const path = "/v1/spaces/606/image_service_invalidations";

  test("200 for one to ten paths, 422 for none and more", async () => {
    const paths = (length: number) => ({ invalidations: Array.from({ length }, (_, index) => `/f/606/${index}.png`) });
    for (const length of [1, 10]) {
      expect(await world.ask("POST", path, { body: paths(length) })).toMatchObject({
        status: 200,
        body: { message: "Invalidation started" },
      });
    }
    expect((await world.ask("POST", path, { body: paths(0) })).body).toEqual(
      refused("invalidations", "can't be blank"),
    );
    expect((await world.ask("POST", path, { body: paths(11) })).status).toBe(422);
  });
});
