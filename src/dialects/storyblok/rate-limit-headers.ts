/**
 * The headers that tell Storyblok's packages how fast they may ask.
 */
import type { Route } from "../../model/route.ts";

/** Requests per second that clients are told when there is no bound. */
const UNBOUNDED_REQUESTS = 50;

/**
 * The same routes; answers of GETs carry the bound on requests per second (0 for none) and what is left of it. Without
 * these headers storyblok-js-client 7 throttles itself to 3 GETs a second (8 GETs take 2.0 s instead of 15 ms) and
 * management-api-client 0.7 to 6.
 */
export function withRateLimitHeaders(routes: readonly Route[], requestsPerSecondMax: number): readonly Route[] {
  const requests = requestsPerSecondMax === 0 ? UNBOUNDED_REQUESTS : requestsPerSecondMax;
  return routes.map((route) => (route.method === "GET" ? withHeaders(route, requests) : route));
}

function withHeaders(route: Route, requests: number): Route {
  return {
    ...route,
    async answer(parameters, request) {
      const answer = await route.answer(parameters, request);
      const headers = {
        "x-ratelimit": `"requests";r=${request.requestsLeft ?? requests}`,
        "x-ratelimit-policy": `"requests";q=${requests}`,
      };
      return { ...answer, headers: { ...headers, ...answer.headers } };
    },
  };
}
