/**
 * The routes of asset folders, over the whole server.
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

const FOLDERS = "/v1/spaces/606/asset_folders";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Folder = { readonly id: number; readonly uuid: string; readonly parent_id: number | null };

/** What every world of these tests has. */
async function fill(): Promise<void> {
  const { catalog } = world;
  await catalog.createFolder({ organization: 1, space: 606, id: 11, name: "Marketing" });
  await catalog.createFolder({ organization: 1, space: 606, id: 12, name: "Ads", parent: 11 });
  await catalog.createFolder({ organization: 1, space: 606, id: 13, name: "Old ads", parent: 12 });
  await catalog.createFolder({ organization: 1, space: 101, id: 21, name: "Elsewhere" });
  await catalog.createAsset({ organization: 1, space: 606, id: 1, path: "/1.png", folder: 12 });
}

const list = async (query = "") => (await world.get(`${FOLDERS}${query}`)).body.asset_folders as readonly Folder[];
const read = async (id: number) => (await world.get(`${FOLDERS}/${id}`)).body.asset_folder;

describe("GET /v1/spaces/:space_id/asset_folders", () => {
  useOneWorld(fill);

  test("200: all folders by name, with every key, not paged", async () => {
    const { status, headers, body } = await world.get(FOLDERS);
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty("total");
    expect(headers).not.toHaveProperty("per-page");
    const [ads, marketing, old] = body.asset_folders;
    expect(marketing).toEqual({ id: 11, name: "Marketing", parent_id: null, uuid: marketing.uuid, parent_uuid: null });
    expect(ads).toEqual({ id: 12, name: "Ads", parent_id: 11, uuid: ads.uuid, parent_uuid: marketing.uuid });
    expect(old).toMatchObject({ id: 13, parent_uuid: ads.uuid });
    expect(marketing.uuid).toMatch(UUID);
  });

  test("200: every filter", async () => {
    const uuid = (await read(12)).uuid;
    for (const [query, expected] of [
      ["?search=ADS", [12, 13]],
      ['?search="old"', [13]],
      ["?with_parent=0", [11]],
      ["?with_parent=11", [12]],
      ["?with_parent=", [12, 11, 13]],
      ["?with_parent=99", []],
      ["?with_parent=x", []],
      ["?by_ids=11,13,21", [11, 13]],
      ["?by_ids[]=11&by_ids[]=12", [12, 11]],
      ["?by_ids=9007199254740993", []],
      [`?by_uuids=${uuid.toUpperCase()}`, [12]],
      ["?by_uuids=nothing", []],
      ["?page=2&per_page=1&version=published", [12, 11, 13]],
    ] as const) {
      expect([query, (await list(query)).map(({ id }) => id)]).toEqual([query, expected]);
    }
  });
});

describe("POST /v1/spaces/:space_id/asset_folders", () => {
  describe("refused", () => {
    useOneWorld(fill);

    test.each([
      [{ name: "" }, "name", "can't be blank"],
      [{ name: "  " }, "name", "can't be blank"],
      [{}, "name", "can't be blank"],
      [{ name: null }, "name", "can't be blank"],
      [{ name: { a: 1 } }, "name", "is invalid"],
      [{ name: "a\0b" }, "name", "is invalid"],
      [{ name: "x".repeat(4_096) }, "name", "is too long (maximum is 255 characters)"],
      [{ name: "N", parent_id: 21 }, "parent_id", "does not exist in this space"],
      [{ name: "N", parent_id: 99 }, "parent_id", "does not exist in this space"],
      [{ name: "N", parent_id: -1 }, "parent_id", "does not exist in this space"],
      [{ name: "N", parent_id: "9007199254740993" }, "parent_id", "does not exist in this space"],
    ])("422: %j leaves no folder", async (folder, field, text) => {
      const answer = await world.ask("POST", FOLDERS, { body: { asset_folder: folder } });
      expect(answer).toMatchObject({ status: 422, body: refused(field, text) });
      expect(await list()).toHaveLength(3);
    });

    test("422: a blank name and an unknown parent are both named", async () => {
      const { status, body } = await world.ask("POST", FOLDERS, { body: { name: "", parent_id: 99 } });
      const both = refusedAll({ name: "can't be blank", parent_id: "does not exist in this space" });
      expect([status, body]).toEqual([422, both]);
    });
  });

  describe("done", () => {
    useOwnWorlds();
    beforeEach(fill);

    test("201: a folder, wrapped or bare; 0 and null are the root", async () => {
      const answer = await world.ask("POST", FOLDERS, { body: { asset_folder: { name: " New ", parent_id: 11 } } });
      expect(answer).toMatchObject({ status: 201, body: { asset_folder: { name: "New", parent_id: 11 } } });
      expect(await read(answer.body.asset_folder.id)).toEqual(answer.body.asset_folder);
      for (const parent_id of [0, null, "", undefined]) {
        const bare = await world.ask("POST", FOLDERS, { body: { name: "New", parent_id } });
        expect(bare).toMatchObject({ status: 201, body: { asset_folder: { parent_id: null, parent_uuid: null } } });
      }
      expect((await world.ask("POST", `${FOLDERS}?name=Query`)).body.asset_folder.name).toBe("Query");
    });

    test("201: names that are dots, or written from right to left", async () => {
      for (const name of ["..", "../etc", "تقارير", "\u202egnp.exe"]) {
        const answer = await world.ask("POST", FOLDERS, { body: { asset_folder: { name } } });
        expect(answer).toMatchObject({ status: 201, body: { asset_folder: { name } } });
      }
    });

    test("403 and 404", async () => {
      await world.createToken("reader", { organization: 1, scopes: ["assets:read"] });
      const body = { asset_folder: { name: "N" } };
      expect(await world.ask("POST", FOLDERS, { body, token: "reader" })).toMatchObject({
        status: 403,
        body: FORBIDDEN,
      });
      expect((await world.ask("POST", "/v1/spaces/707/asset_folders", { body })).status).toBe(404);
    });
  });
});

