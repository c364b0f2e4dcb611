/**
 * What the sign request says of an asset, over the whole server: in its answer, and of the asset when its file has come.
 */
import { describe, expect, test } from "vitest";
import { NOT_FOUND, refused, refusedAll, useOwnWorlds, world } from "../storyblok-world.contract.ts";

const ASSETS = "/v1/spaces/606/assets";

const sign = (body: unknown) => world.ask("POST", ASSETS, { body });

describe("POST /v1/spaces/:space_id/assets", () => {
  useOwnWorlds();

  test("422: metadata that is nested too deeply to be kept", async () => {
    const levels = 30_000;
    const answer = await sign(`{"filename":"a.txt","meta_data":{"a":${"[".repeat(levels)}${"]".repeat(levels)}}}`);
    expect(answer).toMatchObject({ status: 422, body: refused("meta_data", "is nested too deeply") });
  });

  test.each([
    [{}, "private"],
    [{ is_private: true }, "private"],
    [{ is_private: false }, "public-read"],
    [{ publish_at: "2026-11-20T11:59:59Z" }, "public-read"],
    [{ publish_at: "2026-11-20T12:00:01Z" }, "private"],
  ])("a file in the place of a private one is signed with what %j and the asset say: %s", async (said, acl) => {
    const asset = { organization: 1, space: 606, id: 5, path: "/f/606/x/0123456789/a.txt", isPrivate: true };
    await world.catalog.createAsset(asset);
    expect((await sign({ filename: "b.txt", id: 5, ...said })).body.fields.acl).toBe(acl);
  });

  test("422: every parameter that is wrong is named, of the file, of the asset and of where it is to be", async () => {
    const sent = { filename: " ", size: "big", expire_at: "x", asset_folder_id: 99, internal_tag_ids: [98] };
    expect(await sign(sent)).toMatchObject({
      status: 422,
      body: refusedAll({
        filename: "can't be blank",
        size: "is invalid",
        expire_at: "is invalid",
        asset_folder_id: "does not exist in this space",
        internal_tag_ids: "does not exist in this space",
      }),
    });
    await world.catalog.createAsset({ organization: 1, space: 606, id: 5, path: "/elsewhere.txt" });
    const id = "has a file that is not on this server";
    const replacing = await sign({ filename: "a.txt", id: 5, size: "big" });
    expect(replacing).toMatchObject({ status: 422, body: { errors: { size: ["is invalid"], id: [id] } } });
  });

  test("404: an asset to replace that is not there, whatever else is wrong", async () => {
    expect(await sign({ filename: "", id: 99 })).toMatchObject({ status: 404, body: NOT_FOUND });
  });

  test("a key of metadata that is set to null is not in the answer, others are", async () => {
    const { body } = await sign({ filename: "a.txt", meta_data: { own: "x", list: [null], gone: null } });
    expect(body.meta_data).toEqual({ own: "x", list: [null] });
  });
});
