/**
 * FileSpin's usage statistics: a program written for FileSpin reads its figures here after a change of base URL.
 * Implemented: login, the check of JWTs, time series, snapshots, the list of users. Assets and uploads answer 404.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20
 */
import { parseBearerToken } from "../bearer-token.ts";
import type { Dialect, DialectDeps } from "../dialect.ts";
import { buildCdnSnapshotRoute } from "./cdn-snapshot/route.ts";
import { toErrorAnswer } from "./error-answer.ts";
import { buildLoginRoute } from "./login/login-route.ts";
import { buildValidateRoutes } from "./login/validate-routes.ts";
import { buildSnapshotRoutes } from "./snapshot/routes.ts";
import { buildTimeSeriesRoutes } from "./time-series/routes.ts";
import { buildUserListRoute } from "./users/list-route.ts";

type Deps = Pick<DialectDeps, "runQuery" | "catalog" | "sessions" | "clock" | "limits" | "cdnHost">;

/**
 * Builds FileSpin's dialect. Figures ask the catalogue for the name of the CDN's host and nothing else: users and
 * operations are what events say.
 */
export function buildFilespinDialect(deps: Deps): Dialect {
  return {
    name: "FileSpin",
    pathPrefixes: ["/api/v1"],
    mountedUnder: "/filespin",
    // Parameters have their own order of checks and texts, which a schema's messages are not.
    validatesBySchema: false,
    refusesFirst: "parameters",
    routes: [
      buildLoginRoute(deps),
      ...buildValidateRoutes(deps),
      ...buildTimeSeriesRoutes(deps),
      ...buildSnapshotRoutes(deps),
      buildCdnSnapshotRoute(deps),
      buildUserListRoute(deps),
    ],
    credentialForms: {
      bearer: { type: "http", scheme: "bearer" },
      apiKey: { type: "apiKey", in: "header", name: "X-FileSpin-Api-Key" },
    },
    readCredential: ({ headers }) => readCredential(headers),
    toErrorAnswer,
  };
}

/**
 * An Authorization header alone decides, also a useless one: whoever sends two credentials must not be let in by the
 * one that a proxy in between might not have looked at.
 */
function readCredential(headers: Readonly<Record<string, string | undefined>>): string | null {
  if (headers.authorization !== undefined) return parseBearerToken(headers.authorization);
  return headers["x-filespin-api-key"]?.trim() || null;
}
