/**
 * AssetCatalog: the part of the catalogue in which assets are kept in order: changes, the trash, folders and tags.
 */
import type { Asset, AssetFolder, FolderFilter, Tag, TagFilter, TagObjectType } from "../model/asset.ts";
import type { AssetFields } from "./asset-file-catalog.ts";
import type { Page } from "./catalog.ts";

/**
 * Changes of assets, folders and tags. A thing of another organization answers as an unknown one does; the methods for
 * several assets look in one space and leave out what is not in it. What is refused is refused as a whole.
 * None of them sees an asset that was deleted for good.
 */
export interface AssetCatalog {
  /**
   * Changes an asset, in the trash or not, and moves `updatedAtMs`. Null for an unknown one. A folder or tag that is not
   * of the asset's space, or a tag of another object type, is `catalog/not-found`. `metaData` is merged key by key: a
   * key set to null is removed, others stay.
   */
  updateAsset(organization: number, id: number, changes: AssetFields): Promise<Asset | null>;
  /** Moves assets to the trash; those that are there stay as they are. Answers the ids that exist, ascending. */
  deleteAssets(organization: number, space: number, ids: readonly number[]): Promise<readonly number[]>;
  /** Takes assets out of the trash; others stay as they are. Answers the ids that exist, ascending. */
  restoreAssets(organization: number, space: number, ids: readonly number[]): Promise<readonly number[]>;
  /** Puts assets into a folder of the space, null for its root. Answers the ids that exist, ascending. */
  moveAssets(
    organization: number,
    space: number,
    ids: readonly number[],
    folder: number | null,
  ): Promise<readonly number[]>;
  /** Gives each of these assets exactly these tags, all at once. Answers the ids that exist, ascending. */
  setAssetTags(
    organization: number,
    space: number,
    tagsByAsset: ReadonlyMap<number, readonly number[]>,
  ): Promise<readonly number[]>;
  /**
   * Deletes the oldest assets of a space's trash for good, at most `assetsMax` of them: how many, and how long the files
   * of those that had one were. The files are unused from now on, tags are gone; the records stay for their traffic.
   */
  purgeTrash(
    organization: number,
    space: number,
    assetsMax: number,
  ): Promise<{ readonly assets: number; readonly fileBytes: readonly number[] }>;

  createFolder(input: {
    readonly organization: number;
    readonly space: number;
    readonly id?: number;
    readonly name: string;
    readonly parent?: number | null;
  }): Promise<AssetFolder>;
  readFolder(organization: number, id: number): Promise<AssetFolder | null>;
  /** All that match, by name, then id, ascending. */
  listFolders(organization: number, space: number, filter: FolderFilter): Promise<readonly AssetFolder[]>;
  /**
   * Renames or moves a folder. Null for an unknown one; an unknown parent is `catalog/not-found`, one inside the folder
   * itself `catalog/conflict`.
   */
  updateFolder(
    organization: number,
    id: number,
    changes: { readonly name?: string; readonly parent?: number | null },
  ): Promise<AssetFolder | null>;
  /**
   * Deletes a folder; with `recursive` all folders inside it too, without they move to its parent. Assets stay and lose
   * their folder. False for an unknown one. Assets of a large folder move in several transactions, the folder goes last.
   */
  deleteFolder(organization: number, id: number, recursive: boolean): Promise<boolean>;

  /** A tag of assets unless another object type is said. */
  createTag(input: {
    readonly organization: number;
    readonly space: number;
    readonly id?: number;
    readonly name: string;
    readonly objectType?: TagObjectType;
  }): Promise<Tag>;
  readTag(organization: number, id: number): Promise<Tag | null>;
  /** One page of the tags of a space by name, then id, and how many match in all. A page past the end is empty. */
  listTags(
    organization: number,
    space: number,
    filter: TagFilter,
    page: Page,
  ): Promise<{ readonly tags: readonly Tag[]; readonly total: number }>;
  /** How many assets that are not in the trash have each of these tags; tags without one are left out. */
  countTagAssets(organization: number, ids: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** Null for an unknown tag; `catalog/conflict` when the space has another one of that name and object type. */
  renameTag(organization: number, id: number, name: string): Promise<Tag | null>;
  /** Deletes a tag and takes it off its assets. False for an unknown one. */
  deleteTag(organization: number, id: number): Promise<boolean>;
}
