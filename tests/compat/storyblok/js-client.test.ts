/**
 * storyblok-js-client 7.7.6, as it is on npm, against a listening server. Read 2026-11-20.
 * Uploading and private files are in uploads.test.ts.
 */
import StoryblokClient from "storyblok-js-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAssets, addUsage, type CompatServer, NOT_FOUND, startServer, TOKEN } from "./storyblok-server.contract.ts";

let server: CompatServer;
let management: StoryblokClient;

async function start(): Promise<void> {
  server = await startServer();
  await addAssets(server);
  management = new StoryblokClient({ oauthToken: TOKEN, endpoint: `${server.origin}/v1` });
}

type Rows = readonly { readonly id: number }[];
const idsOf = (rows: unknown) => (rows as Rows).map(({ id }) => id);
/** The package's types know stories; other endpoints answer other things, and take other parameters. */
const get = async (path: string, parameters: object = {}) => {
  const { data, headers, perPage, total } = await management.get(path, parameters);
  return { data: data as Record<string, unknown>, headers, perPage, total };
};

describe("storyblok-js-client reads", () => {
  beforeAll(async () => {
    await start();
    await addUsage(server);
    const paths = Array.from({ length: 2_500 }, (_, index) => ({
      space: 700,
      path: `/f/700/x/0123456789/${index}.png`,
    }));
    await server.catalog.resolveAssetPaths(1, paths, true);
  });
  afterAll(() => server.stop());

  test("all_traffic of the organization", async () => {
    const { data } = await get("orgs/me/statistics/all_traffic", {
      start_date: "2026-01-01",
      end_date: "2026-03-31",
      group_by: "day",
    });
    const rows = [
      { date: "2026-03-01", api_requests: 11, total_bytes: 1_000 },
      { date: "2026-03-17", api_requests: 48, total_bytes: 2_000 },
    ];
    expect(data).toEqual({
      montly_traffic_limit: 100_000_000,
      yearly_traffic_limit: 1_200_000_000,
      traffic_used_this_year: 11_400,
      cumulated_traffic: {
        requests_used_last_days: 0,
        total_requests_per_time_period: 59,
        total_traffic_per_time_period: 3_000,
        traffic: rows,
      },
      traffic_top_spaces: { "606": rows },
      traffic: rows.map((row) => ({ ...row, space_id: 606 })),
    });
  });

  test("assets_traffic of the organization and of the space, by date, and the overview", async () => {
    const range = { start_date: "2026-01-01", end_date: "2026-03-31" };
    const expected = {
      id: 1,
      alt: "A sunny beach",
      asset_folder_id: 11,
      content_length: 100,
      content_type: "image/png",
      deleted_at: null,
      filename: `${server.origin}/f/606/x/0000000001/x-y-beach.png`,
      is_private: true,
      space_id: 606,
      total_bytes: 8_400,
    };
    for (const path of ["orgs/me/statistics/assets_traffic", "spaces/606/statistics/assets_traffic"]) {
      expect((await get(path)).data).toEqual({ assets: [expected] });
      expect((await get(path, range)).data).toEqual({ assets: [expected] });
    }
    expect((await get("spaces/606/statistics/2026-03-01")).data).toEqual({
      statistics: [
        { id: 20260301, counting: 11, total_bytes: 1_000, created_at: "2026-03-01" },
        { id: 20260317, counting: 48, total_bytes: 2_000, created_at: "2026-03-17" },
      ],
    });
    expect((await get("spaces/606/statistics/all_traffic", range)).data).toMatchObject({
      traffic: [{ date: "2026-03", api_requests: 59, total_bytes: 3_000 }],
      total_requests_per_time_period: 59,
    });
    expect((await get("spaces/606/statistics", { version: "new" })).data).toMatchObject({
      all_assets_count: 3,
      monthly_traffic: [{ month_col: "2026-03", counting: 59, total_bytes: 3_000 }],
    });
  });

  test.each([
    [{ page: 1, per_page: 2, with_tags: "featured,b", is_private: 1, search: "x-y" }, [1]],
    [{ in_folder: 11 }, [1]],
    [{ in_folder: 0 }, [3, 2]],
    [{ in_folder: -1, by_ids: [1, 2], filter: { a: 1 } }, [4]],
    [{ sort_by: "short_filename:asc" }, [2, 3, 1]],
    [{ sort_by: "created_at:asc" }, [1, 2, 3]],
    [{ sort_by: "updated_at:desc" }, [1, 2, 3]],
    [{ is_private: true }, [1]],
    [{ search: '"BEACH"' }, [1]],
    [{ by_alt: "sunny" }, [1]],
    [{ by_title: "cat" }, [2]],
    [{ by_copyright: "agency" }, [3]],
    [{ with_tags: "b" }, [2]],
    [{ with_tag: ["b", "featured"] }, [2, 1]],
    [{ ext_id: "e-1" }, [1]],
    [{ created_at_gte: "2026-11-10T12:00:02Z" }, [3, 2]],
    [{ created_at_lte: "2026-11-10T12:00:02Z" }, [2, 1]],
    [{ updated_at_gte: "2026-11-19T11:59:58Z" }, [2, 1]],
    [{ updated_at_lte: "2026-11-19 11:59" }, [3, 2, 1]],
    [{ expire_at_gte: "2026-11-21" }, [2]],
    [{ expire_at_lte: "2026-11-20" }, []],
  ])("assets with %j", async (parameters, expected) => {
    const { data, total, perPage } = await get("spaces/606/assets", parameters);
    expect(idsOf(data.assets)).toEqual(expected);
    expect([total, perPage]).toEqual([expected.length, "per_page" in parameters ? parameters.per_page : 25]);
  });

  test("the form of the vendor's page, with a slash at both ends", async () => {
    server.takeAsked();
    expect(idsOf((await get("/spaces/606/assets/")).data.assets)).toEqual([3, 2, 1]);
    expect(server.takeAsked()).toEqual(["GET /v1//spaces/606/assets/?"]);
  });

  test("getAll pages through 2,500 assets, each once, and through unpaged lists once", async () => {
    server.takeAsked();
    const assets = await management.getAll("spaces/700/assets", { per_page: 1_000 });
    expect(new Set(idsOf(assets)).size).toBe(2_500);
    expect(assets).toHaveLength(2_500);
    expect(server.takeAsked()).toHaveLength(3);
    expect(idsOf(await management.getAll("spaces/606/assets", { per_page: 2 }))).toEqual([3, 2, 1]);
    expect(idsOf(await management.getAll("spaces/606/asset_folders", { per_page: 1 }))).toEqual([12, 11]);
    expect(idsOf(await management.getAll("spaces/606/internal_tags", { per_page: 1 }))).toEqual([8, 7]);
    expect(await management.getAll("spaces/606/shared_assets", {}, "assets")).toEqual([]);
  });

  test("accounts, one asset, folders and tags", async () => {
    expect((await get("users/me")).data).toMatchObject({ user: { id: 1, friendly_name: "A B", org_role: "admin" } });
    expect(idsOf((await get("spaces")).data.spaces)).toEqual([606, 700]);
    expect((await get("spaces/606")).data).toMatchObject({ space: { id: 606, name: "My Space", assets_count: 3 } });
    expect((await get("orgs/me")).data).toMatchObject({ org: { id: 1, name: "Org", traffic_limit: 100_000_000 } });
    expect((await get("spaces/606/assets/1")).data).toMatchObject({ id: 1, internal_tag_ids: [7], file: null });
    const folder = await get("spaces/606/asset_folders/12");
    expect(folder.data).toMatchObject({ asset_folder: { id: 12, name: "Ads", parent_id: 11 } });
    expect(folder).toMatchObject({ total: undefined, perPage: undefined });
    const tags = await get("spaces/606/internal_tags", { with_assets_count: 1 });
    expect(tags.data.internal_tags).toEqual([
      { id: 8, name: "b", object_type: "asset", assets_count: 1 },
      { id: 7, name: "featured", object_type: "asset", assets_count: 1 },
    ]);
  });

  test("many reads at once are not held up by the package's own throttle", async () => {
    await get("spaces/606/assets");
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: 12 }, () => get("spaces/606/assets")));
    // Three a second, which is the package's own limit, would take four seconds.
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });

  test("the token is sent as it was typed, with the scheme word or without", async () => {
    for (const oauthToken of [TOKEN, `Bearer ${TOKEN}`]) {
      const client = new StoryblokClient({ oauthToken }, `${server.origin}/v1`);
      expect((await client.get("users/me")).data).toHaveProperty("user");
    }
  });

  test("refusals are thrown with their status and words", async () => {
    const refusal = (promise: Promise<unknown>) =>
      promise.then(
        () => "no refusal",
        (error: unknown) => error,
      );
    expect(await refusal(get("spaces/606/assets/99"))).toMatchObject({ status: 404, message: NOT_FOUND });
    expect(await refusal(get("spaces/999/assets"))).toMatchObject({ status: 404, message: NOT_FOUND });
    const date = "Invalid date format. Expected format: YYYY-MM-DD";
    expect(await refusal(get("spaces/606/statistics/2026-02-31"))).toMatchObject({ status: 400, message: date });
    const time = "Validation failed: created_at_gte is invalid";
    const soon = { created_at_gte: "soon" };
    expect(await refusal(get("spaces/606/assets", soon))).toMatchObject({ status: 422, message: time });
    const stranger = new StoryblokClient({ oauthToken: "nobody", endpoint: `${server.origin}/v1` });
    expect(await refusal(stranger.get("spaces/606/assets"))).toMatchObject({ status: 401, message: "Unauthorized" });
  });
});

