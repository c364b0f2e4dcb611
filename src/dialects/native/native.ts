/**
 * The native dialect: this server's own API, under /usage/v1. It also words the failures of every path that belongs to
 * no vendor.
 */
import type { Route } from "../../model/route.ts";
import { parseBearerToken, parseTokenWithOrWithoutBearer } from "../bearer-token.ts";
import type { Dialect, DialectDeps } from "../dialect.ts";
import { buildCorrectionsRoute, buildCorrectRoute, buildRevertRoute } from "./corrections.ts";
import { buildCoverageRoute } from "./coverage.ts";
import { buildEventsRoute } from "./events.ts";
import { buildLogsRoute } from "./logs.ts";
import { buildMinioRoute, MINIO_PATH } from "./minio.ts";
import { buildBackupRoute, buildExportRoute, buildRebuildRoute, buildStoreReportRoute } from "./operations.ts";
import { PROBLEM_FORM, toProblem } from "./problem.ts";
import { buildNativeQueryRoute } from "./query.ts";
import { buildReceiptsRoute } from "./receipts.ts";
import { buildReplayRoute } from "./replay.ts";
import { buildChangeSourceRoute, buildCreateSourceRoute, buildReadSourceRoute } from "./source-settings.ts";
import { buildRejectedRoute, buildSourcesRoute } from "./sources.ts";

/** The same route, not counted as an API request: whoever sends usage in, or looks at it, would change what it says. */
const withoutCount = (route: Route): Route => ({ ...route, countsAsApi: false });

/** Builds the dialect. */
export function buildNativeDialect(deps: DialectDeps): Dialect {
  return {
    name: "usage",
    pathPrefixes: ["/usage/v1", "/"],
    mountedUnder: null,
    validatesBySchema: true,
    refusesFirst: "scope",
    routes: (
      [
        buildEventsRoute(deps),
        buildLogsRoute(deps),
        buildMinioRoute(deps),
        buildCreateSourceRoute(deps),
        buildReadSourceRoute(deps),
        buildChangeSourceRoute(deps),
        buildNativeQueryRoute(deps),
        buildSourcesRoute(deps),
        buildCoverageRoute(deps),
        buildRejectedRoute(deps),
        buildReplayRoute(deps),
        buildReceiptsRoute(deps),
        buildCorrectRoute(deps),
        buildCorrectionsRoute(deps),
        buildRevertRoute(deps),
        buildRebuildRoute(deps),
        buildBackupRoute(deps),
        buildStoreReportRoute(deps),
        buildExportRoute(deps),
      ] as readonly Route[]
    ).map(withoutCount),
    // MinIO sends the webhook's `auth_token` as it is configured, and some say it with the scheme.
    readCredential: ({ path, headers }) =>
      (path === MINIO_PATH ? parseTokenWithOrWithoutBearer : parseBearerToken)(headers.authorization),
    errorForm: PROBLEM_FORM,
    toErrorAnswer: toProblem,
  };
}
