/**
 * GET /v1/spaces/:space_id/statistics/assets_traffic: the twenty assets of a space with the most bytes delivered.
 */
import type { Asset } from "../../../model/asset.ts";
import type { Route } from "../../../model/route.ts";
import type { TimeRange, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import { buildTooManyRows } from "../../../query/fill-windows.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toSpaceParameters } from "../access.ts";
import { readDayRange } from "../dates.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { AssetsTrafficSchema, toAssetTrafficRows } from "./asset-traffic-rows.ts";
import { withColonForm } from "./colon-form.ts";
import { DayRangeSchema } from "./traffic-parameters.ts";

type Parameters = SpaceParameters & { readonly range: TimeRange };
type Found = { readonly result: UsageResult; readonly assets: readonly Asset[] };

/** Assets of an answer, at most; the vendor's bound. */
const ASSETS_MAX = 20;

/** The route, under both of its paths. */
export function buildSpaceAssetsTrafficRoutes(deps: StoryblokDeps): readonly Route<Parameters>[] {
  return withColonForm<Parameters>({
    method: "GET",
    path: "/v1/spaces/:space_id/statistics/assets_traffic",
    scope: "stats:read",
    summary: "Retrieve assets traffic statistics of a space",
    description: "Days are UTC days, both included.",
    query: DayRangeSchema,
    pathParameters: SpacePathSchema,
    responses: {
      200: { description: "The twenty assets with the most bytes, most first.", schema: AssetsTrafficSchema },
      400: { description: "A date or the range cannot be read." },
      404: { description: "The space does not exist, or the token is not for it." },
    },
    readParameters: (request) => ({
      ...toSpaceParameters(request),
      range: readDayRange(request.query, deps.clock.now()),
    }),
    async answer(parameters, { baseUrl }) {
      await readVisibleSpace(deps.catalog, parameters.principal, parameters.space);
      const { result, assets } = await readTopAssets(deps, parameters);
      const rows = toAssetTrafficRows(result, assets, { baseUrl, nowMs: deps.clock.now() });
      return { status: 200, body: { assets: rows.slice(0, ASSETS_MAX) } };
    },
  });
}

/** The groups with the most bytes; equal ones by id, so that the cut falls at the same place every time. */
export function toUsageQuery({ principal, space, range }: Parameters, groups: number): UsageQuery {
  return {
    organization: principal.organization,
    metrics: ["bytes_out"],
    range,
    filter: { kind: ["delivery"], space: [space] },
    groupBy: ["asset"],
    window: "none",
    timeZone: "UTC",
    top: { groups, metric: "bytes_out" },
    order: { by: "group" },
    empty: "omit",
    // The groups and the row of all others.
    rowsMax: groups + 1,
  };
}

/**
 * Deliveries of no asset are a group as well, some may be of assets that the catalogue does not have, and an event may
 * name a space and an asset of another one: more groups are asked for until enough of them are assets of this space, or
 * there are no others. A foreign asset would show its name and folder to whoever may see this space alone.
 * Where the bound of the configuration leaves no room for more, the list could lack an asset: too many rows.
 */
async function readTopAssets(deps: StoryblokDeps, parameters: Parameters): Promise<Found> {
  const { queryRowsMax } = deps.limits;
  // The row of all others takes a place. At least one group is asked for, which is answered where it is the only one.
  const groupsMax = Math.max(1, queryRowsMax - 1);
  for (let groups = Math.min(2 * ASSETS_MAX, groupsMax); ; groups = Math.min(10 * groups, groupsMax)) {
    const result = await deps.runQuery(toUsageQuery(parameters, groups));
    const rows = result.rows.filter((row) => !row.rest);
    const ids = rows.map((row) => row.group.asset).filter((asset) => typeof asset === "number");
    const known = await deps.catalog.readAssets(parameters.principal.organization, ids);
    const assets = known.filter((asset) => asset.space === parameters.space);
    if (assets.length >= ASSETS_MAX || rows.length === result.rows.length) return { result, assets };
    if (groups === groupsMax) throw buildTooManyRows(queryRowsMax);
  }
}
