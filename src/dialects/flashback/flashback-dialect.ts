/**
 * Flashback's storage statistics: a program that uses its public client reads its figures here after a change of base
 * URL. Implemented: totals, series, V2 with its breakdowns, buckets, logins. Anything else of its paths answers 404.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import { parseBearerToken } from "../bearer-token.ts";
import type { Dialect } from "../dialect.ts";
import { buildBucketChangeRoutes } from "./buckets/change-routes.ts";
import { buildBucketListRoute } from "./buckets/list-route.ts";
import { toErrorAnswer } from "./error-answer.ts";
import type { FlashbackDeps } from "./flashback-deps.ts";
import { buildSeriesRoutes } from "./series/routes.ts";
import { buildBreakdownRoutes } from "./storage/breakdown-routes.ts";
import { buildStorageRoute } from "./storage/summary-route.ts";
import { buildBucketTotalsRoutes } from "./totals/bucket-routes.ts";
import { buildRepoTotalsRoute } from "./totals/repo-route.ts";
import { buildUserRoutes } from "./user/routes.ts";

/** Every first segment of Flashback's API, so that its clients can read also the refusal of what is not implemented. */
const PATH_PREFIXES = [
  "/bucket",
  "/unit",
  "/repo",
  "/stats",
  "/user",
  "/v2/stats",
  "/aistats",
  "/ai",
  "/credits",
] as const;

/** Builds Flashback's dialect. */
export function buildFlashbackDialect(deps: FlashbackDeps): Dialect {
  return {
    name: "Flashback",
    pathPrefixes: PATH_PREFIXES,
    mountedUnder: "/flashback",
    // Lists, words that count as not sent and the texts of errors are the vendor's own, which a schema does not know.
    validatesBySchema: false,
    refusesFirst: "parameters",
    routes: [
      ...buildBucketTotalsRoutes(deps),
      buildRepoTotalsRoute(deps),
      ...buildSeriesRoutes(deps),
      buildStorageRoute(deps),
      ...buildBreakdownRoutes(deps),
      buildBucketListRoute(deps),
      ...buildBucketChangeRoutes(deps),
      ...buildUserRoutes(deps),
    ],
    readCredential: ({ headers }) => parseBearerToken(headers.authorization),
    toErrorAnswer,
  };
}