describe.each(["PUT", "PATCH"] as const)("%s /v1/spaces/:space_id/asset_folders/:id", (method) => {
  useOwnWorlds();
  beforeEach(fill);

  const update = (id: number, asset_folder: object) =>
    world.ask(method, `${FOLDERS}/${id}`, { body: { asset_folder } });

  test("204: any subset, other keys ignored", async () => {
    const before = await read(12);
    expect(await update(12, { ...before, name: "N2", id: 99, uuid: "x" })).toMatchObject({
      status: 204,
      body: undefined,
    });
    expect(await read(12)).toEqual({ ...before, name: "N2" });
    expect((await update(12, { parent_id: 0 })).status).toBe(204);
    expect(await read(12)).toMatchObject({ name: "N2", parent_id: null });
    expect((await update(12, {})).status).toBe(204);
  });

  test("422: under itself or what is inside it, a parent of another space, a blank name; nothing changes", async () => {
    const before = await list();
    for (const parent_id of [11, 12, 13]) {
      expect(await update(11, { name: "X", parent_id })).toMatchObject({
        status: 422,
        body: refused("parent_id", "is invalid"),
      });
    }
    expect((await update(11, { parent_id: 21 })).body).toEqual(refused("parent_id", "does not exist in this space"));
    const name = "can't be blank";
    for (const [parent_id, text] of [
      [21, "does not exist in this space"],
      [13, "is invalid"],
    ] as const) {
      expect((await update(11, { name: "", parent_id })).body).toEqual(refusedAll({ name, parent_id: text }));
    }
    expect((await update(11, { name: "" })).body).toEqual(refused("name", "can't be blank"));
    expect(await list()).toEqual(before);
  });

  test("404", async () => {
    for (const id of [99, 21]) expect(await update(id, { name: "N" })).toMatchObject({ status: 404, body: NOT_FOUND });
  });
});

describe("DELETE /v1/spaces/:space_id/asset_folders/:id", () => {
  useOwnWorlds();
  beforeEach(fill);

  const parents = async () => Object.fromEntries((await list()).map((folder) => [folder.id, folder.parent_id]));

  test("204: folders inside move up, assets stay without a folder", async () => {
    expect(await world.ask("DELETE", `${FOLDERS}/12`)).toMatchObject({ status: 204, body: undefined });
    expect(await parents()).toEqual({ 11: null, 13: 11 });
    expect((await world.get("/v1/spaces/606/assets/1")).body.asset_folder_id).toBeNull();
  });

  test.each([
    ["?recursive=true", undefined],
    ["", { recursive: true }],
    ["?recursive=false", { recursive: 1 }],
  ])("204: with %j and the body %j folders inside go too", async (query, body) => {
    expect((await world.ask("DELETE", `${FOLDERS}/11${query}`, { body })).status).toBe(204);
    expect(await parents()).toEqual({});
    expect((await world.get("/v1/spaces/606/assets/1")).body.asset_folder_id).toBeNull();
  });

  test("404", async () => {
    for (const id of ["99", "21", "x"]) {
      expect(await world.ask("DELETE", `${FOLDERS}/${id}`)).toMatchObject({ status: 404, body: NOT_FOUND });
    }
  });
});
