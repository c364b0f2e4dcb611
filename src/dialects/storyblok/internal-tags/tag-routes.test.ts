/**
 * The routes of internal tags, over the whole server.
 */
import { beforeEach, describe, expect, test } from "vitest";
import {
  FORBIDDEN,
  NOT_FOUND,
  refused,
  refusedAll,
  useOneWorld,
  useOwnWorlds,
  world,
} from "../storyblok-world.contract.ts";

const TAGS = "/v1/spaces/606/internal_tags";

/** What every world of these tests has. */
async function fill(): Promise<void> {
  const { catalog } = world;
  const place = { organization: 1, space: 606 };
  await catalog.createTag({ ...place, id: 7, name: "featured" });
  await catalog.createTag({ ...place, id: 8, name: "Archive" });
  await catalog.createTag({ ...place, id: 9, name: "featured", objectType: "idea" });
  await catalog.createTag({ organization: 1, space: 101, id: 21, name: "elsewhere" });
  await catalog.createAsset({ ...place, id: 1, path: "/1.png", tagIds: [7, 8] });
  await catalog.createAsset({ ...place, id: 2, path: "/2.png", tagIds: [7], deletedAtMs: 0 });
}

const idsOf = (body: { internal_tags: readonly { id: number }[] }) => body.internal_tags.map(({ id }) => id);

describe("GET /v1/spaces/:space_id/internal_tags", () => {
  useOneWorld(fill);

  test("200: tags by name, then id, paged", async () => {
    const { status, headers, body } = await world.get(TAGS);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        internal_tags: [
          { id: 8, name: "Archive", object_type: "asset" },
          { id: 7, name: "featured", object_type: "asset" },
          { id: 9, name: "featured", object_type: "idea" },
        ],
      },
    });
    expect(headers).toMatchObject({ total: "3", "per-page": "25" });
  });

  test("200: counts of assets that are not in the trash, null for other things", async () => {
    const { body } = await world.get(`${TAGS}?with_assets_count=1`);
    expect(body.internal_tags.map((tag: { assets_count: number | null }) => tag.assets_count)).toEqual([1, 1, null]);
  });

  test("200: every filter and page", async () => {
    for (const [query, expected, total, perPage] of [
      ["?search=FEAT", [7, 9], "2", "25"],
      ["?by_object_type=asset", [8, 7], "2", "25"],
      ["?by_object_type=idea&search=feat", [9], "1", "25"],
      ["?by_object_type=nothing", [], "0", "25"],
      ["?by_ids=7,21", [7], "1", "25"],
      ["?by_ids[]=8&by_ids[]=9", [8, 9], "2", "25"],
      ["?by_ids=x", [], "0", "25"],
      ["?page=2&per_page=2", [9], "3", "2"],
      ["?page=3&per_page=2", [], "3", "2"],
      ["?per_page=0", [8, 7, 9], "3", "25"],
      ["?per_page=-1&page=-5", [8, 7, 9], "3", "25"],
      ["?per_page=1000000000", [8, 7, 9], "3", "1000"],
    ] as const) {
      const { body, headers } = await world.get(`${TAGS}${query}`);
      expect([query, idsOf(body), headers.total, headers["per-page"]]).toEqual([query, expected, total, perPage]);
    }
  });
});

describe("POST /v1/spaces/:space_id/internal_tags", () => {
  describe("refused", () => {
    useOneWorld(fill);

    test.each([
      [{ name: "featured" }, "name", "has already been taken"],
      [{ name: "featured", object_type: "idea" }, "name", "has already been taken"],
      [{ name: "" }, "name", "can't be blank"],
      [{}, "name", "can't be blank"],
      [{ name: "a\0b" }, "name", "is invalid"],
      [{ name: "x".repeat(256) }, "name", "is too long (maximum is 255 characters)"],
      [{ name: "n", object_type: "story" }, "object_type", "is invalid"],
    ])("422: %j leaves no tag", async (tag, field, text) => {
      const answer = await world.ask("POST", TAGS, { body: { internal_tag: tag } });
      expect(answer).toMatchObject({ status: 422, body: refused(field, text) });
      expect((await world.get(TAGS)).headers.total).toBe("3");
    });

    test("422: a blank name and an unknown type are both named", async () => {
      const { status, body } = await world.ask("POST", TAGS, { body: { name: "", object_type: "story" } });
      expect([status, body]).toEqual([422, refusedAll({ name: "can't be blank", object_type: "is invalid" })]);
    });
  });

  describe("done", () => {
    useOwnWorlds();
    beforeEach(fill);

    test("200: a tag, of assets unless said; a name may be used once per object type", async () => {
      const answer = await world.ask("POST", TAGS, { body: { internal_tag: { name: "n" } } });
      expect(answer).toMatchObject({ status: 200, body: { internal_tag: { name: "n", object_type: "asset" } } });
      const other = await world.ask("POST", TAGS, { body: { name: "n", object_type: "component" } });
      expect(other.body.internal_tag).toMatchObject({ name: "n", object_type: "component" });
      expect((await world.get(`${TAGS}/${answer.body.internal_tag.id}`)).body).toEqual(answer.body);
    });

    test("403 and 404", async () => {
      await world.createToken("reader", { organization: 1, scopes: ["assets:read"] });
      const body = { internal_tag: { name: "n" } };
      expect(await world.ask("POST", TAGS, { body, token: "reader" })).toMatchObject({ status: 403, body: FORBIDDEN });
      expect((await world.ask("POST", "/v1/spaces/707/internal_tags", { body })).status).toBe(404);
    });
  });
});

describe.each(["PUT", "PATCH"] as const)("%s /v1/spaces/:space_id/internal_tags/:id", (method) => {
  useOwnWorlds();
  beforeEach(fill);

  const rename = (id: number, internal_tag: object) => world.ask(method, `${TAGS}/${id}`, { body: { internal_tag } });

  test("200: the tag with its new name; what it is for stays", async () => {
    expect(await rename(7, { name: "n2", object_type: "idea" })).toMatchObject({
      status: 200,
      body: { internal_tag: { id: 7, name: "n2", object_type: "asset" } },
    });
    expect((await world.get("/v1/spaces/606/assets/1")).body.internal_tags_list).toContainEqual({ id: 7, name: "n2" });
    expect((await rename(7, {})).body.internal_tag.name).toBe("n2");
  });

  test("422 and 404", async () => {
    expect((await rename(7, { name: "Archive" })).body).toEqual(refused("name", "has already been taken"));
    expect((await rename(7, { name: " " })).body).toEqual(refused("name", "can't be blank"));
    for (const id of [99, 21]) expect(await rename(id, { name: "n" })).toMatchObject({ status: 404, body: NOT_FOUND });
  });
});

describe("DELETE /v1/spaces/:space_id/internal_tags/:id", () => {
  useOwnWorlds();
  beforeEach(fill);

  test("204: the tag is gone, also from its assets; 404 the second time", async () => {
    expect(await world.ask("DELETE", `${TAGS}/7`, { body: {} })).toMatchObject({ status: 204, body: undefined });
    expect((await world.get("/v1/spaces/606/assets/1")).body.internal_tag_ids).toEqual([8]);
    for (const id of ["7", "21", "x"]) {
      expect(await world.ask("DELETE", `${TAGS}/${id}`)).toMatchObject({ status: 404, body: NOT_FOUND });
    }
  });
});
