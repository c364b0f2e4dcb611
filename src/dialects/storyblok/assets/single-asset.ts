/**
 * One asset of a space: GET shows it, GET publish makes it public, DELETE moves it to the trash.
 * @see https://www.storyblok.com/docs/api/management/assets/retrieve-one-asset "Retrieve One Asset", read 2026-11-20
 */
import type { Asset } from "../../../model/asset.ts";
import type { Route, RouteRequest } from "../../../model/route.ts";
import { AssetSchema, toAsset } from "../asset-object.ts";
import { buildNotFound } from "../errors.ts";
import { PARAMETERS_BODY } from "../parameters.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { type AssetParameters, AssetPathSchema, findAsset, toAssetParameters } from "./find-asset.ts";

type Deps = Pick<StoryblokDeps, "catalog" | "clock">;

const PATH = "/v1/spaces/:space_id/assets/:id";

const ROUTE = {
  pathParameters: AssetPathSchema,
  responses: {
    200: { description: "The asset, not wrapped.", schema: AssetSchema },
    404: { description: "The asset does not exist in this space, or the token is not for the space." },
  },
  readParameters: toAssetParameters,
};

/** The routes. */
export function buildSingleAssetRoutes(deps: Deps): readonly Route<AssetParameters>[] {
  const show = (asset: Asset | null, { baseUrl }: RouteRequest) => {
    if (asset === null) throw buildNotFound();
    return { status: 200, body: toAsset(asset, { baseUrl, nowMs: deps.clock.now() }) };
  };
  return [
    {
      ...ROUTE,
      method: "GET",
      path: PATH,
      scope: "assets:read",
      summary: "Retrieve one asset",
      description: "Also from the trash: `deleted_at` tells.",
      answer: async (parameters, request) => show(await findAsset(deps.catalog, parameters), request),
    },
    {
      ...ROUTE,
      method: "GET",
      path: `${PATH}/publish`,
      scope: "assets:write",
      summary: "Make a private asset public",
      async answer(parameters, request) {
        const { organization, id } = await findAsset(deps.catalog, parameters);
        return show(await deps.catalog.updateAsset(organization, id, { isPrivate: false }), request);
      },
    },
    {
      ...ROUTE,
      method: "DELETE",
      path: PATH,
      scope: "assets:write",
      summary: "Delete an asset",
      description: "Moves it to the trash. A second time is answered as the first one was.",
      body: PARAMETERS_BODY,
      async answer(parameters, request) {
        const { organization, id } = await findAsset(deps.catalog, parameters);
        return show(await deps.catalog.deleteAsset(organization, id), request);
      },
    },
  ];
}
