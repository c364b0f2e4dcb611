/**
 * AssetFolder → Storyblok's asset folder object, and what a request says of one.
 * @see https://www.storyblok.com/docs/api/management/asset-folders/the-asset-folder-object "The Asset Folder Object", read 2026-11-20
 */
import { Type } from "typebox";
import type { AssetFolder } from "../../../model/asset.ts";
import { NOT_IN_SPACE, readFolderId } from "../assets/asset-fields.ts";
import type { FieldFault, ReadFields } from "../errors.ts";
import { readName } from "../name.ts";
import type { WireParameters } from "../parameters.ts";

/** One folder. */
export const AssetFolderSchema = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  parent_id: Type.Union([Type.Integer(), Type.Null()], { description: "Null at the root." }),
  uuid: Type.String({ format: "uuid" }),
  parent_uuid: Type.Union([Type.String({ format: "uuid" }), Type.Null()], { description: "Null at the root." }),
});

/** A folder as it is shown. */
export function toFolder(folder: AssetFolder): Type.Static<typeof AssetFolderSchema> {
  const { id, name, parent, uuid, parentUuid } = folder;
  return { id, name, parent_id: parent, uuid, parent_uuid: parentUuid };
}

/** What a request sets of a folder; keys that are absent are left out. */
export type FolderFields = { readonly name?: string; readonly parent?: number | null };

/**
 * Reads name and parent; everything else, such as `id` and `uuid`, is ignored. `0`, null and empty are the root. A name
 * is needed for a new folder. Every field that cannot be read is a fault.
 */
export function readFolderFields(sent: WireParameters, isNew: boolean): ReadFields<FolderFields> {
  const faults: FieldFault[] = [];
  const name = isNew || sent.name !== undefined ? readName(sent.name) : undefined;
  if (typeof name === "object") faults.push({ field: "name", text: name.fault });
  const parent = readFolderId(sent.parent_id);
  if (parent === undefined) faults.push({ field: "parent_id", text: NOT_IN_SPACE });
  const fields = {
    ...(typeof name === "string" ? { name } : {}),
    ...(sent.parent_id === undefined || parent === undefined ? {} : { parent }),
  };
  return { fields, faults };
}
