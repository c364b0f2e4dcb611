/**
 * GET /v2/stats/storage/breakdown/{buckets,repos,workspaces}: figures of each, page by page, with a series if asked.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import type { FlashbackDeps } from "../flashback-deps.ts";
import { toPrincipal } from "../principal.ts";
import { readOfBuckets } from "../visible-buckets.ts";
import { BREAKDOWN_RESPONSES, ScopedQueryFields } from "./answer-schemas.ts";
import { BREAKDOWNS, type Breakdown, type Entity, toEntities } from "./entities.ts";
import { type BreakdownRequest, readBreakdownRequest } from "./parameters.ts";
import { readFigures } from "./read-figures.ts";
import { readSeries } from "./read-series.ts";
import { readScope } from "./scope.ts";
import { toMeta } from "./summary-route.ts";
import { addUpSteps, toSeries, toTransferredBytes } from "./translation.ts";

/** All three routes. */
export function buildBreakdownRoutes(deps: FlashbackDeps): readonly Route[] {
  return BREAKDOWNS.map((breakdown) => buildBreakdownRoute(breakdown, deps));
}

function buildBreakdownRoute(breakdown: Breakdown, deps: FlashbackDeps): Route<BreakdownRequest> {
  return {
    method: "GET",
    path: `/v2/stats/storage/breakdown/${breakdown}`,
    scope: "stats:read",
    summary: `Storage figures of each of the ${breakdown}`,
    query: Type.Object({
      ...ScopedQueryFields,
      includeSeries: Type.Optional(Type.String({ description: "`true` adds every step; `false` is the default." })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
      offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
    }),
    responses: BREAKDOWN_RESPONSES,
    readParameters: ({ query }) => readBreakdownRequest(query, deps.clock.now()),
    answer: async (asked, request) => {
      const principal = toPrincipal(request);
      const things = await readScope(deps.catalog, principal, { ...asked, needs: [breakdown] });
      const wanted = { buckets: things.buckets, isAll: asked.scope === "org" && asked.bucketId === undefined };
      const scan = { organization: principal.organization, window: asked.window, byBucket: true };
      const read = (bySteps: boolean) =>
        readOfBuckets(principal, wanted, (filter) => readFigures(deps, { ...scan, bySteps, filter }));
      // The steps of one bucket add up to its totals: nothing is read twice.
      const steps = asked.includesSeries && asked.bucketId !== undefined ? await read(true) : null;
      const figures = steps === null ? await read(false) : addUpSteps(steps);
      const entities = toEntities(breakdown, things, figures);
      const page = entities.slice(asked.offset, asked.offset + asked.limit);
      const asksTwice = asked.includesSeries && steps === null;
      const series = asksTwice
        ? await readSeries(deps, { organization: principal.organization, window: asked.window }, page)
        : null;
      const toPoints = ({ id, bucketIds: own }: Entity) =>
        steps === null ? series?.get(id) : toSeries(steps, asked.window, own);
      const meta = {
        ...toMeta(asked),
        breakdownBy: breakdown,
        includesSeries: asked.includesSeries,
        ...(asked.includesSeries ? { timeBucketSize: asked.window.step.name } : {}),
        limit: asked.limit,
        offset: asked.offset,
        totalEntities: entities.length,
      };
      const total = entities.reduce((sum, { totals }) => sum + toTransferredBytes(totals), 0n);
      const shown = page.map((entity) => ({
        entityId: entity.id,
        entityName: entity.name,
        totals: entity.totals,
        ...(asked.includesSeries ? { series: toPoints(entity) } : {}),
      }));
      return { status: 200, body: { success: true, meta, summary: { total }, entities: shown } };
    },
  };
}
