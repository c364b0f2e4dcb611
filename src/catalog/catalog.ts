/**
 * Catalog: organizations, spaces, users, buckets, assets, tokens and sources. The interface that every database
 * implements; catalog.contract.ts is its shared suite. Ids of other organizations answer exactly as unknown ids do.
 */
import type { Asset, AssetFilter, AssetSort } from "../model/asset.ts";
import type { Bucket, Repo } from "../model/bucket.ts";
import type { Organization, OrganizationChanges, Space, User } from "../model/organization.ts";
import type { Source, SourceFormat } from "../model/source.ts";
import type { SourceSettings } from "../model/source-settings.ts";
import type { Role, Scope, Token } from "../model/token.ts";
import type { AssetCatalog } from "./asset-catalog.ts";
import type { AssetFields, AssetFile, AssetFileCatalog, NewUpload, Upload } from "./asset-file-catalog.ts";

export type { AssetFields, AssetFile, NewUpload, Upload };

import type { SessionCatalog } from "./session-catalog.ts";

/** A new asset. Fields that are left out are null, empty or false; `id` is chosen by the catalogue unless given. */
export type NewAsset = Pick<Asset, "organization" | "path"> & { readonly id?: number } & Partial<
    Omit<Asset, "organization" | "id" | "path" | "tags" | "purgedAtMs">
  > & { readonly tagIds?: readonly number[] };

/** A new token; the caller made the secret and gives only its hash (catalog/token-secret.ts). */
export type NewToken = {
  readonly organization: number;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly spaces: readonly number[] | null;
  readonly user: number | null;
  readonly expiresAtMs: number | null;
  readonly secretHash: string;
};

/** What of a source may change. */
export type SourceChanges = {
  readonly space?: number | null;
  readonly latenessBoundMs?: number;
  readonly tracksWatermark?: boolean;
  readonly registersUnknown?: boolean;
  readonly settings?: Partial<SourceSettings>;
};

/** A new source. Left out: no default space, bound 0, no watermark, registers unknown things. */
export type NewSource = {
  readonly organization: number;
  readonly name: string;
  readonly format: SourceFormat;
  readonly space?: number | null;
  readonly latenessBoundMs?: number;
  readonly settings?: Partial<SourceSettings>;
  readonly tracksWatermark?: boolean;
  readonly registersUnknown?: boolean;
};

/** How many sources an organization may have, and the name of one that does not count. */
export type SourcesBound = { readonly sourcesMax: number; readonly uncounted: string };

/** An asset that usage names by its path. */
export type AssetPath = { readonly space: number | null; readonly path: string };

/** What can be changed of a bucket; fields that are left out stay as they are. */
export type BucketChanges = Partial<
  Pick<Bucket, "name" | "space" | "repo" | "endpoint" | "region" | "storageName" | "storageType">
>;

/** What can be changed of a repo; fields that are left out stay as they are. */
export type RepoChanges = Partial<Pick<Repo, "name" | "space">>;

/** A page of a list: rows `(page-1)*perPage` and on. Both from 1. */
export type Page = { readonly page: number; readonly perPage: number };

/**
 * The catalogue. Creating something under an id or name that is taken rejects with `catalog/conflict` (users and tokens
 * may share a name), naming an unknown organization, space, folder or tag with `catalog/not-found`, a name or id out of
 * its bounds (1 to 255 characters, 1 to 2^53-1) with `catalog/invalid`; a database that does not answer with
 * `catalog/unavailable`. Reads of unknown things answer null or leave them out.
 */
export interface Catalog extends AssetCatalog, AssetFileCatalog, SessionCatalog {
  createOrganization(input: {
    readonly id?: number;
    readonly name: string;
    readonly monthlyTrafficBytesMax?: number;
    readonly cdnHost?: string | null;
  }): Promise<Organization>;
  readOrganization(id: number): Promise<Organization | null>;
  /** Changes what is named and leaves the rest. Null for an unknown one; rejects as createOrganization does. */
  updateOrganization(id: number, changes: OrganizationChanges): Promise<Organization | null>;
  /** By id, ascending. */
  listOrganizations(): Promise<readonly Organization[]>;

  createSpace(input: { readonly organization: number; readonly id?: number; readonly name: string }): Promise<Space>;
  readSpace(organization: number, id: number): Promise<Space | null>;
  /** By id, ascending. */
  listSpaces(organization: number): Promise<readonly Space[]>;

  createUser(input: {
    readonly organization: number;
    readonly id?: number;
    readonly name: string;
    readonly email?: string | null;
    readonly role: Role;
    /** With it the address is a login at once; see setPasswordHash for what it rejects with. */
    readonly passwordHash?: string;
  }): Promise<User>;
  readUser(organization: number, id: number): Promise<User | null>;
  /** By id, ascending. */
  listUsers(organization: number): Promise<readonly User[]>;
  /** One page of the users by id, ascending, and how many there are in all. A page past the end is empty. */
  listUserPage(organization: number, page: Page): Promise<{ readonly users: readonly User[]; readonly total: number }>;

