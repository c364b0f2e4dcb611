/**
 * Routes that clients ask for and that have nothing to show here: libraries shared between spaces, artificial
 * intelligence, bought traffic. A single shared thing is never found.
 */
import { Type } from "typebox";
import type { Catalog } from "../../catalog/catalog.ts";
import type { Route, RouteRequest, RouteScope } from "../../model/route.ts";
import { readVisibleSpace, toOrganizationReader, toPrincipal, toSpaceId } from "./access.ts";
import { buildNotFound } from "./errors.ts";
import { buildPagingHeaders } from "./paging.ts";
import type { StoryblokDeps } from "./storyblok-deps.ts";

type EmptyRoute = {
  readonly path: string;
  readonly scope: RouteScope;
  readonly body: unknown;
  /** Paged lists carry `total` and `per-page`; others must not. */
  readonly paged: boolean;
};

const SPACE = "/v1/spaces/:space_id";
const ORGANIZATION = "/v1/orgs/me";
const NO_CREDITS = { ai_credits_limit: 0, ai_credits_used: 0 };

const EMPTY: readonly EmptyRoute[] = [
  {
    path: `${ORGANIZATION}/statistics/shared_assets_traffic`,
    scope: "stats:read",
    body: { assets: [] },
    paged: false,
  },
  {
    path: `${ORGANIZATION}/statistics/all_credits`,
    scope: "stats:read",
    body: {
      ...NO_CREDITS,
      usage: [],
      top_spaces: {},
      cumulative_usage: { total_usage_per_time_period: 0, usage: [] },
    },
    paged: false,
  },
  {
    path: `${SPACE}/statistics/all_credits`,
    scope: "stats:read",
    body: { ...NO_CREDITS, total_usage_per_time_period: 0, usage: [] },
    paged: false,
  },
  { path: `${SPACE}/traffic_boosts`, scope: "stats:read", body: { traffic_boosts: [] }, paged: true },
  ...[SPACE, ORGANIZATION].flatMap((owner): readonly EmptyRoute[] => [
    {
      path: `${owner}/shared_asset_folders`,
      scope: "assets:read",
      body: { shared_asset_folders: [] },
      paged: false,
    },
    { path: `${owner}/shared_assets`, scope: "assets:read", body: { assets: [] }, paged: true },
    { path: `${owner}/shared_internal_tags`, scope: "assets:read", body: { internal_tags: [] }, paged: true },
  ]),
];

/** The lists, and the routes of single shared things. */
export function buildEmptyRoutes({ catalog }: Pick<StoryblokDeps, "catalog">): readonly Route<void>[] {
  const lists = EMPTY.map(
    ({ path, scope, body, paged }): Route<void> => ({
      method: "GET",
      path,
      scope,
      summary: "Always empty",
      responses: { 200: { description: "Nothing.", schema: Type.Object({}, { additionalProperties: true }) } },
      readParameters: (request) => checkReader(path, request),
      async answer(_, request) {
        await requireSpace(catalog, path, request);
        return { status: 200, headers: paged ? buildPagingHeaders(0, { page: 1, perPage: 25 }) : {}, body };
      },
    }),
  );
  const single = EMPTY.filter(({ path }) => path.includes("/shared_") && !path.includes("/statistics/")).map(
    ({ path, scope }): Route<void> => ({
      method: "GET",
      path: `${path}/:id`,
      scope,
      summary: "Never found",
      responses: { 404: { description: "Nothing is shared between spaces." } },
      readParameters: () => {},
      answer: () => Promise.reject(buildNotFound()),
    }),
  );
  return [...lists, ...single];
}

async function requireSpace(catalog: Catalog, path: string, request: RouteRequest): Promise<void> {
  if (path.startsWith(SPACE)) await readVisibleSpace(catalog, toPrincipal(request), toSpaceId(request));
}

/** Statistics of the organization are for its admins and managers, also those that are empty. */
function checkReader(path: string, request: RouteRequest): void {
  if (path.startsWith(`${ORGANIZATION}/statistics/`)) toOrganizationReader(request);
}
