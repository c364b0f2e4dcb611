/**
 * The Storyblok dialect: the routes of its management API, as `storyblok-js-client` and
 * `@storyblok/management-api-client` ask for them. management-routes.ts lists them; errors.ts words what goes wrong.
 * @see https://www.storyblok.com/docs/api/management "Management API", read 2026-11-20
 */
import type { Route } from "../../model/route.ts";
import { parseTokenWithOrWithoutBearer } from "../bearer-token.ts";
import type { Dialect } from "../dialect.ts";
import { withCrossOrigin } from "./cross-origin.ts";
import { toErrorAnswer } from "./errors.ts";
import { buildFileRoutes } from "./file-routes.ts";
import { buildManagementRoutes } from "./management-routes.ts";
import { addRateLimitHeaders, withRateLimitHeaders } from "./rate-limit-headers.ts";
import { withinCountedTime } from "./statistics/counted-time.ts";
import type { StoryblokDeps } from "./storyblok-deps.ts";
import { readLast } from "./values.ts";

/** Builds the dialect. */
export function buildStoryblokDialect(parts: StoryblokDeps): Dialect {
  const deps: StoryblokDeps = { ...parts, runQuery: withinCountedTime(parts.runQuery) };
  const { requestsPerSecondMax } = deps.limits;
  const { management, open } = buildFileRoutes(deps);
  const routes: readonly Route[] = [...buildManagementRoutes(deps), ...management, ...open];
  return {
    name: "Storyblok",
    pathPrefixes: ["/v1", "/v2", "/f", "/s3"],
    mountedUnder: null,
    // Values come in many spellings (`1`, `"1"`, `true`), and each refusal has the vendor's own text.
    validatesBySchema: false,
    refusesFirst: "scope",
    routes: withRateLimitHeaders(routes, requestsPerSecondMax),
    credentialForms: {
      token: {
        type: "apiKey",
        in: "header",
        name: "Authorization",
        description: "A token as it is, or with `Bearer ` before it.",
      },
    },
    // Personal access tokens come without a scheme word, OAuth tokens as `Bearer`; js-client sends either exactly as its user
    // typed it, so that both forms are taken for every token.
    readCredential: ({ path, query, headers }) =>
      parseTokenWithOrWithoutBearer(headers.authorization) ?? readContentToken(path, query),
    toErrorAnswer: (error, failed) =>
      withCrossOrigin(failed.path, addRateLimitHeaders(toErrorAnswer(error), failed, requestsPerSecondMax)),
  };
}

/** The token in the query of a content route. The management API reads none there: it would end up in foreign logs. */
function readContentToken(path: string, query: URLSearchParams): string | null {
  const token = path.startsWith("/v2/") ? readLast(query, "token") : null;
  return token === "" ? null : token;
}