  createRepo(input: {
    readonly organization: number;
    readonly id?: string;
    readonly name: string;
    readonly space?: number | null;
  }): Promise<Repo>;
  /** Repos that are not deleted, by creation, then id, ascending. */
  listRepos(organization: number): Promise<readonly Repo[]>;
  /**
   * Changes what is named and leaves the rest. In a new space its buckets of other spaces leave it; with null all stay.
   * Null for an unknown or deleted repo; conflicts as createRepo's.
   */
  updateRepo(organization: number, id: string, changes: RepoChanges): Promise<Repo | null>;
  /** Marks a repo deleted: it leaves every list, its buckets leave it, its name is free again. False for an unknown one. */
  deleteRepo(organization: number, id: string): Promise<boolean>;

  /** `catalog/invalid` for a repo of another space than the bucket's, and for an endpoint that is not plain. */
  createBucket(input: {
    readonly organization: number;
    readonly id?: string;
    readonly name: string;
    readonly space?: number | null;
    readonly repo?: string | null;
    readonly endpoint?: string;
    readonly region?: string;
    readonly storageName?: string;
    readonly storageType?: string;
  }): Promise<Bucket>;
  /**
   * Changes what is named and leaves the rest; a bucket that goes to another space leaves a repo of the one before. Null
   * for an unknown or deleted bucket; rejects as createBucket does.
   */
  updateBucket(organization: number, id: string, changes: BucketChanges): Promise<Bucket | null>;
  /** Buckets that are not deleted, by creation, then id, ascending. With `ids` only those of them that exist. */
  listBuckets(organization: number, ids?: readonly string[]): Promise<readonly Bucket[]>;
  /** Marks a bucket deleted: it leaves every list, its name is free again. False for an unknown one. */
  deleteBucket(organization: number, id: string): Promise<boolean>;

  createAsset(input: NewAsset): Promise<Asset>;
  /** One asset, also from the trash; null for an unknown one and for one that was deleted for good. */
  readAsset(organization: number, id: number): Promise<Asset | null>;
  /** The assets among `ids` that exist, by id ascending, also from the trash and deleted for good. Any number of ids. */
  readAssets(organization: number, ids: readonly number[]): Promise<readonly Asset[]>;
  /** One page of the assets of a space and how many match in all. A page past the end is empty. */
  listAssets(
    organization: number,
    space: number,
    filter: AssetFilter,
    sort: AssetSort,
    page: Page,
  ): Promise<{ readonly assets: readonly Asset[]; readonly total: number }>;
  /** Moves an asset to the trash at `deletedAtMs`; again changes nothing. Null for an unknown one. */
  deleteAsset(organization: number, id: number): Promise<Asset | null>;

  /**
   * Ids of the assets with these paths, in the same order. With `register`, paths that are new become assets (content
   * type by extension, length unknown); without, they are null. Twice the same path gives the same id, also from two
   * processes at the same moment.
   */
  resolveAssetPaths(
    organization: number,
    paths: readonly AssetPath[],
    register: boolean,
  ): Promise<readonly (number | null)[]>;

  /**
   * The space of each of these assets (null inside for an asset without one), for those that exist. With `register`
   * the others are added first, under the space given with them; their name is their id.
   */
  resolveAssetIds(
    organization: number,
    assets: readonly { readonly id: number; readonly space: number | null }[],
    register: boolean,
  ): Promise<ReadonlyMap<number, { readonly space: number | null }>>;

  /**
   * The space of each of these buckets (null inside for a bucket without one), for those that exist; deleted ones
   * included, because their records are still kept. With `register` the others are added first, under the space given
   * with them, in the order given and only as long as the organization has fewer than `bucketsMax`; those that are too many
   * are not in the answer. Exact however many ask at once, from however many processes.
   */
  resolveBuckets(
    organization: number,
    buckets: readonly { readonly id: string; readonly space: number | null }[],
    register: boolean,
    bucketsMax?: number,
  ): Promise<ReadonlyMap<string, { readonly space: number | null }>>;

  /** Which of these user ids exist. With `register`, all; new ones are members, named by their id. */
  resolveUsers(organization: number, ids: readonly number[], register: boolean): Promise<ReadonlySet<number>>;

  createToken(input: NewToken): Promise<Token>;
  /** The token with this hash, revoked and expired ones included: the caller says which of the two it is. */
  findToken(secretHash: string): Promise<Token | null>;
  /** All tokens of an organization, newest first, without anything secret. */
  listTokens(organization: number): Promise<readonly Token[]>;
  /** Revokes a token at once; again changes nothing. False for an unknown one. */
  revokeToken(organization: number, id: string): Promise<boolean>;
  /** Removes a token at once and leaves no trace of it. False for an unknown one. */
  deleteToken(organization: number, id: string): Promise<boolean>;

  /** The source of that name; created as said when it is not there yet. An existing one is answered as it is. */
  ensureSource(input: NewSource): Promise<Source>;
  /**
   * The same, but null where it would be a new one and the organization has `sourcesMax` already. The source called
   * `uncounted` is not counted among those. Exact however many ask at once, from however many processes.
   */
  ensureSourceWithin(input: NewSource, bound: SourcesBound): Promise<Source | null>;
  readSource(organization: number, name: string): Promise<Source | null>;
  /**
   * Changes what is given and leaves the rest; answers the source as it is then, null for an unknown one. Name and format
   * stay: both are part of what its records are known by.
   */
  updateSource(organization: number, name: string, changes: SourceChanges): Promise<Source | null>;
  /** By name, ascending. */
  listSources(organization: number): Promise<readonly Source[]>;

  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** Closes. Calling it twice is harmless. */
  close(): Promise<void>;
}
