import { afterEach, describe, expect, test } from "vitest";
import type { Route } from "../../model/route.ts";
import { openWholeServer } from "../whole-server.contract.ts";
import { buildRouteRequest } from "./fixtures/route-request.contract.ts";
import { withRateLimitHeaders } from "./rate-limit-headers.ts";

const buildRoute = (method: Route["method"], path: string): Route => ({
  method,
  path,
  scope: "any-token",
  summary: "Answers with a header of its own",
  responses: {},
  readParameters: () => null,
  answer: async () => ({ status: 200, headers: { total: "1" } }),
});

const headersOf = async (
  method: Route["method"],
  requestsPerSecondMax: number,
  requestsLeft?: number,
  path = "/v1/x",
) => {
  const [route] = withRateLimitHeaders([buildRoute(method, path)], requestsPerSecondMax);
  const left = requestsLeft === undefined ? {} : { requestsLeft };
  return (await route!.answer(null, { ...buildRouteRequest("/v1/x"), ...left })).headers;
};

describe("withRateLimitHeaders", () => {
  test("without a bound clients are told 50 requests a second, beside the route's own headers", async () => {
    expect(await headersOf("GET", 0)).toEqual({
      total: "1",
      "x-ratelimit": '"requests";r=50',
      "x-ratelimit-policy": '"requests";q=50',
    });
  });

  test("a bound is told as it is, and what is left of it", async () => {
    const told = (left: number) => ({ "x-ratelimit": `"requests";r=${left}`, "x-ratelimit-policy": '"requests";q=7' });
    expect(await headersOf("GET", 7, 3)).toMatchObject(told(3));
    expect(await headersOf("GET", 7, 0)).toMatchObject(told(0));
  });

  test("only GETs of the management and the content API carry them, not files", async () => {
    expect(await headersOf("POST", 0)).toEqual({ total: "1" });
    expect(await headersOf("GET", 0, 3, "/v2/cdn/x")).toMatchObject({ "x-ratelimit": '"requests";r=3' });
    expect(await headersOf("GET", 0, 3, "/f/*")).toEqual({ total: "1" });
  });
});

describe("an asset that is asked for with a token in the query", () => {
  test("carries them like every other GET of the API", async () => {
    const server = await openWholeServer(Date.parse("2026-11-20T12:00:00Z"));
    try {
      await server.catalog.createOrganization({ id: 1, name: "Org" });
      await server.catalog.createSpace({ organization: 1, id: 606, name: "Space" });
      await server.createToken("reader", { organization: 1, scopes: ["assets:read"] });
      const path = "/f/606/x/0123456789/a.txt";
      const upload = await server.catalog.createUpload({
        organization: 1,
        space: 606,
        path,
        replaces: null,
        fields: {},
      });
      await server.catalog.completeUpload(upload.id, { key: "k", bytes: 1, sha256: "s" });
      const answer = await server.app.inject({ url: `/v2/cdn/assets/me?token=reader&filename=${path}` });
      expect(answer).toMatchObject({
        statusCode: 200,
        headers: { "x-ratelimit": '"requests";r=50', "x-ratelimit-policy": '"requests";q=50' },
      });
    } finally {
      await server.close();
    }
  });
});

describe("what is refused", () => {
  let server: Awaited<ReturnType<typeof openWholeServer>>;
  afterEach(() => server.close());

  /** Status and both headers of a request of a server with this bound; every request is of the same moment. */
  async function open(requestsPerSecondMax: number) {
    server = await openWholeServer(Date.parse("2026-11-20T12:00:00Z"), { requestsPerSecondMax });
    await server.catalog.createOrganization({ id: 1, name: "Org" });
    await server.catalog.createSpace({ organization: 1, id: 606, name: "Space" });
    await server.createToken("admin", { organization: 1 });
    return async (url: string, method: "GET" | "POST" = "GET", authorization = "admin") => {
      const { statusCode, headers } = await server.app.inject({ method, url, headers: { authorization } });
      return [statusCode, headers["x-ratelimit"], headers["x-ratelimit-policy"]];
    };
  }

  test("carries them where it is a GET of the API, whatever it is refused for", async () => {
    const ask = await open(0);
    const told = ['"requests";r=50', '"requests";q=50'];
    expect(await ask("/v1/spaces/606/assets/5")).toEqual([404, ...told]);
    expect(await ask("/v1/spaces/606/assets?created_at_gte=x")).toEqual([422, ...told]);
    expect(await ask("/v1/users/me", "GET", "wrong")).toEqual([401, ...told]);
    expect(await ask("/v1/nowhere")).toEqual([404, ...told]);
    expect(await ask("/v1/spaces/606/assets", "POST")).toEqual([422, undefined, undefined]);
    expect(await ask("/f/606/x/0123456789/a.txt")).toEqual([404, undefined, undefined]);
  });

  test("says what is left of a bound, and over it that nothing is", async () => {
    const ask = await open(2);
    const url = "/v1/spaces/606/assets/5";
    // The first request of a server takes longest. It is nobody's, so that those that count come within one second.
    expect(await ask(url, "GET", "wrong")).toEqual([401, '"requests";r=2', '"requests";q=2']);
    expect((await Promise.all([ask(url), ask(url), ask(url)])).sort()).toEqual([
      [404, '"requests";r=0', '"requests";q=2'],
      [404, '"requests";r=1', '"requests";q=2'],
      [429, '"requests";r=0', '"requests";q=2'],
    ]);
  });
});
