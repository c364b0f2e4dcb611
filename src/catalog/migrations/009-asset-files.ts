/**
 * Migration 9 of the SQLite catalogue: the files of assets, uploads that are on their way, and the server's own secrets.
 */
import type { Migration } from "./migration.ts";

/** Creates what connects assets with bytes. The bytes themselves are in a FileStore, under `file_key`. */
export const assetFilesMigration: Migration = {
  number: 9,
  name: "asset-files",
  statements: [
    `create table asset_files (
       organization integer not null,
       asset        integer not null,
       path         text not null unique, -- the asset's; unique here beyond the organization, because an address names none
       file_key     text not null unique,
       sha256       text not null,        -- of the bytes, 64 hex digits
       bytes        integer not null check (bytes >= 0),
       stored_at_ms integer not null,
       primary key (organization, asset),
       foreign key (organization, asset) references assets (organization, id)
     ) strict`,
    `create table uploads (
       id              text primary key, -- a UUID, part of what is signed
       organization    integer not null,
       space           integer not null,
       asset           integer not null, -- the id that the asset has or will have
       path            text not null,    -- where it is or will be delivered
       content_type    text not null,
       replaces        integer not null check (replaces in (0, 1)), -- 1: the asset was there when this was signed
       fields          text not null,    -- a JSON object: what to set on the asset when the bytes are there
       signed_at_ms    integer not null,
       completed_at_ms integer,          -- null: no bytes yet
       foreign key (organization, space) references spaces (organization, id)
     ) strict`,
    // Ids that are promised may not be given to somebody else meanwhile.
    `create index uploads_asset on uploads (organization, asset)`,
    `create index uploads_signed on uploads (signed_at_ms)`,
    `create table unused_files (
       file_key text primary key, -- a file that no asset has
       wanted   integer not null check (wanted in (0, 1)), -- 1: it is being written; 0: an asset had it
       since_ms integer not null
     ) strict`,
    `create table server_secrets (
       name   text primary key, -- what it signs
       secret text not null     -- 32 random bytes as base64url
     ) strict`,
  ],
};
