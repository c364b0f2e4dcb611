/**
 * Tag → Storyblok's internal tag object, and what a request says of one.
 * @see https://www.storyblok.com/docs/api/management/internal-tags/the-internal-tag-object "The Internal Tag Object", read 2026-11-20
 */
import { Type } from "typebox";
import { TAG_OBJECT_TYPES, type Tag, type TagObjectType } from "../../../model/asset.ts";
import { type FieldFault, refuseFaults } from "../errors.ts";
import { readName } from "../name.ts";
import type { WireParameters } from "../parameters.ts";

/** One tag. */
export const TagSchema = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  object_type: Type.Union(TAG_OBJECT_TYPES.map((type) => Type.Literal(type))),
  assets_count: Type.Optional(
    Type.Union([Type.Integer(), Type.Null()], { description: "Only if asked for; null for other things than assets." }),
  ),
});

/** A tag as it is shown. */
export function toTag({ id, name, objectType }: Tag) {
  return { id, name, object_type: objectType };
}

/** The same with the number of its assets that are not in the trash. */
export function toCountedTag(tag: Tag, assets: number) {
  return { ...toTag(tag), assets_count: tag.objectType === "asset" ? assets : null };
}

/** The name that a request sets. Throws FieldError for a blank, unreadable or long one. */
export function readTagName(sent: WireParameters): string {
  return readTag({ name: sent.name }).name;
}

/**
 * Name of a new tag, and what it is for: assets, where nothing is said. Throws FieldError naming each of the two that cannot be
 * read.
 */
export function readTag(sent: WireParameters): { readonly name: string; readonly objectType: TagObjectType } {
  const faults: FieldFault[] = [];
  const read = readName(sent.name);
  if (typeof read === "object") faults.push({ field: "name", text: read.fault });
  const type = sent.object_type;
  const isUnsaid = type === undefined || type === null || type === "";
  const objectType = isUnsaid ? "asset" : TAG_OBJECT_TYPES.find((known) => known === type);
  if (objectType === undefined) faults.push({ field: "object_type", text: "is invalid" });
  refuseFaults(faults);
  return { name: read as string, objectType: objectType as TagObjectType };
}
