/**
 * GET /v1/spaces/:space_id/assets: one page of a space's assets.
 * @see https://www.storyblok.com/docs/api/management/assets/retrieve-multiple-assets "Retrieve Multiple Assets", read 2026-11-20
 */
import { Type } from "typebox";
import type { Page } from "../../../catalog/catalog.ts";
import type { AssetFilter, AssetSort } from "../../../model/asset.ts";
import type { Route, RouteRequest } from "../../../model/route.ts";
import type { Principal } from "../../../model/token.ts";
import type { DialectDeps } from "../../dialect.ts";
import { readVisibleSpace, toPrincipal, toSpaceId } from "../access.ts";
import { AssetRowSchema, toAssetRow } from "../asset-object.ts";
import { buildPagingHeaders, readPage } from "../paging.ts";
import { readLast } from "../values.ts";
import { readAssetFilter } from "./asset-filter.ts";

/** One list that is asked for. */
export type ListAssetsParameters = {
  readonly principal: Principal;
  readonly space: number;
  readonly filter: AssetFilter;
  readonly sort: AssetSort;
  readonly page: Page;
};

/** The route. */
export function buildListAssetsRoute(deps: Pick<DialectDeps, "catalog" | "clock">): Route<ListAssetsParameters> {
  return {
    method: "GET",
    path: "/v1/spaces/:space_id/assets",
    scope: "assets:read",
    summary: "Retrieve multiple assets",
    description: "One page of a space's assets. Paged by `page` and `per_page`; the `total` header counts all matches.",
    query: QuerySchema,
    pathParameters: Type.Object({ space_id: Type.Integer({ minimum: 1 }) }),
    responses: {
      200: {
        description: "The assets. Headers: `total`, `per-page`.",
        schema: Type.Object({ assets: Type.Array(AssetRowSchema) }),
      },
      404: { description: "The space does not exist, or the token is not for it." },
      422: { description: "A time filter cannot be read." },
    },
    readParameters: (request) => toParameters(request, deps.clock.now()),
    async answer(parameters, request) {
      const { principal, space, filter, sort, page } = parameters;
      await readVisibleSpace(deps.catalog, principal, space);
      const { assets, total } = await deps.catalog.listAssets(principal.organization, space, filter, sort, page);
      const view = { baseUrl: request.baseUrl, nowMs: deps.clock.now() };
      return {
        status: 200,
        headers: buildPagingHeaders(total, page),
        body: { assets: assets.map((asset) => toAssetRow(asset, view)) },
      };
    },
  };
}

/** Reads path and query. Throws `request/not-found` for a bad space id and FieldError for a time that is none. */
export function toParameters(request: RouteRequest, nowMs: number): ListAssetsParameters {
  return {
    principal: toPrincipal(request),
    space: toSpaceId(request),
    filter: readAssetFilter(request.query, nowMs),
    sort: parseSort(readLast(request.query, "sort_by")),
    page: readPage(request.query),
  };
}

const SORT_COLUMNS: Readonly<Record<string, AssetSort["by"]>> = {
  created_at: "createdAtMs",
  updated_at: "updatedAtMs",
  short_filename: "shortFilename",
};

/** `created_at:desc` and the like; anything else is the newest first. */
export function parseSort(text: string | null): AssetSort {
  const [, column, direction] = /^(created_at|updated_at|short_filename):(asc|desc)$/.exec(text ?? "") ?? [];
  const by = column === undefined ? undefined : SORT_COLUMNS[column];
  if (by === undefined) return { by: "createdAtMs", direction: "desc" };
  return { by, direction: direction === "asc" ? "asc" : "desc" };
}

const SearchText = (field: string) =>
  Type.Optional(Type.String({ description: `A part of the ${field}, ignoring case; may be in double quotes.` }));
const TimeBound = (description: string) => Type.Optional(Type.String({ description }));

const QuerySchema = Type.Object({
  page: Type.Optional(Type.Integer({ default: 1, minimum: 1 })),
  per_page: Type.Optional(Type.Integer({ default: 25, minimum: 1, maximum: 1000 })),
  in_folder: Type.Optional(
    Type.Integer({ description: "Only assets directly in this folder; 0 for the root, -1 for deleted assets." }),
  ),
  sort_by: Type.Optional(
    Type.String({
      default: "created_at:desc",
      description: "`created_at`, `updated_at` or `short_filename`, followed by `:asc` or `:desc`.",
    }),
  ),
  is_private: Type.Optional(
    Type.String({ description: "`1` or `true`: only assets that are private at this moment." }),
  ),
  search: SearchText("file name"),
  by_alt: SearchText("alt text"),
  by_copyright: SearchText("copyright"),
  by_title: SearchText("title"),
  ext_id: Type.Optional(Type.String({ description: "Exactly this external id." })),
  with_tags: Type.Optional(Type.String({ description: "Names of tags by comma; assets with any of them." })),
  with_tag: Type.Optional(Type.String({ description: "The same as `with_tags`." })),
  created_at_gte: TimeBound("Created then or later: a date, `yyyy-MM-dd HH:mm`, or ISO-8601; UTC without a zone."),
  created_at_lte: TimeBound("Created then or earlier; a date includes its whole day."),
  updated_at_gte: TimeBound("Updated then or later."),
  updated_at_lte: TimeBound("Updated then or earlier."),
  expire_at_gte: TimeBound("Expires then or later."),
  expire_at_lte: TimeBound("Expires then or earlier."),
});
