/**
 * The account routes, and those that have nothing to show, over the whole server.
 */
import { describe, expect, test } from "vitest";
import { api, delivery, FORBIDDEN, NOT_FOUND, useOneWorld, useOwnWorlds, world } from "../storyblok-world.contract.ts";

const START = "2026-11-20T12:00:00.000Z";

describe("GET /v1/users/me", () => {
  useOwnWorlds();

  test("200: the user of the token, with every key that the vendor's OpenAPI requires", async () => {
    const { id } = await world.catalog.createUser({
      organization: 1,
      name: "Ann B. Cole",
      email: "a@example.com",
      role: "admin",
    });
    await world.createToken("ann", { organization: 1, user: id, scopes: [] });
    const answer = await world.get("/v1/users/me", { token: "Bearer ann" });
    expect(answer.headers).not.toHaveProperty("total");
    expect(answer.body).toEqual({
      user: {
        id,
        userid: "a@example.com",
        email: "a@example.com",
        username: null,
        use_username: false,
        firstname: "Ann",
        lastname: "B. Cole",
        friendly_name: "Ann B. Cole",
        login_strategy: "password",
        created_at: START,
        org_role: "admin",
        has_org: true,
        has_partner: false,
        org: { id: 1, name: "Org", status: "active" },
        notified: [],
        favourite_spaces: [],
        favourite_ideas: [],
        beta_user: true,
        track_statistics: true,
        ui_theme: { theme: "default" },
        totp_factor_verified: false,
        configured_2fa_options: ["otp_email"],
        disclaimer_ids: [],
        live_chat_enabled: false,
        confirmed: true,
      },
    });
  });

  test("200: a token without a user is a user 0 with the token's name; 401 without a token", async () => {
    expect((await world.get("/v1/users/me")).body.user).toMatchObject({ id: 0, friendly_name: "admin", email: "" });
    expect((await world.get("/v1/users/me", { token: null })).status).toBe(401);
  });
});

describe("GET /v1/spaces", () => {
  useOwnWorlds();

  test("200: the spaces of the token by id, not paged; a part of the name narrows them", async () => {
    await world.createToken("two", { organization: 1, scopes: [], spaces: [606, 102] });
    const ids = async (query: string, token = "admin") =>
      (await world.get(`/v1/spaces${query}`, { token })).body.spaces.map((space: { id: number }) => space.id);
    expect(await ids("")).toEqual([101, 102, 103, 104, 606, 44_203]);
    expect(await ids("", "two")).toEqual([102, 606]);
    expect(await ids("?search=s10")).toEqual([101, 102, 103, 104]);
    const { headers, body } = await world.get("/v1/spaces/?search=S606");
    expect(headers).not.toHaveProperty("total");
    expect(body.spaces).toEqual([
      {
        id: 606,
        name: "S606",
        region: "eu",
        owner_id: 0,
        updated_at: START,
        created_at: START,
        plan: "assetmeter",
        plan_level: 0,
        trial: false,
        requires_2fa: false,
        org_id: 1,
        org_requires_2fa: false,
        development_mode: false,
        feature_limit_exceeded_flags: {},
      },
    ]);
  });
});

describe("GET /v1/spaces/:space_id", () => {
  useOwnWorlds();

  test("200: the space with its figures; every key that the vendor's OpenAPI requires; no secret", async () => {
    const { catalog } = world;
    await catalog.createUser({ organization: 1, name: "Member", role: "member" });
    const owner = await catalog.createUser({ organization: 1, name: "Ann", role: "admin" });
    await catalog.createAsset({ organization: 1, space: 606, path: "/1.png" });
    await world.count(
      api("2026-11-20", 606, 3, 30),
      api("2026-11-01", 606, 4, 40),
      api("2026-10-31", 606, 5, 50),
      api("2026-11-20", 101, 6, 60),
      { ...delivery("2026-11-20T00:00:00Z", null, 9), space: 606 },
    );
    const { body } = await world.get("/v1/spaces/606");
    expect(body.space).toEqual({
      id: 606,
      name: "S606",
      domain: null,
      region: "eu",
      plan: "assetmeter",
      plan_level: 0,
      limits: {},
      created_at: START,
      role: "admin",
      owner_id: owner.id,
      environments: [],
      stories_count: 0,
      assets_count: 1,
      request_count_today: 3,
      api_requests: 7,
      exceeded_requests: 0,
      trial: false,
      default_root: "page",
      has_slack_webhook: false,
      first_token: "",
      traffic_limit: 100_000_000,
      ai_text_generator_disabled: true,
      ai_text_generator_feature_disabled: true,
      monthly_ai_tokens_traffic: 0,
      monthly_ai_tokens_traffic_limit: 0,
      has_pending_tasks: false,
      options: {},
      assistance_mode: false,
      languages: [],
      space_roles: [],
      collaborators: [],
      feature_limit_exceeded_flags: {},
    });
  });

  test("404: unknown, foreign, outside the token, no id", async () => {
    await world.createToken("one", { organization: 1, spaces: [606] });
    for (const space of ["999", "707", "101", "x", "0"]) {
      expect(await world.get(`/v1/spaces/${space}`, { token: "one" })).toMatchObject({ status: 404, body: NOT_FOUND });
    }
    expect((await world.get("/v1/spaces/606", { token: "one" })).status).toBe(200);
  });
});

