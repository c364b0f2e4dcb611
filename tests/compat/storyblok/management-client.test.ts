/**
 * @storyblok/management-api-client 0.7.0, as it is on npm, against a listening server. Read 2026-11-20.
 * Uploading is in uploads.test.ts.
 */
import { createManagementApiClient } from "@storyblok/management-api-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAssets, addUsage, type CompatServer, startServer, TOKEN } from "./storyblok-server.contract.ts";

let server: CompatServer;
let client: ReturnType<typeof connect>;

const connect = (baseUrl: string, tokens: object = { personalAccessToken: TOKEN }) =>
  createManagementApiClient({ ...tokens, spaceId: 606, baseUrl });

async function start(): Promise<void> {
  server = await startServer();
  await addAssets(server);
  client = connect(server.origin);
}

type Rows = readonly { readonly id: number }[];
const idsOf = (rows: unknown) => (rows as Rows).map(({ id }) => id);
const listed = async (query: object) => idsOf((await client.assets.list({ query: query as never })).data?.assets ?? []);

describe("management-api-client reads", () => {
  beforeAll(async () => {
    await start();
    await addUsage(server);
  });
  afterAll(() => server.stop());

  test.each([
    [{ page: 1, per_page: 2, with_tags: "featured,b", is_private: true, search: "x-y" }, [1]],
    [{ in_folder: -1, created_at_gte: "2026-01-01T00:00:00Z" }, [4]],
    [{ in_folder: 11 }, [1]],
    [{ sort_by: "short_filename:asc" }, [2, 3, 1]],
    [{ by_alt: "sunny" }, [1]],
    [{ by_title: "cat" }, [2]],
    [{ by_copyright: "agency" }, [3]],
    [{ ext_id: "e-1" }, [1]],
    [{ is_private: false }, [3, 2, 1]],
    [{ expire_at_lte: "2026-11-30T00:00:00Z" }, [2]],
    [{ updated_at_lte: "2026-11-19 11:59" }, [3, 2, 1]],
  ])("assets.list with %j", async (query, expected) => {
    expect(await listed(query)).toEqual(expected);
  });

  test("assets.list: the query on the wire, the headers and a whole row", async () => {
    server.takeAsked();
    const query = { page: 1, per_page: 2, with_tags: "a,b", is_private: true, search: "x y", in_folder: -1 };
    const { data, response } = await client.assets.list({ query });
    expect(server.takeAsked()).toEqual([
      "GET /v1/spaces/606/assets?page=1&per_page=2&with_tags=a%2Cb&is_private=true&search=x%20y&in_folder=-1",
    ]);
    expect(data).toEqual({ assets: [] });
    expect([response?.headers.get("total"), response?.headers.get("per-page")]).toEqual(["0", "2"]);
    const { data: one } = await client.assets.list({ query: { search: "dog" } });
    expect(one).toEqual({
      assets: [
        {
          id: 3,
          filename: `${server.origin}/f/606/x/0000000003/dog.png`,
          short_filename: "dog.png",
          space_id: 606,
          ext_id: null,
          asset_folder_id: null,
          is_private: false,
          content_type: "image/png",
          content_length: 300,
          created_at: "2026-11-10T12:00:03.000Z",
          updated_at: "2026-11-19T11:59:57.000Z",
          deleted_at: null,
          alt: null,
          title: null,
          copyright: "Agency",
          focus: null,
          expire_at: null,
          source: null,
          internal_tag_ids: [],
          locked: false,
          publish_at: null,
          meta_data: { copyright: "Agency" },
          internal_tags_list: [],
        },
      ],
    });
  });

  test("statistics, by path as its users ask for them", async () => {
    const query = { start_date: "2026-01-01", end_date: "2026-03-31", group_by: "day" };
    const all = await client.get("/v1/orgs/me/statistics/all_traffic", { query });
    expect(all.data).toMatchObject({
      cumulated_traffic: { total_requests_per_time_period: 59, total_traffic_per_time_period: 3_000 },
    });
    const assets = await client.get("/v1/orgs/me/statistics/assets_traffic", { query });
    expect(assets.data).toMatchObject({ assets: [{ id: 1, total_bytes: 8_400 }] });
    for (const [path, expected] of [
      ["statistics/2026-03-01", { statistics: [{ counting: 11 }, { counting: 48 }] }],
      ["statistics/all_traffic", { total_traffic_per_time_period: 3_000 }],
      ["statistics/assets_traffic", { assets: [{ id: 1, total_bytes: 8_400 }] }],
      ["statistics", { all_assets_count: 3 }],
      ["statistics/all_credits", { ai_credits_limit: 0 }],
      ["traffic_boosts", { traffic_boosts: [] }],
    ] as const) {
      expect((await client.get(`/v1/spaces/606/${path}`)).data).toMatchObject(expected);
    }
  });

  test("folders, tags, spaces and the user", async () => {
    server.takeAsked();
    const folders = await client.assetFolders.list({ query: { by_ids: "11,12", with_parent: 0 } as never });
    expect(server.takeAsked()).toEqual(["GET /v1/spaces/606/asset_folders?by_ids=11%2C12&with_parent=0"]);
    expect(idsOf(folders.data?.asset_folders)).toEqual([11]);
    expect((await client.assetFolders.get(12)).data).toMatchObject({ asset_folder: { name: "Ads", parent_id: 11 } });
    const tags = await client.internalTags.list({ query: { by_object_type: "asset", page: 1 } });
    expect(tags.data).toEqual({
      internal_tags: [
        { id: 8, name: "b", object_type: "asset" },
        { id: 7, name: "featured", object_type: "asset" },
      ],
    });
    expect(idsOf((await client.spaces.list()).data?.spaces)).toEqual([606, 700]);
    expect((await client.spaces.get()).data).toMatchObject({ space: { id: 606, assets_count: 3 } });
    expect((await client.users.me()).data).toMatchObject({ user: { id: 1, email: "a@example.com" } });
    expect((await client.sharedAssetFolders.list()).data).toEqual({ shared_asset_folders: [] });
    expect((await client.sharedAssets.list()).data).toEqual({ assets: [] });
  });

  test("an OAuth token, a base URL with a slash at its end, one asset", async () => {
    const other = connect(`${server.origin}/`, { oauthToken: TOKEN });
    expect((await other.assets.get(1)).data).toMatchObject({ id: 1, alt: "A sunny beach", permanently_deleted: false });
  });

  test("refusals are handed back with their status and body", async () => {
    const missing = await client.assets.get(99);
    expect(missing.data).toBeUndefined();
    expect(missing.error?.response).toMatchObject({ status: 404, data: ["This record could not be found"] });
    const stranger = await connect(server.origin, { personalAccessToken: "nobody" }).assets.list();
    expect(stranger.error?.response).toMatchObject({ status: 401, data: { error: "Unauthorized" } });
    const shared = await client.assets.convertToShared(1, { query: {} as never });
    expect(shared.error?.response).toMatchObject({ status: 501, data: { error: "Not supported by this server" } });
    const space = await client.spaces.create({ body: { space: { name: "New" } } as never });
    expect(space.error?.response).toMatchObject({ status: 501 });
  });
});

