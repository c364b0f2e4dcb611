/**
 * Assets: files with metadata, in folders, with tags.
 */

/**
 * An asset. `path` is how it is delivered, beginning with `/`, unique within its space; the absolute URL is made from
 * it where it is shown. Texts of the default language; null means not set. `metaData` has custom fields and
 * translations as `alt__i18n__de`. Times are UTC milliseconds.
 */
export type Asset = {
  readonly organization: number;
  readonly id: number;
  readonly space: number | null;
  readonly path: string;
  readonly shortFilename: string;
  readonly contentType: string;
  /** Bytes of the file; null while nobody has said it. Traffic that names an asset does not say how long its file is. */
  readonly contentBytes: number | null;
  readonly folder: number | null;
  readonly alt: string | null;
  readonly title: string | null;
  readonly copyright: string | null;
  readonly source: string | null;
  readonly focus: string | null;
  readonly extId: string | null;
  readonly isPrivate: boolean;
  readonly publishAtMs: number | null;
  readonly expireAtMs: number | null;
  readonly metaData: Readonly<Record<string, unknown>>;
  /** In ascending order of the tag's name, then id. */
  readonly tags: readonly AssetTag[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** When the asset was moved to the trash, or null. */
  readonly deletedAtMs: number | null;
  /** When it was deleted for good, or null: then only its traffic is shown. */
  readonly purgedAtMs: number | null;
};

/** A tag as an asset has it. */
export type AssetTag = { readonly id: number; readonly name: string };

/** What tags may be put on. Only assets are kept here; tags of the others are kept for those who put them on. */
export const TAG_OBJECT_TYPES = ["asset", "component", "idea"] as const;

/** One of the object types above. */
export type TagObjectType = (typeof TAG_OBJECT_TYPES)[number];

/** A tag; names are unique within a space and object type. */
export type Tag = AssetTag & {
  readonly organization: number;
  readonly space: number;
  readonly objectType: TagObjectType;
};

/** A folder of assets; `parent` and `parentUuid` are null at the root. Folders of one parent may share a name. */
export type AssetFolder = {
  readonly organization: number;
  readonly id: number;
  readonly uuid: string;
  readonly space: number;
  readonly name: string;
  readonly parent: number | null;
  readonly parentUuid: string | null;
};

/** Which folders of a space to list; all conditions must hold together. `nameContains` ignores case. */
export type FolderFilter = {
  readonly nameContains?: string;
  /** Direct children of this folder; null for folders at the root. */
  readonly parent?: number | null;
  readonly ids?: readonly number[];
  readonly uuids?: readonly string[];
};

/** Which tags of a space to list; all conditions must hold together. `nameContains` ignores case. */
export type TagFilter = {
  readonly nameContains?: string;
  readonly objectType?: TagObjectType;
  readonly ids?: readonly number[];
};

/** Columns that a list of assets can be sorted by; ties are broken by id in the same direction. */
export type AssetSort = {
  readonly by: "createdAtMs" | "updatedAtMs" | "shortFilename";
  readonly direction: "asc" | "desc";
};

/**
 * Which assets of a space to list. All conditions must hold together; absent ones count for nothing.
 * Text filters match a part of the text, ignoring case. Time bounds are inclusive on both sides.
 */
export type AssetFilter = {
  readonly trash: boolean;
  /** A folder's id, or null for assets at the root. */
  readonly folder?: number | null;
  /** Only assets that are private at this moment (UTC ms): `publishAtMs` is when one becomes public. */
  readonly privateAtMs?: number;
  readonly filenameContains?: string;
  readonly altContains?: string;
  readonly titleContains?: string;
  readonly copyrightContains?: string;
  readonly extId?: string;
  /** Names of tags, of which the asset has at least one. */
  readonly tagNames?: readonly string[];
  readonly createdFromMs?: number;
  readonly createdToMs?: number;
  readonly updatedFromMs?: number;
  readonly updatedToMs?: number;
  readonly expireFromMs?: number;
  readonly expireToMs?: number;
};
