/**
 * UsageResult grouped by asset, and the assets → the rows of the assets traffic statistics. Pure.
 */
import { Type } from "typebox";
import type { Asset } from "../../../model/asset.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import { type AssetView, formatOptionalTime, isPrivateAt, toFileUrl } from "../asset-object.ts";

/**
 * Assets by bytes descending, then id ascending. Deliveries of something that the catalogue does not have are not
 * listed.
 */
export function toAssetTrafficRows(result: UsageResult, assets: readonly Asset[], view: AssetView) {
  const bytesByAsset = new Map(result.rows.map((row) => [row.group.asset, row.values.bytes_out ?? 0n]));
  const rows = assets.map((asset) => toRow(asset, bytesByAsset.get(asset.id) ?? 0n, view));
  return rows.sort((a, b) => (a.total_bytes === b.total_bytes ? a.id - b.id : a.total_bytes > b.total_bytes ? -1 : 1));
}

/** `space_id` may not be null on the wire: an asset outside all spaces has 0, as in the list of assets. */
function toRow(asset: Asset, totalBytes: bigint, view: AssetView) {
  return {
    id: asset.id,
    alt: asset.alt,
    asset_folder_id: asset.folder,
    content_length: asset.contentBytes,
    content_type: asset.contentType === "" ? null : asset.contentType,
    deleted_at: formatOptionalTime(asset.deletedAtMs),
    filename: toFileUrl(asset, view.baseUrl),
    is_private: isPrivateAt(asset, view.nowMs),
    space_id: asset.space ?? 0,
    total_bytes: totalBytes,
  };
}

/** The answer of both routes. */
export const AssetsTrafficSchema = Type.Object({
  assets: Type.Array(
    Type.Object({
      id: Type.Integer(),
      alt: Type.Union([Type.String(), Type.Null()]),
      asset_folder_id: Type.Union([Type.Integer(), Type.Null()]),
      content_length: Type.Union([Type.Integer(), Type.Null()], { description: "Null while nobody has said it." }),
      content_type: Type.Union([Type.String(), Type.Null()]),
      deleted_at: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
      filename: Type.String({ description: "Absolute URL of the file." }),
      is_private: Type.Boolean(),
      space_id: Type.Integer(),
      total_bytes: Type.Integer({ description: "Bytes sent for the asset in the range." }),
    }),
  ),
});
