/**
 * Tag → Storyblok's internal tag object, and what a request says of one.
 * @see https://www.storyblok.com/docs/api/management/internal-tags/the-internal-tag-object "The Internal Tag Object", read 2026-11-20
 */
import { Type } from "typebox";
import { TAG_OBJECT_TYPES, type Tag, type TagObjectType } from "../../../model/asset.ts";
import { FieldError } from "../errors.ts";
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
  const name = readName(sent.name);
  if (typeof name === "object") throw new FieldError([{ field: "name", text: name.fault }]);
  return name;
}

/** What a new tag is for: assets, where nothing is said. Throws FieldError for an unknown object type. */
export function readObjectType(sent: WireParameters): TagObjectType {
  const value = sent.object_type;
  if (value === undefined || value === null || value === "") return "asset";
  const type = TAG_OBJECT_TYPES.find((known) => known === value);
  if (type === undefined) throw new FieldError([{ field: "object_type", text: "is invalid" }]);
  return type;
}