describe("GET /v1/orgs/me and /v1/orgs/:id", () => {
  useOwnWorlds();

  test("200: the organization with its figures, the same under its id; 404 for every other", async () => {
    await world.catalog.createUser({ organization: 1, name: "Ann", role: "admin" });
    await world.count(
      api("2026-11-20", 606, 1, 2_000_000),
      delivery("2026-11-01T00:00:00Z", null, 500_000),
      api("2026-10-31", 606, 1, 9),
    );
    const { body } = await world.get("/v1/orgs/me");
    expect(body).toEqual({
      org: {
        id: 1,
        name: "Org",
        track_statistics: true,
        plan: "assetmeter",
        plan_level: 0,
        max_spaces: 0,
        max_collaborators: 0,
        traffic_used: 2_500_000,
        traffic_limit: 100_000_000,
        restricted_regions: [],
        ai_text_generator_disabled: true,
        ai_translation_enabled: false,
        concept_room_enabled: false,
        ideation_room_enabled: false,
        token_timeout_in: null,
        disable_private_spaces: null,
        force_org_ai_styles: false,
        allow_space_ai_styles: false,
        ai_style_space_composition_mode: "",
        settings: {
          users_info: { saved_internal_users_count: 1, saved_external_users_count: 0, saved_invitations_count: 0 },
          spaces_info: { standard_spaces_count: 6, pro_spaces_count: 0 },
        },
      },
    });
    expect((await world.get("/v1/orgs/1")).body).toEqual(body);
    for (const id of ["2", "999", "x"]) {
      expect(await world.get(`/v1/orgs/${id}`)).toMatchObject({ status: 404, body: NOT_FOUND });
    }
  });
});

describe("routes that are always empty", () => {
  useOneWorld();

  test.each([
    ["/v1/orgs/me/statistics/shared_assets_traffic", { assets: [] }],
    [
      "/v1/orgs/me/statistics/all_credits",
      {
        ai_credits_limit: 0,
        ai_credits_used: 0,
        usage: [],
        top_spaces: {},
        cumulative_usage: { total_usage_per_time_period: 0, usage: [] },
      },
    ],
    [
      "/v1/spaces/606/statistics/all_credits",
      { ai_credits_limit: 0, ai_credits_used: 0, total_usage_per_time_period: 0, usage: [] },
    ],
    ["/v1/spaces/606/shared_asset_folders", { shared_asset_folders: [] }],
    ["/v1/orgs/me/shared_asset_folders", { shared_asset_folders: [] }],
  ])("200 without paging headers: %s", async (url, body) => {
    const answer = await world.get(url);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body });
    expect(answer.headers).not.toHaveProperty("total");
    expect(answer.headers).not.toHaveProperty("per-page");
  });

  test.each([
    ["/v1/spaces/606/traffic_boosts", { traffic_boosts: [] }],
    ["/v1/spaces/606/shared_assets", { assets: [] }],
    ["/v1/orgs/me/shared_assets", { assets: [] }],
    ["/v1/spaces/606/shared_internal_tags", { internal_tags: [] }],
    ["/v1/orgs/me/shared_internal_tags", { internal_tags: [] }],
  ])("200 with paging headers: %s", async (url, body) => {
    expect(await world.get(url)).toMatchObject({ status: 200, body, headers: { total: "0", "per-page": "25" } });
  });

  test("404 for a space of somebody else and for a single shared thing, 403 for members", async () => {
    await world.createToken("member", { organization: 1, role: "member" });
    for (const url of [
      "/v1/spaces/707/traffic_boosts",
      "/v1/spaces/606/shared_assets/1",
      "/v1/orgs/me/shared_assets/1",
    ]) {
      expect(await world.get(url)).toMatchObject({ status: 404, body: NOT_FOUND });
    }
    const credits = await world.get("/v1/orgs/me/statistics/all_credits", { token: "member" });
    expect(credits).toMatchObject({ status: 403, body: FORBIDDEN });
  });
});

describe("routes that are not offered", () => {
  useOneWorld();

  test.each([
    ["POST", "/v1/spaces/606/assets/copy_from_url"],
    ["POST", "/v1/spaces/606/assets/1/convert"],
    ["POST", "/v1/spaces/606/assets/1/generate_image_alt_text"],
    ["POST", "/v1/spaces/606/assets/generate_alt_text_for_new_image"],
    ["POST", "/v1/spaces"],
    ["PUT", "/v1/spaces/606"],
    ["DELETE", "/v1/spaces/606"],
    ["PUT", "/v1/users/me"],
    ["POST", "/v1/users"],
    ["DELETE", "/v1/users/7"],
    ["PUT", "/v1/orgs/me"],
    ["POST", "/v1/orgs"],
    ["DELETE", "/v1/orgs/1"],
    ["POST", "/v1/spaces/606/shared_assets"],
    ["DELETE", "/v1/orgs/me/shared_internal_tags/1"],
  ] as const)("501: %s %s", async (method, url) => {
    const error = "Not supported by this server";
    expect(await world.ask(method, url, { body: {} })).toMatchObject({ status: 501, body: { error } });
  });

  test("404 for a space of somebody else, 403 without the right to write", async () => {
    await world.createToken("member", { organization: 1, role: "member" });
    expect((await world.ask("DELETE", "/v1/spaces/707")).status).toBe(404);
    expect((await world.ask("DELETE", "/v1/spaces/606", { token: "member" })).status).toBe(403);
    expect((await world.get("/v1/spaces/606")).status).toBe(200);
  });
});