describe("storyblok-js-client writes", () => {
  beforeEach(start);
  afterEach(() => server.stop());

  const read = async (id: number) => (await get(`spaces/606/assets/${id}`)).data;

  test("updates, translates and tags an asset", async () => {
    const asset = { meta_data: { alt: "A", alt__i18n__de: "Ein A" }, internal_tag_ids: [7, 8], title: "T" };
    await management.put("spaces/606/assets/1", { asset } as never);
    const changed = await read(1);
    expect(changed).toMatchObject({ alt: "A", title: "T", internal_tag_ids: [8, 7] });
    expect(changed.meta_data).toEqual({ alt: "A", alt__i18n__de: "Ein A", title: "T" });
    await management.put("spaces/606/assets/1", { asset: { ...changed, meta_data: [] } } as never);
    expect(await read(1)).toEqual(changed);
  });

  test("moves, deletes and restores", async () => {
    const moved = await management.post("spaces/606/assets/bulk_update", { ids: [2, 3], asset_folder_id: 12 } as never);
    expect(moved).toMatchObject({ data: { message: "Assets moved successfully" } });
    expect(idsOf((await get("spaces/606/assets", { in_folder: 12 })).data.assets)).toEqual([3, 2]);
    const deleted = await management.delete("spaces/606/assets/2", {});
    expect(deleted).toMatchObject({ data: { id: 2, deleted_at: "2026-11-20T12:00:00.000Z" } });
    expect(await management.post("spaces/606/assets/bulk_destroy", { ids: [1, 3] } as never)).toMatchObject({
      data: { message: "Asset(s) 1, 3 deleted successfully" },
    });
    expect(idsOf((await get("spaces/606/assets", { in_folder: -1 })).data.assets)).toEqual([4, 3, 2, 1]);
    await management.post("spaces/606/assets/bulk_restore", { ids: [1, 3] } as never);
    expect((await get("spaces/606/assets/restore", { id: 2 })).data).toMatchObject({ id: 2, deleted_at: null });
    expect((await get("spaces/606/assets")).total).toBe(3);
    expect((await get("spaces/606/assets/1/publish")).data).toMatchObject({ id: 1, is_private: false });
  });

  test("folders: create, rename, delete with what is inside", async () => {
    const { data } = await management.post("spaces/606/asset_folders", {
      asset_folder: { name: "N", parent_id: 0 },
    } as never);
    const folder = (data as unknown as { asset_folder: { id: number } }).asset_folder;
    expect(folder).toMatchObject({ name: "N", parent_id: null });
    await management.put(`spaces/606/asset_folders/${folder.id}`, { asset_folder: { name: "N2" } } as never);
    expect((await get(`spaces/606/asset_folders/${folder.id}`)).data).toMatchObject({ asset_folder: { name: "N2" } });
    await management.delete("spaces/606/asset_folders/11", { recursive: true } as never);
    expect(idsOf((await get("spaces/606/asset_folders")).data.asset_folders)).toEqual([folder.id]);
    expect(await read(1)).toMatchObject({ asset_folder_id: null });
  });

  test("tags: create, rename, delete", async () => {
    const { data } = await management.post("spaces/606/internal_tags", { internal_tag: { name: "n" } } as never);
    const { id } = (data as unknown as { internal_tag: { id: number } }).internal_tag;
    await management.put(`spaces/606/internal_tags/${id}`, { internal_tag: { name: "n2" } } as never);
    expect((await get("spaces/606/internal_tags", { search: "n2" })).total).toBe(1);
    await management.delete(`spaces/606/internal_tags/${id}`, {});
    expect((await get("spaces/606/internal_tags")).total).toBe(2);
  });

  test("a refused change rejects with the field, and changes nothing", async () => {
    const before = await read(1);
    const tag = { asset: { alt: "X", internal_tag_ids: [99] } };
    await expect(management.put("spaces/606/assets/1", tag as never)).rejects.toMatchObject({
      status: 422,
      message: "Validation failed: internal_tag_ids does not exist in this space",
    });
    const patched = (management as unknown as { patch: StoryblokClient["put"] }).patch(
      "spaces/606/assets/1",
      tag as never,
    );
    await expect(patched).rejects.toMatchObject({
      status: 400,
      message: "Method names are case-sensitive: use PATCH or PUT",
    });
    expect(await read(1)).toEqual(before);
  });
});

describe("storyblok-js-client at the bound on requests", () => {
  test("a write over the bound rejects with 429 and its words; a read is tried again until it is answered", async () => {
    server = await startServer({ requestsPerSecondMax: 2 });
    const client = new StoryblokClient({ oauthToken: TOKEN, endpoint: `${server.origin}/v1` });
    try {
      const writes = Array.from({ length: 4 }, () =>
        client.post("spaces/606/internal_tags", { internal_tag: { name: "n" } } as never).then(
          () => 200,
          (error: { status: number; message: string }) => error,
        ),
      );
      expect(await Promise.all(writes)).toContainEqual(
        expect.objectContaining({
          status: 429,
          message: "Rate limit of 2 request per second has been reached. Retry later.",
        }),
      );
      expect((await client.get("users/me")).data).toHaveProperty("user");
    } finally {
      await server.stop();
    }
  });
});
