/**
 * GET /v1/orgs/me/statistics/assets_traffic: every asset of an organization that was delivered, with the bytes sent.
 * @see https://www.storyblok.com/docs/api/management/statistics/retrieve-assets-traffic-statistics "Retrieve Assets Traffic Statistics", read 2026-11-20
 */
import type { Asset } from "../../../model/asset.ts";
import type { Route, RouteRequest } from "../../../model/route.ts";
import type { TimeRange, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import type { DialectDeps } from "../../dialect.ts";
import { toOrganizationReader } from "../access.ts";
import type { AssetView } from "../asset-object.ts";
import { readDayRange } from "../dates.ts";
import { AssetsTrafficSchema, toAssetTrafficRows } from "./asset-traffic-rows.ts";
import { withColonForm } from "./colon-form.ts";
import { STATISTICS_ROWS_MAX } from "./result-rows.ts";
import { DayRangeSchema } from "./traffic-parameters.ts";

/** What is asked: whose deliveries, of which days. */
export type AssetsTrafficParameters = { readonly organization: number; readonly range: TimeRange };

type Deps = Pick<DialectDeps, "catalog" | "clock" | "runQuery">;

/** The route, under both of its paths. */
export function buildOrganizationAssetsTrafficRoutes(deps: Deps): readonly Route<AssetsTrafficParameters>[] {
  return withColonForm<AssetsTrafficParameters>({
    method: "GET",
    path: "/v1/orgs/me/statistics/assets_traffic",
    scope: "stats:read",
    summary: "Retrieve assets traffic statistics of the organization",
    description: "For admins and managers whose token is not limited to spaces. Days are UTC days, both included.",
    query: DayRangeSchema,
    responses: {
      200: { description: "Every asset that was delivered, most bytes first.", schema: AssetsTrafficSchema },
      400: { description: "A date or the range cannot be read." },
    },
    readParameters: (request) => toParameters(request, deps.clock.now()),
    async answer(parameters, request) {
      const result = await deps.runQuery(toUsageQuery(parameters));
      const assets = await deps.catalog.readAssets(parameters.organization, toAssetIds(result));
      return {
        status: 200,
        body: fromUsageResult(result, assets, { baseUrl: request.baseUrl, nowMs: deps.clock.now() }),
      };
    },
  });
}

/** Reads who asks and the query string. `nowMs` decides what the default range is. */
export function toParameters(request: RouteRequest, nowMs: number): AssetsTrafficParameters {
  const { organization } = toOrganizationReader(request);
  return { organization, range: readDayRange(request.query, nowMs) };
}

/** Bytes delivered per asset over the whole range. An asset with revalidations (304) only has a row of 0 bytes. */
export function toUsageQuery(parameters: AssetsTrafficParameters): UsageQuery {
  return {
    organization: parameters.organization,
    metrics: ["bytes_out"],
    range: parameters.range,
    filter: { kind: ["delivery"] },
    groupBy: ["asset"],
    window: "none",
    timeZone: "UTC",
    order: { by: "group" },
    empty: "omit",
    rowsMax: STATISTICS_ROWS_MAX,
  };
}

/** The assets that a result names; deliveries of no asset are left out. */
export function toAssetIds(result: UsageResult): readonly number[] {
  return result.rows.map((row) => row.group.asset).filter((asset) => typeof asset === "number");
}

/** The answer: every asset that was delivered. */
export function fromUsageResult(result: UsageResult, assets: readonly Asset[], view: AssetView) {
  return { assets: toAssetTrafficRows(result, assets, view) };
}
