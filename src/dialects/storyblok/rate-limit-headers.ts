/**
 * The headers that tell Storyblok's packages how fast they may ask.
 */
import type { Route, RouteAnswer } from "../../model/route.ts";
import type { FailedRequest } from "../dialect.ts";

/** Requests per second that clients are told when there is no bound. */
const UNBOUNDED_REQUESTS = 50;

/** Paths of the management and of the content API. Files and their upload form are none: clients do not pace those. */
const API_PATH = /^\/v[12](\/|$)/;

/**
 * The same routes; answers of GETs of the API carry the bound on requests per second (0 for none) and what is left of it. Without
 * these headers storyblok-js-client 7 throttles itself to 3 GETs a second (8 GETs take 2.0 s instead of 15 ms) and
 * management-api-client 0.7 to 6.
 */
export function withRateLimitHeaders(routes: readonly Route[], requestsPerSecondMax: number): readonly Route[] {
  return routes.map((route) =>
    carriesHeaders(route.method, route.path) ? withHeaders(route, requestsPerSecondMax) : route,
  );
}

function carriesHeaders(method: string, path: string): boolean {
  return method === "GET" && API_PATH.test(path);
}

function withHeaders(route: Route, requestsPerSecondMax: number): Route {
  return {
    ...route,
    answer: async (parameters, request) =>
      addHeaders(await route.answer(parameters, request), requestsPerSecondMax, request.requestsLeft),
  };
}

/** The answer to a request that failed: the refusal of a GET of the management or content API carries them, too. */
export function addRateLimitHeaders(
  answer: RouteAnswer,
  { method, path, requestsLeft }: FailedRequest,
  requestsPerSecondMax: number,
): RouteAnswer {
  if (!carriesHeaders(method, path)) return answer;
  return addHeaders(answer, requestsPerSecondMax, answer.status === 429 ? 0 : requestsLeft);
}

/** A request that was refused before it was counted, such as one without a token, leaves all of the bound. */
function addHeaders(answer: RouteAnswer, requestsPerSecondMax: number, requestsLeft: number | undefined): RouteAnswer {
  const requests = requestsPerSecondMax === 0 ? UNBOUNDED_REQUESTS : requestsPerSecondMax;
  const headers = {
    "x-ratelimit": `"requests";r=${requestsLeft ?? requests}`,
    "x-ratelimit-policy": `"requests";q=${requests}`,
  };
  return { ...answer, headers: { ...headers, ...answer.headers } };
}
