/**
 * AssetFileCatalog: the part of the catalogue that connects assets with the bytes of their files, and knows which uploads
 * are on their way. The bytes themselves are in a FileStore.
 */
import type { Asset } from "../model/asset.ts";

/**
 * What may be said of an asset beside its file. What is left out stays as it is, or is empty for a new asset. `metaData`
 * of an asset that is there is changed key by key: null removes a key, others stay. A new one has no key that is null.
 */
export type AssetFields = Partial<
  Pick<
    Asset,
    | "folder"
    | "alt"
    | "title"
    | "copyright"
    | "source"
    | "focus"
    | "extId"
    | "isPrivate"
    | "publishAtMs"
    | "expireAtMs"
    | "metaData"
  >
> & { readonly tagIds?: readonly number[] };

/** An upload that has been announced: the bytes may come, once or several times, and then belong to `asset`. */
export type Upload = {
  /** A UUID that nobody can guess. */
  readonly id: string;
  readonly organization: number;
  readonly space: number;
  /** The id that the asset will have, or has when its file is replaced. */
  readonly asset: number;
  readonly path: string;
  readonly contentType: string;
  readonly replaces: boolean;
  readonly fields: AssetFields;
  readonly signedAtMs: number;
  /** When the bytes came first; null while the asset is still invisible. */
  readonly completedAtMs: number | null;
};

/** A new upload. With `replaces` the path is that of that asset, whatever is given. The content type is by the path. */
export type NewUpload = {
  readonly organization: number;
  readonly space: number;
  readonly replaces: number | null;
  readonly path: string;
  readonly fields: AssetFields;
};

/** The file of an asset, with what decides who gets it. */
export type AssetFile = Pick<
  Asset,
  | "organization"
  | "space"
  | "path"
  | "shortFilename"
  | "contentType"
  | "isPrivate"
  | "publishAtMs"
  | "expireAtMs"
  | "deletedAtMs"
> & {
  readonly asset: number;
  /** Where the bytes are in the FileStore. */
  readonly key: string;
  readonly bytes: number;
  /** Of the bytes, 64 lower-case hex digits. */
  readonly sha256: string;
};

/**
 * The methods for files of assets. Errors as in catalog.ts. A file is noted as unused before its first byte is written
 * and until an asset has it: what a crash leaves behind is found again by its key, without a look at all files.
 */
export interface AssetFileCatalog {
  /**
   * Announces an upload. `catalog/not-found` for an unknown space, folder or tag, and for an asset to replace that is not
   * there, in the trash or in another space; `catalog/conflict` for a path that is taken.
   */
  createUpload(input: NewUpload): Promise<Upload>;
  readUpload(id: string): Promise<Upload | null>;
  /** Whether this asset will be there when an upload that is announced has come; not of one that was and is deleted. */
  awaitsUpload(organization: number, space: number, asset: number): Promise<boolean>;
  /**
   * Makes the bytes under `key` the file of the upload's asset, in one transaction: the asset appears, or has new bytes.
   * The upload's fields are set the first time only. Answers the asset and how long its file was before, null for none.
   * `catalog/not-found` when the upload, or the asset to replace, is not there any more; `catalog/conflict` when usage has
   * taken the asset's id or path meanwhile.
   */
  completeUpload(
    id: string,
    file: { readonly key: string; readonly bytes: number; readonly sha256: string },
  ): Promise<{ readonly asset: Asset; readonly bytesBefore: number | null }>;
  /** Forgets uploads that were announced before a time (UTC ms); their assets, where they have come, stay. How many. */
  deleteUploads(signedBeforeMs: number): Promise<number>;

  /** The file that is delivered at a path, of whichever organization; also of assets in the trash. */
  findAssetFile(path: string): Promise<AssetFile | null>;
  /** The file of an asset, or null: most assets of imported usage have none. */
  readAssetFile(organization: number, asset: number): Promise<AssetFile | null>;
  /** Takes the files away from assets; they are unused from now on. Answers the bytes of those that had one. */
  releaseAssetFiles(organization: number, assets: readonly number[]): Promise<readonly number[]>;

  /** Notes a key under which bytes are about to be written. Again changes nothing. */
  noteUnusedFile(key: string): Promise<void>;
  /**
   * Keys of unused files, oldest first, at most 1,000: those that were noted, and those that were taken from an asset,
   * each up to a time of its own (UTC ms, inclusive). A noted one may still be on its way.
   */
  listUnusedFiles(until: {
    readonly wantedUntilMs: number;
    readonly unwantedUntilMs: number;
  }): Promise<readonly string[]>;
  /** Forgets keys whose bytes have been removed. */
  forgetUnusedFiles(keys: readonly string[]): Promise<void>;

  /** The server's secret of that name, made by the first who asks: 32 random bytes as base64url. */
  ensureServerSecret(name: string): Promise<string>;
}
