/**
 * GET /v1/orgs/me/statistics/assets_traffic: every asset of an organization that was delivered, with the bytes sent.
 * @see https://www.storyblok.com/docs/api/management/statistics/retrieve-assets-traffic-statistics "Retrieve Assets Traffic Statistics", read 2026-11-20
 */
import { Type } from "typebox";
import type { Asset } from "../../../model/asset.ts";
import type { Route, RouteRequest } from "../../../model/route.ts";
import type { TimeRange, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import type { DialectDeps } from "../../dialect.ts";
import { toOrganizationReader } from "../access.ts";
import { type AssetView, formatOptionalTime, isPrivateAt, toFileUrl } from "../asset-object.ts";
import { readDayRange } from "../dates.ts";
import { withColonForm } from "./colon-form.ts";
import { STATISTICS_ROWS_MAX } from "./result-rows.ts";

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
    query: QuerySchema,
    responses: {
      200: { description: "Every asset that was delivered, most bytes first.", schema: AnswerSchema },
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

/**
 * The answer: assets by bytes descending, then id ascending. Deliveries of something that the catalogue does not have
 * are not listed.
 */
export function fromUsageResult(result: UsageResult, assets: readonly Asset[], view: AssetView) {
  const bytesByAsset = new Map(result.rows.map((row) => [row.group.asset, row.values.bytes_out ?? 0n]));
  const rows = assets.map((asset) => toAssetTrafficRow(asset, bytesByAsset.get(asset.id) ?? 0n, view));
  rows.sort((a, b) => (a.total_bytes === b.total_bytes ? a.id - b.id : a.total_bytes > b.total_bytes ? -1 : 1));
  return { assets: rows };
}

/** `space_id` may not be null on the wire: an asset outside all spaces has 0, as in the list of assets. */
function toAssetTrafficRow(asset: Asset, totalBytes: bigint, view: AssetView) {
  return {
    id: asset.id,
    alt: asset.alt,
    asset_folder_id: asset.folder,
    content_length: asset.contentBytes,
    content_type: asset.contentType === "" ? null : asset.contentType,
    deleted_at: formatOptionalTime(asset.deletedAtMs),
    filename: toFileUrl(asset, view.baseUrl),
    is_private: isPrivateAt(asset, view.nowMs),
    space_id: asset.space ?? 0,
    total_bytes: totalBytes,
  };
}

const QuerySchema = Type.Object({
  start_date: Type.Optional(Type.String({ description: "First day, `YYYY-MM-DD`. Default: one year before the end." })),
  end_date: Type.Optional(Type.String({ description: "Last day, `YYYY-MM-DD`. Default: today." })),
});

const AnswerSchema = Type.Object({
  assets: Type.Array(
    Type.Object({
      id: Type.Integer(),
      alt: Type.Union([Type.String(), Type.Null()]),
      asset_folder_id: Type.Union([Type.Integer(), Type.Null()]),
      content_length: Type.Union([Type.Integer(), Type.Null()], { description: "Null while nobody has said it." }),
      content_type: Type.Union([Type.String(), Type.Null()]),
      deleted_at: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
      filename: Type.String({ description: "Absolute URL of the file." }),
      is_private: Type.Boolean(),
      space_id: Type.Integer(),
      total_bytes: Type.Integer({ description: "Bytes sent for the asset in the range." }),
    }),
  ),
});
