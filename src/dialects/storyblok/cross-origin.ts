/**
 * What pages of other origins may use: files, their upload form, and content routes. The management API is not among
 * them: its tokens do not belong in a browser.
 */
import type { Route, RouteAnswer } from "../../model/route.ts";

const PREFIXES = ["/f/", "/s3/", "/v2/cdn/"];

const ANY_ORIGIN = { "access-control-allow-origin": "*" };

/** How long a browser may remember what is allowed, in seconds: the longest that one of them takes. */
const REMEMBERED_S = 86_400;

/** The answer, readable by pages of other origins where the path is for them. */
export function withCrossOrigin(path: string, answer: RouteAnswer): RouteAnswer {
  if (!PREFIXES.some((prefix) => path.startsWith(prefix))) return answer;
  return { ...answer, headers: { ...ANY_ORIGIN, ...answer.headers } };
}

/** The same routes, each readable by pages of other origins, and a route that tells a browser so before it asks. */
export function allowCrossOrigin(routes: readonly Route[]): readonly Route[] {
  return routes.flatMap((route) => [
    {
      ...route,
      answer: async (parameters, request) => withCrossOrigin(request.path, await route.answer(parameters, request)),
    },
    buildPreflightRoute(route),
  ]);
}

function buildPreflightRoute({ path, method }: Route): Route {
  return {
    method: "OPTIONS",
    path,
    scope: "none",
    countsAsApi: false,
    summary: "What pages of other origins may do",
    responses: { 204: { description: "In the headers." } },
    readParameters: () => null,
    answer: async (_, { headers }) => ({
      status: 204,
      headers: {
        ...ANY_ORIGIN,
        "access-control-allow-methods": method === "GET" ? "GET, HEAD, OPTIONS" : `${method}, OPTIONS`,
        "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
        "access-control-max-age": String(REMEMBERED_S),
      },
    }),
  };
}
