/**
 * The headers that tell Storyblok's packages how fast they may ask.
 */
import type { Route } from "../../model/route.ts";

/** Requests per second that clients are told when no limit is set. */
const UNLIMITED_REQUESTS = 50;

/**
 * Without these two headers storyblok-js-client 7 throttles itself to 3 GETs a second (8 GETs take 2.0 s instead of
 * 15 ms) and management-api-client 0.7 to 6.
 */
const RATE_LIMIT_HEADERS: Readonly<Record<string, string>> = {
  "x-ratelimit": `"requests";r=${UNLIMITED_REQUESTS}`,
  "x-ratelimit-policy": `"requests";q=${UNLIMITED_REQUESTS}`,
};

/** The same route; when it is a GET, its answers carry the headers. */
export function withRateLimitHeaders(route: Route): Route {
  if (route.method !== "GET") return route;
  return {
    ...route,
    async answer(parameters, request) {
      const answer = await route.answer(parameters, request);
      return { ...answer, headers: { ...RATE_LIMIT_HEADERS, ...answer.headers } };
    },
  };
}
