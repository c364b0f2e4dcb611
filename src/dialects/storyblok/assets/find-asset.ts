/**
 * The asset that a path names, for whoever may see its space.
 */
import { Type } from "typebox";
import type { Catalog } from "../../../catalog/catalog.ts";
import type { Asset } from "../../../model/asset.ts";
import type { RouteRequest } from "../../../model/route.ts";
import { readVisibleSpace, type SpaceParameters, toSpaceParameters } from "../access.ts";
import { buildNotFound } from "../errors.ts";
import { parseId } from "../values.ts";

/** Who asks for which asset of which space. */
export type AssetParameters = SpaceParameters & { readonly asset: number };

/** The path parameters of such a route. */
export const AssetPathSchema = Type.Object({
  space_id: Type.Integer({ minimum: 1 }),
  id: Type.Integer({ minimum: 1 }),
});

/** Reads the path. Throws `request/not-found` for a text that is no id. */
export function toAssetParameters(request: RouteRequest): AssetParameters {
  const asset = parseId(request.params.id ?? "");
  if (asset === null) throw buildNotFound();
  return { ...toSpaceParameters(request), asset };
}

/**
 * The asset, also from the trash. One that does not exist, was deleted for good, or is of another space or organization
 * is `request/not-found` alike.
 */
export async function findAsset(catalog: Catalog, { principal, space, asset: id }: AssetParameters): Promise<Asset> {
  await readVisibleSpace(catalog, principal, space);
  const asset = await catalog.readAsset(principal.organization, id);
  if (asset === null || asset.space !== space) throw buildNotFound();
  return asset;
}
