/**
 * GET /stats/daily: bytes up, bytes down and change of size per day and bucket.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { buildDecimalSchema, buildResponses } from "../answer-schemas.ts";
import type { FlashbackDeps } from "../flashback-deps.ts";
import { toPrincipal } from "../principal.ts";
import { listVisibleBuckets, listVisibleRepos } from "../visible-buckets.ts";
import { type DailyStatsRequest, readDailyStatsRequest } from "./parameters.ts";
import { toSelectedBuckets } from "./selection.ts";
import { type DailyResults, type DailyScope, fromUsageResult, toUsageQuery } from "./translation.ts";

const QuerySchema = Type.Object({
  startDate: Type.Optional(Type.String({ description: "ISO 8601; 29 days before the day of endDate when left out." })),
  endDate: Type.Optional(Type.String({ description: "ISO 8601, included; now when left out." })),
  repoId: Type.Optional(Type.String({ description: "Ids separated by commas. Widens bucketId." })),
  bucketId: Type.Optional(Type.String({ description: "Ids separated by commas. Left out with repoId: all." })),
  unitId: Type.Optional(Type.String({ description: "The old name of bucketId; both are joined." })),
  hosts: Type.Optional(Type.String({ description: "Host names separated by commas. Narrows the rest." })),
});

const RowSchema = Type.Object({
  timestamp: Type.Integer({ description: "Start of the day (UTC), UNIX seconds." }),
  repoId: Type.String({ description: "Empty for a bucket without a repo." }),
  bucketId: Type.String(),
  unitId: Type.String({ description: "The same as bucketId." }),
  upl_bytes: buildDecimalSchema("Bytes uploaded."),
  dwl_bytes: buildDecimalSchema("Bytes downloaded."),
  size_change: buildDecimalSchema("Bytes that the bucket grew by; may be negative."),
  latency_ms: Type.Literal(0),
  host: Type.String({ description: "Host name of the bucket's endpoint, or empty." }),
});

/** The route. */
export function buildDailyStatsRoute(deps: FlashbackDeps): Route<DailyStatsRequest> {
  return {
    method: "GET",
    path: "/stats/daily",
    scope: "stats:read",
    summary: "Usage per day and bucket",
    description: "Days without a record have no row. A range spans at most 366 days.",
    query: QuerySchema,
    responses: buildResponses(
      Type.Object({ success: Type.Literal(true), data: Type.Array(RowSchema) }),
      "The days, ascending; inside a day by the creation of the bucket.",
    ),
    readParameters: ({ query }) => readDailyStatsRequest(query, deps.clock.now()),
    answer: async (parameters, request) => {
      const principal = toPrincipal(request);
      const visible = await listVisibleBuckets(deps.catalog, principal);
      const repos = parameters.repos === undefined ? [] : await listVisibleRepos(deps.catalog, principal);
      const buckets = toSelectedBuckets(parameters, visible, repos);
      const bucketIds = buckets.map((bucket) => bucket.id);
      const scope = { organization: principal.organization, bucketIds, range: parameters.range };
      const data = bucketIds.length === 0 ? [] : fromUsageResult(await readDays(deps, scope), buckets);
      return { status: 200, body: { success: true, data } };
    },
  };
}

async function readDays({ runQuery }: FlashbackDeps, scope: DailyScope): Promise<DailyResults> {
  const queries = toUsageQuery(scope);
  const [flows, levels, opening] = await Promise.all([
    runQuery(queries.flows),
    runQuery(queries.levels),
    queries.opening === null ? null : runQuery(queries.opening),
  ]);
  return { flows, levels, opening };
}
