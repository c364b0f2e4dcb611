import { describe, expect, test } from "vitest";
import type { Route } from "../../model/route.ts";
import { buildRouteRequest } from "./fixtures/route-request.ts";
import { withRateLimitHeaders } from "./rate-limit-headers.ts";

const buildRoute = (method: Route["method"]): Route => ({
  method,
  path: "/v1/x",
  scope: "any-token",
  summary: "Answers with a header of its own",
  responses: {},
  readParameters: () => null,
  answer: async () => ({ status: 200, headers: { total: "1" } }),
});

const headersOf = async (method: Route["method"], requestsPerSecondMax: number, requestsLeft?: number) => {
  const [route] = withRateLimitHeaders([buildRoute(method)], requestsPerSecondMax);
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

  test("only GETs carry them", async () => {
    expect(await headersOf("POST", 0)).toEqual({ total: "1" });
  });
});
