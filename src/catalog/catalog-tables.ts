/**
 * CatalogTables: the catalogue's tables as Kysely sees them, one type per table. What the columns mean, their units and
 * allowed values stand with their definition in migrations/.
 */
import type { Generated, GeneratedAlways, Selectable } from "kysely";
import type { TagObjectType } from "../model/asset.ts";
import type { Role } from "../model/token.ts";
import type { SigningAlgorithm } from "./session-catalog.ts";

/** All tables that the shared queries use. Search structures of one engine are not among them. */
export type CatalogTables = {
  organizations: OrganizationsTable;
  spaces: SpacesTable;
  users: UsersTable;
  repos: ReposTable;
  buckets: BucketsTable;
  folders: FoldersTable;
  tags: TagsTable;
  assets: AssetsTable;
  asset_tags: AssetTagsTable;
  asset_counts: AssetCountsTable;
  asset_versions: { organization: number; space: number; version: number };
  asset_changes: { organization: number; space: number; slot: number; version: number; seq: number };
  tokens: TokensTable;
  sources: SourcesTable;
  refresh_tokens: RefreshTokensTable;
  signing_keys: SigningKeysTable;
  asset_files: AssetFilesTable;
  uploads: UploadsTable;
  unused_files: { file_key: string; wanted: number; since_ms: number };
  server_secrets: { name: string; secret: string };
};

type OrganizationsTable = {
  id: number;
  name: string;
  monthly_traffic_bytes_max: number;
  created_at_ms: number;
  cdn_host: Generated<string | null>;
};

type SpacesTable = {
  organization: number;
  id: number;
  name: string;
  created_at_ms: number;
  updated_at_ms: number;
};

type UsersTable = {
  organization: number;
  id: number;
  name: string;
  email: string | null;
  role: Role;
  password_hash: Generated<string | null>;
  login_email: Generated<string | null>;
  disabled_at_ms: Generated<number | null>;
  created_at_ms: number;
};

type ReposTable = {
  organization: number;
  id: string;
  name: string;
  space: number | null;
  created_at_ms: number;
  deleted_at_ms: Generated<number | null>;
};

type BucketsTable = {
  organization: number;
  id: string;
  name: string;
  space: number | null;
  repo: string | null;
  endpoint: string;
  region: Generated<string>;
  storage_name: Generated<string>;
  storage_type: Generated<string>;
  created_at_ms: number;
  deleted_at_ms: number | null;
};

type FoldersTable = {
  organization: number;
  id: number;
  uuid: string;
  space: number;
  name: string;
  parent: number | null;
};

type TagsTable = { organization: number; id: number; space: number; name: string; object_type: TagObjectType };

type AssetsTable = {
  seq: GeneratedAlways<number>;
  organization: number;
  id: number;
  space: number | null;
  space_key: GeneratedAlways<number>;
  path: string;
  short_filename: string;
  content_type: string;
  content_bytes: Generated<number | null>;
  folder: Generated<number | null>;
  alt: Generated<string | null>;
  title: Generated<string | null>;
  copyright: Generated<string | null>;
  source: Generated<string | null>;
  focus: Generated<string | null>;
  ext_id: Generated<string | null>;
  is_private: Generated<number>;
  publish_at_ms: Generated<number | null>;
  expire_at_ms: Generated<number | null>;
  meta_data: Generated<string>;
  created_at_ms: number;
  updated_at_ms: number;
  deleted_at_ms: Generated<number | null>;
  purged_at_ms: Generated<number | null>;
};

type AssetTagsTable = { organization: number; tag: number; asset: number };

type AssetCountsTable = { organization: number; space: number; folder: number; trash: number; assets: number };

type TokensTable = {
  id: string;
  organization: number;
  name: string;
  role: Role;
  scopes: string;
  spaces: string | null;
  user_id: number | null;
  secret_hash: string;
  created_at_ms: number;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
};

type SourcesTable = {
  organization: number;
  name: string;
  format: string;
  space: number | null;
  lateness_bound_ms: number;
  tracks_watermark: number;
  registers_unknown: number;
  created_at_ms: number;
  settings: Generated<string>;
};

type RefreshTokensTable = {
  id: string;
  family: string;
  organization: number;
  user_id: number;
  secret_hash: string;
  created_at_ms: number;
  expires_at_ms: number;
  used_at_ms: number | null;
  revoked_at_ms: number | null;
};

type SigningKeysTable = {
  id: string;
  algorithm: SigningAlgorithm;
  material: string;
  created_at_ms: number;
  retired_at_ms: number | null;
};

type AssetFilesTable = {
  organization: number;
  asset: number;
  path: string;
  file_key: string;
  sha256: string;
  bytes: number;
  stored_at_ms: number;
};

type UploadsTable = {
  id: string;
  organization: number;
  space: number;
  asset: number;
  path: string;
  content_type: string;
  replaces: number;
  fields: string;
  signed_at_ms: number;
  completed_at_ms: Generated<number | null>;
};

/** A row as it is read from one of the tables. */
export type CatalogRow<Table extends keyof CatalogTables> = Selectable<CatalogTables[Table]>;