describe("management-api-client writes", () => {
  beforeEach(start);
  afterEach(() => server.stop());

  const read = async (id: number) => (await client.assets.get(id)).data;

  test("assets.update changes metadata, translations and tags", async () => {
    server.takeAsked();
    const asset = { meta_data: { alt: "A", alt__i18n__de: "Ein A" }, internal_tag_ids: ["7", "8"] };
    await client.assets.update(1, { body: { asset } as never });
    expect(server.takeAsked()).toEqual(["PATCH /v1/spaces/606/assets/1"]);
    expect(await read(1)).toMatchObject({
      alt: "A",
      internal_tag_ids: [8, 7],
      meta_data: { alt: "A", alt__i18n__de: "Ein A" },
    });
    const refused = client.assets.update(1, { body: { asset: { asset_folder_id: 99 } } });
    await expect(refused).rejects.toMatchObject({
      response: { status: 422, data: { errors: { asset_folder_id: ["does not exist in this space"] } } },
    });
  });

  test("assets.delete, deleteMany, bulkMove and bulkRestore", async () => {
    expect((await client.assets.delete(3)).data).toMatchObject({ id: 3, deleted_at: "2026-11-20T12:00:00.000Z" });
    expect((await client.assets.bulkMove({ body: { ids: [1, 2], asset: { asset_folder_id: 12 } } })).data).toEqual({
      message: "Assets moved successfully",
    });
    expect(await listed({ in_folder: 12 })).toEqual([2, 1]);
    expect((await client.assets.deleteMany({ body: { ids: [1, 2] } })).data).toEqual({
      message: "Asset(s) 1, 2 deleted successfully",
    });
    expect(await listed({ in_folder: -1 })).toEqual([4, 3, 2, 1]);
    expect((await client.assets.bulkRestore({ body: { ids: [1] } })).data).toEqual({
      message: "Assets restored successfully",
    });
    expect(await listed({})).toEqual([1]);
    const none = await client.assets.deleteMany({ body: { ids: [] } });
    expect(none.error?.response).toMatchObject({ status: 422, data: { errors: { ids: ["can't be blank"] } } });
  });

  test("the trash is emptied with a GET that answers 204", async () => {
    const { response } = await client.get("/v1/spaces/606/assets/clear_trash");
    expect(response?.status).toBe(204);
    expect((await client.assets.get(4)).error?.response.status).toBe(404);
    expect(await listed({ in_folder: -1 })).toEqual([]);
  });

  test("assetFolders: create, update, delete with and without what is inside", async () => {
    const created = await client.assetFolders.create({
      body: { asset_folder: { name: "N", parent_id: null } } as never,
    });
    expect(created.response?.status).toBe(201);
    const { id } = (created.data as unknown as { asset_folder: { id: number } }).asset_folder;
    const updated = await client.assetFolders.update(id, {
      body: { asset_folder: { name: "N2", parent_id: 11 } } as never,
    });
    expect(updated.response?.status).toBe(204);
    expect((await client.assetFolders.get(id)).data).toMatchObject({ asset_folder: { name: "N2", parent_id: 11 } });
    server.takeAsked();
    expect((await client.assetFolders.delete(12)).response?.status).toBe(204);
    await client.assetFolders.delete(11, { query: { recursive: true } } as never);
    expect(server.takeAsked()).toEqual([
      "DELETE /v1/spaces/606/asset_folders/12",
      "DELETE /v1/spaces/606/asset_folders/11?recursive=true",
    ]);
    expect((await client.assetFolders.list()).data).toEqual({ asset_folders: [] });
  });

  test("internalTags: create, update, delete; a taken name is refused", async () => {
    const body = { internal_tag: { name: "n", object_type: "asset" as const } };
    const created = await client.internalTags.create({ body });
    const { id } = (created.data as unknown as { internal_tag: { id: number } }).internal_tag;
    expect((await client.internalTags.update(id, { body: { internal_tag: { name: "n2" } } })).data).toEqual({
      internal_tag: { id, name: "n2", object_type: "asset" },
    });
    const taken = await client.internalTags.create({ body: { internal_tag: { name: "n2", object_type: "asset" } } });
    expect(taken.error?.response).toMatchObject({
      status: 422,
      data: { error: "Validation failed: name has already been taken" },
    });
    expect((await client.internalTags.delete(id)).response?.status).toBe(204);
  });
});

describe("management-api-client at the bound on requests", () => {
  test("waits as long as it is told and is answered in the end", async () => {
    server = await startServer({ requestsPerSecondMax: 3 });
    client = connect(server.origin);
    try {
      const answers = await Promise.all(Array.from({ length: 5 }, () => client.users.me()));
      expect(answers.map(({ response }) => response?.status)).toEqual([200, 200, 200, 200, 200]);
    } finally {
      await server.stop();
    }
  });
});
