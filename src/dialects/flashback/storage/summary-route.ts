/**
 * GET /v2/stats/storage: figures over time, of an organization, a workspace, a repo or one bucket.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import type { FlashbackDeps } from "../flashback-deps.ts";
import { toPrincipal } from "../principal.ts";
import { ScopedQueryFields, STORAGE_RESPONSES } from "./answer-schemas.ts";
import { readStorageRequest, type StorageRequest } from "./parameters.ts";
import { readFigures } from "./read-figures.ts";
import { readScope } from "./scope.ts";
import { summarize } from "./summary.ts";
import { toSeries, toTransferredBytes } from "./translation.ts";

/** The route. */
export function buildStorageRoute(deps: FlashbackDeps): Route<StorageRequest> {
  return {
    method: "GET",
    path: "/v2/stats/storage",
    scope: "stats:read",
    summary: "Storage figures over time, with their spread",
    query: Type.Object(ScopedQueryFields),
    responses: STORAGE_RESPONSES,
    readParameters: ({ query }) => readStorageRequest(query, deps.clock.now()),
    answer: async (asked, request) => {
      const principal = toPrincipal(request);
      const { buckets } = await readScope(deps.catalog, principal, { ...asked, needs: [] });
      const scan = { organization: principal.organization, window: asked.window, byBucket: false, bySteps: true };
      const filter = { bucket: buckets.map(({ id }) => id) };
      const listsMost = asked.scope === "org" && asked.bucketId === undefined && principal.spaces === null;
      const figures = await readFigures(deps, { ...scan, filter, listsMost });
      const series = toSeries(figures, asked.window, [undefined]);
      const meta = { ...toMeta(asked), window: asked.window.name, timeBucketSize: asked.window.step.name };
      const summary = summarize(series.map(toTransferredBytes));
      return { status: 200, body: { success: true, meta, summary, series } };
    },
  };
}

/** What every answer of V2 says of the question. Fields that were not asked for are left out, never null. */
export function toMeta({ scope, scopeId, bucketId, window }: StorageRequest) {
  return {
    start: window.startS,
    end: window.endS,
    scope,
    ...(scope === "org" ? {} : { scopeId }),
    ...(bucketId === undefined ? {} : { resourceFilter: { type: "bucket", id: bucketId } }),
  };
}
