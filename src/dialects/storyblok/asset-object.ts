/**
 * Asset → Storyblok's asset object. A list shows the Index form; the Show form of a single asset adds two keys to it.
 * @see https://www.storyblok.com/docs/api/management/assets/the-asset-object "The Asset Object", read 2026-11-20
 */
import { Type } from "typebox";
import type { Asset } from "../../model/asset.ts";
import { formatTime } from "../../model/time-range.ts";

const NullableText = Type.Union([Type.String(), Type.Null()]);
const NullableTime = Type.Union([Type.String({ format: "date-time" }), Type.Null()]);
const NullableId = Type.Union([Type.Integer(), Type.Null()]);

/** One asset as a list shows it. */
export const AssetRowSchema = Type.Object({
  id: Type.Integer(),
  filename: Type.String({ description: "Absolute URL of the file." }),
  short_filename: Type.String({ description: "Last segment of that URL." }),
  space_id: Type.Integer(),
  ext_id: NullableText,
  asset_folder_id: NullableId,
  is_private: Type.Boolean(),
  content_type: Type.String(),
  content_length: Type.Integer({ description: "Bytes of the file; 0 while nobody has said how long it is." }),
  created_at: Type.String({ format: "date-time" }),
  updated_at: Type.String({ format: "date-time" }),
  deleted_at: NullableTime,
  alt: NullableText,
  title: NullableText,
  copyright: NullableText,
  focus: NullableText,
  expire_at: NullableTime,
  source: NullableText,
  internal_tag_ids: Type.Array(Type.Integer()),
  locked: Type.Boolean({ description: "Always false." }),
  publish_at: NullableTime,
  meta_data: Type.Record(Type.String(), Type.Unknown()),
  internal_tags_list: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String() })),
});

/** One asset as a list shows it. */
export type AssetRow = Type.Static<typeof AssetRowSchema>;

/** A single asset: the Show form. */
export const AssetSchema = Type.Object({
  ...AssetRowSchema.properties,
  file: Type.Null(),
  permanently_deleted: Type.Boolean({ description: "Always false: what is deleted for good cannot be read." }),
});

/** What an asset is shown against: where clients reach the files, and the moment that decides what is still private. */
export type AssetView = { readonly baseUrl: string; readonly nowMs: number };

/**
 * An asset as a list shows it. Two values have no null on the wire, because the vendor's own types promise a number in
 * every list row and programs add them up: `content_length` is 0 for an asset whose length nobody has said (one that
 * was first seen in an access log: the bytes sent for it may be a part of it, so they are no length either), and
 * `space_id` is 0, which no space has, for an asset outside all spaces. Where the vendor admits null, in
 * `assets_traffic`, an unknown length is null.
 */
export function toAssetRow(asset: Asset, view: AssetView): AssetRow {
  return {
    id: asset.id,
    filename: toFileUrl(asset, view.baseUrl),
    short_filename: asset.shortFilename,
    space_id: asset.space ?? 0,
    ext_id: asset.extId,
    asset_folder_id: asset.folder,
    is_private: isPrivateAt(asset, view.nowMs),
    content_type: asset.contentType,
    content_length: asset.contentBytes ?? 0,
    created_at: formatTime(asset.createdAtMs),
    updated_at: formatTime(asset.updatedAtMs),
    deleted_at: formatOptionalTime(asset.deletedAtMs),
    alt: asset.alt,
    title: asset.title,
    copyright: asset.copyright,
    focus: asset.focus,
    expire_at: formatOptionalTime(asset.expireAtMs),
    source: asset.source,
    internal_tag_ids: asset.tags.map((tag) => tag.id),
    locked: false,
    publish_at: formatOptionalTime(asset.publishAtMs),
    meta_data: toMetaData(asset),
    internal_tags_list: asset.tags.map(({ id, name }) => ({ id, name })),
  };
}

/** A single asset, as every route but the lists shows it. */
export function toAsset(asset: Asset, view: AssetView): Type.Static<typeof AssetSchema> {
  return { ...toAssetRow(asset, view), file: null, permanently_deleted: false };
}

/** The absolute URL of an asset's file; the catalogue keeps only its path, which begins with a slash. */
export function toFileUrl(asset: Pick<Asset, "path">, baseUrl: string): string {
  return baseUrl + asset.path;
}

/** Whether an asset is private at a moment: `publish_at` is when it becomes public. */
export function isPrivateAt(asset: Pick<Asset, "isPrivate" | "publishAtMs">, nowMs: number): boolean {
  return asset.isPrivate && (asset.publishAtMs === null || asset.publishAtMs > nowMs);
}

/** A time as text, null for none. */
export function formatOptionalTime(timeMs: number | null): string | null {
  return timeMs === null ? null : formatTime(timeMs);
}

/** The four fields of the default language stand in `meta_data` as well as beside it, with one value for both. */
export const MIRRORED_FIELDS = ["alt", "title", "copyright", "source"] as const;

function toMetaData(asset: Asset): Record<string, unknown> {
  const metaData: Record<string, unknown> = { ...asset.metaData };
  for (const field of MIRRORED_FIELDS) {
    if (asset[field] === null) delete metaData[field];
    else metaData[field] = asset[field];
  }
  return metaData;
}
