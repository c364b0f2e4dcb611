/**
 * PUT and PATCH /v1/spaces/:space_id/assets/:id: the same partial update. The vendor's pages and older packages send
 * PUT, newer ones PATCH; both change only the keys that are present.
 * @see https://www.storyblok.com/docs/api/management/assets/update-an-asset "Update an Asset", read 2026-11-20
 */
import { Type } from "typebox";
import type { AssetFields } from "../../../catalog/catalog.ts";
import type { Route, RouteRequest } from "../../../model/route.ts";
import { AppError } from "../../../platform/errors.ts";
import { buildNotFound, FieldError, refuseFaults } from "../errors.ts";
import { PARAMETERS_BODY, readBody, unwrap } from "../parameters.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { readAssetFields } from "./asset-fields.ts";
import { findPlaceFaults } from "./asset-places.ts";
import { type AssetParameters, AssetPathSchema, findAsset, toAssetParameters } from "./find-asset.ts";

/** Which asset, and what the body says of it; not read yet, because an unknown asset is refused first. */
export type UpdateAssetParameters = AssetParameters & { readonly sent: Readonly<Record<string, unknown>> };

type Deps = Pick<StoryblokDeps, "catalog">;

/** The route under both methods. */
export function buildUpdateAssetRoutes(deps: Deps): readonly Route<UpdateAssetParameters>[] {
  return (["PUT", "PATCH"] as const).map((method) => ({
    method,
    path: "/v1/spaces/:space_id/assets/:id",
    scope: "assets:write",
    summary: "Update an asset",
    description: "Changes the fields that are sent, wrapped in `asset` or bare. `meta_data` is merged key by key.",
    pathParameters: AssetPathSchema,
    body: { ...PARAMETERS_BODY, schema: BodySchema },
    responses: {
      204: { description: "Changed." },
      400: { description: "The body is not JSON." },
      404: { description: "The asset does not exist in this space, or the token is not for the space." },
      422: { description: "A field cannot be read, or names a folder or tag that the space does not have." },
    },
    readParameters: (request: RouteRequest) => ({
      ...toAssetParameters(request),
      sent: unwrap(readBody(request), "asset"),
    }),
    async answer(parameters: UpdateAssetParameters) {
      const { organization, id } = await findAsset(deps.catalog, parameters);
      const { fields, faults } = readAssetFields(parameters.sent);
      const place = { organization, space: parameters.space };
      refuseFaults([...faults, ...(await findPlaceFaults(deps.catalog, place, fields))]);
      await update(deps, { organization, id }, fields);
      return { status: 204 };
    },
  }));
}

async function update(
  { catalog }: Deps,
  { organization, id }: { readonly organization: number; readonly id: number },
  fields: AssetFields,
): Promise<void> {
  try {
    if ((await catalog.updateAsset(organization, id, fields)) === null) throw buildNotFound();
  } catch (error) {
    if (!(error instanceof AppError && error.code === "catalog/invalid")) throw error;
    // Every field has been looked at: what is left to be refused is metadata that has grown too long by merging.
    throw new FieldError([{ field: "meta_data", text: "is too long" }]);
  }
}

const Fields = Type.Object({
  asset_folder_id: Type.Optional(Type.Union([Type.Integer(), Type.Null()], { description: "0 and null: the root." })),
  alt: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  title: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  copyright: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  source: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  focus: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  ext_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  expire_at: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  publish_at: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  is_private: Type.Optional(Type.Boolean()),
  internal_tag_ids: Type.Optional(Type.Array(Type.Integer(), { description: "All tags that the asset has then." })),
  meta_data: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: "Merged: a key set to null is removed. Translations as `alt__i18n__de`.",
    }),
  ),
});

const BodySchema = Type.Object({ asset: Fields });
