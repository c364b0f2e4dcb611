/**
 * Whether the folder and the tags that a request names are in its space. Asked before anything is changed: the
 * catalogue refuses unknown ones too, but does not say which field named them.
 */
import type { AssetFields, Catalog } from "../../../catalog/catalog.ts";
import type { FieldFault } from "../errors.ts";
import { NOT_IN_SPACE } from "./asset-fields.ts";

/** A space by its whole identity. */
export type SpaceIdentity = { readonly organization: number; readonly space: number };

/** A fault of `asset_folder_id` or `internal_tag_ids` for a folder or tag that is not in the space. */
export async function findPlaceFaults(
  catalog: Catalog,
  place: SpaceIdentity,
  { folder, tagIds = [] }: Pick<AssetFields, "folder" | "tagIds">,
): Promise<readonly FieldFault[]> {
  const faults: FieldFault[] = [];
  if (typeof folder === "number" && !(await hasFolder(catalog, place, folder))) {
    faults.push({ field: "asset_folder_id", text: NOT_IN_SPACE });
  }
  if (!(await hasAssetTags(catalog, place, tagIds))) faults.push({ field: "internal_tag_ids", text: NOT_IN_SPACE });
  return faults;
}

async function hasFolder(catalog: Catalog, { organization, space }: SpaceIdentity, id: number): Promise<boolean> {
  return (await catalog.readFolder(organization, id))?.space === space;
}

/** True when every one of these tags is in the space and for assets. */
export async function hasAssetTags(
  catalog: Catalog,
  { organization, space }: SpaceIdentity,
  ids: readonly number[],
): Promise<boolean> {
  const distinct = [...new Set(ids)];
  if (distinct.length === 0) return true;
  const filter = { ids: distinct, objectType: "asset" } as const;
  const { total } = await catalog.listTags(organization, space, filter, { page: 1, perPage: 1 });
  return total === distinct.length;
}
