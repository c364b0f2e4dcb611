/**
 * Both routes that change an asset, over the whole server.
 */
import { beforeEach, describe, expect, test } from "vitest";
import showResponse from "../fixtures/show-asset-page-example.response.json" with { type: "json" };
import { ASSET, createShownAsset } from "../shown-asset.contract.ts";
import {
  FORBIDDEN,
  NOT_FOUND,
  refused,
  refusedAll,
  useOneWorld,
  useOwnWorlds,
  world,
} from "../storyblok-world.contract.ts";

const read = async () => (await world.get(ASSET)).body;

describe.each(["PUT", "PATCH"] as const)("%s /v1/spaces/:space_id/assets/:id", (method) => {
  const update = (asset: object) => world.ask(method, ASSET, { body: { asset } });

  describe("what is changed", () => {
    useOwnWorlds();
    beforeEach(createShownAsset);

    test("204: changes what is sent, wrapped or bare, and nothing else", async () => {
      expect(await update({ alt: "A", focus: "1x2:3x4", asset_folder_id: 11, internal_tag_ids: ["7"] })).toMatchObject({
        status: 204,
        body: undefined,
      });
      expect((await world.ask(method, ASSET, { body: { title: "T", is_private: 1 } })).status).toBe(204);
      expect(await read()).toEqual({
        ...showResponse.body,
        alt: "A",
        title: "T",
        focus: "1x2:3x4",
        is_private: true,
        asset_folder_id: 11,
        internal_tag_ids: [7],
        internal_tags_list: [{ id: 7, name: "featured" }],
        meta_data: { alt: "A", title: "T" },
        updated_at: "2026-11-20T12:00:00.000Z",
      });
    });

    test("204: the complete object sent back, as clients do, changes nothing but the date", async () => {
      await update({
        alt: "A",
        meta_data: { alt__i18n__de: "B", own: [1] },
        asset_folder_id: 11,
        internal_tag_ids: [7],
      });
      const before = await read();
      expect((await update({ ...before, fieldtype: "asset", meta_data: [] })).status).toBe(204);
      expect(await read()).toEqual(before);
      expect((await update({ ...before, meta_data: {} })).status).toBe(204);
      expect((await update(before)).status).toBe(204);
      expect(await read()).toEqual(before);
    });

    test("204: metadata is merged, and its default fields are those of the asset", async () => {
      await update({ meta_data: { alt: "A", alt__i18n__de: "B", own: { x: 1 }, gone: "x" }, title: "T" });
      expect(await read()).toMatchObject({ alt: "A", title: "T" });
      expect((await read()).meta_data).toEqual({ alt: "A", title: "T", alt__i18n__de: "B", own: { x: 1 }, gone: "x" });
      await update({ meta_data: { title: null, gone: null, alt__i18n__fr: "C" } });
      expect(await read()).toMatchObject({ alt: "A", title: null });
      expect((await read()).meta_data).toEqual({ alt: "A", alt__i18n__de: "B", own: { x: 1 }, alt__i18n__fr: "C" });
      await update({ alt: "", meta_data: { alt: "New" } });
      expect(await read()).toMatchObject({ alt: "New", meta_data: { alt: "New" } });
      await update({ alt: null });
      expect((await read()).alt).toBeNull();
      expect((await read()).meta_data).not.toHaveProperty("alt");
    });

    test("204: dates are set and emptied", async () => {
      await update({ expire_at: "2027-01-31T10:00:00+01:00", publish_at: "2027-01-01 08:15" });
      expect(await read()).toMatchObject({
        expire_at: "2027-01-31T09:00:00.000Z",
        publish_at: "2027-01-01T08:15:00.000Z",
      });
      await update({ expire_at: "", publish_at: null });
      expect(await read()).toMatchObject({ expire_at: null, publish_at: null });
    });

    test("204: 0 and null put it into the root, a body without a known key changes nothing", async () => {
      for (const root of [0, null, ""]) {
        await update({ asset_folder_id: 11 });
        await update({ asset_folder_id: root });
        expect((await read()).asset_folder_id).toBeNull();
      }
      expect((await update({ id: 5, filename: "x", locked: true })).status).toBe(204);
      expect(await read()).toMatchObject({ id: 111, locked: false });
    });

    test("204: metadata of 100 levels, which is read as it was sent", async () => {
      const list = JSON.parse("[".repeat(99) + "]".repeat(99));
      expect((await update({ meta_data: { list } })).status).toBe(204);
      expect((await read()).meta_data).toEqual({ list });
    });

    test("422: metadata that grows too long by merging", async () => {
      for (const key of ["a", "b"]) {
        const answer = await update({ meta_data: { [key]: "x".repeat(40_000) } });
        expect(answer.status).toBe(key === "a" ? 204 : 422);
      }
      expect(Object.keys((await read()).meta_data)).toEqual(["a"]);
    });

    test("204 for an empty body, 413 for a large one, 400 for another type", async () => {
      const headers = { "content-type": "application/json" };
      expect((await world.ask(method, ASSET, { headers })).status).toBe(204);
      const large = { asset: { alt: "x".repeat(100_001) } };
      const tooLarge = { error: "Request body too large" };
      expect(await world.ask(method, ASSET, { body: large })).toMatchObject({ status: 413, body: tooLarge });
      const asText = { body: "alt=x", headers: { "content-type": "text/plain" } };
      expect((await world.ask(method, ASSET, asText)).status).toBe(400);
    });
  });

  describe("several faults", () => {
    useOwnWorlds();
    beforeEach(createShownAsset);

    test("422: a field that cannot be read and a folder that is not there are both named", async () => {
      expect(await update({ expire_at: "x", asset_folder_id: 99 })).toMatchObject({
        status: 422,
        body: refusedAll({ expire_at: "is invalid", asset_folder_id: "does not exist in this space" }),
      });
    });
  });

  describe("what is refused", () => {
    useOneWorld(createShownAsset);

    test.each([
      [{ asset_folder_id: 12 }, "asset_folder_id", "does not exist in this space"],
      [{ asset_folder_id: 99 }, "asset_folder_id", "does not exist in this space"],
      [{ asset_folder_id: -1 }, "asset_folder_id", "does not exist in this space"],
      [{ asset_folder_id: "9007199254740993" }, "asset_folder_id", "does not exist in this space"],
      [{ internal_tag_ids: [7, 8] }, "internal_tag_ids", "does not exist in this space"],
      [{ internal_tag_ids: [9] }, "internal_tag_ids", "does not exist in this space"],
      [{ internal_tag_ids: ["x"] }, "internal_tag_ids", "does not exist in this space"],
      [{ internal_tag_ids: [2 ** 53] }, "internal_tag_ids", "does not exist in this space"],
      [{ expire_at: "soon" }, "expire_at", "is invalid"],
      [{ publish_at: "2026-02-31" }, "publish_at", "is invalid"],
      [{ is_private: "maybe" }, "is_private", "is invalid"],
      [{ alt: { en: "x" } }, "alt", "is invalid"],
      [{ alt: "a\0b" }, "alt", "is invalid"],
      [{ title: "\ud800" }, "title", "is invalid"],
      [{ alt: "x".repeat(65_537) }, "alt", "is too long (maximum is 65536 bytes)"],
      [{ meta_data: "x" }, "meta_data", "is invalid"],
      [{ meta_data: ["x"] }, "meta_data", "is invalid"],
      [{ meta_data: { alt: "a\0b" } }, "alt", "is invalid"],
    ])("422: %j changes nothing", async (fields, field, text) => {
      const before = await read();
      expect(await update({ copyright: "C", ...fields })).toMatchObject({ status: 422, body: refused(field, text) });
      expect(await read()).toEqual(before);
    });

    test("422: metadata of more than 100 levels, of which the object itself is one", async () => {
      const nested = (levels: number) => `{"asset":{"meta_data":{"a":${"[".repeat(levels)}${"]".repeat(levels)}}}}`;
      const before = await read();
      for (const levels of [100, 30_000]) {
        const answer = await world.ask(method, ASSET, { body: nested(levels) });
        expect(answer).toMatchObject({ status: 422, body: refused("meta_data", "is nested too deeply") });
      }
      expect(await read()).toEqual(before);
    });

    test.each(["{", "[]", '"x"', "5"])("400: the body %s", async (body) => {
      const error = "Invalid request body";
      expect(await world.ask(method, ASSET, { body })).toMatchObject({ status: 400, body: { error } });
    });

    test("401, 403 and 404", async () => {
      await world.createToken("reader", { organization: 1, scopes: ["assets:read"] });
      const body = { asset: { alt: "A" } };
      expect((await world.ask(method, ASSET, { body, token: null })).status).toBe(401);
      expect(await world.ask(method, ASSET, { body, token: "reader" })).toMatchObject({ status: 403, body: FORBIDDEN });
      for (const url of ["/v1/spaces/606/assets/112", "/v1/spaces/101/assets/111", "/v1/spaces/707/assets/111"]) {
        expect(await world.ask(method, url, { body })).toMatchObject({ status: 404, body: NOT_FOUND });
      }
      expect((await read()).alt).toBeNull();
    });
  });
});
