/**
 * The file that an address names, as far as anybody may know of it.
 */
import type { AssetFile, Catalog } from "../../../catalog/catalog.ts";
import { toStoredPaths } from "./file-name.ts";

/** The file at a path, or null: unknown, in the trash, deleted for good, or expired. Private ones are found. */
export async function findLiveFile(
  catalog: Pick<Catalog, "findAssetFile">,
  pathname: string,
  nowMs: number,
): Promise<AssetFile | null> {
  for (const path of toStoredPaths(pathname)) {
    const file = await catalog.findAssetFile(path);
    if (file === null) continue;
    const isGone = file.deletedAtMs !== null || (file.expireAtMs !== null && file.expireAtMs <= nowMs);
    return isGone ? null : file;
  }
  return null;
}
