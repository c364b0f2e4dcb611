/**
 * Migration 3 of the SQLite catalogue: folders, tags, assets and how many there are.
 */
import type { Migration } from "./migration.ts";

/** Creates the tables of assets and one index for each way that a list can be sorted or narrowed. */
export const assetsMigration: Migration = {
  number: 3,
  name: "assets",
  statements: [
    `create table folders (
       organization integer not null,
       id           integer not null check (id > 0), -- unique within the organization
       space        integer not null,
       name         text not null,                   -- 1 to 255 characters
       parent       integer,                         -- null: at the root of the space
       primary key (organization, id),
       foreign key (organization, space) references spaces (organization, id),
       foreign key (organization, parent) references folders (organization, id)
     ) strict`,
    // Nulls are all different in a unique index; the root has to be one place.
    `create unique index folders_name on folders (organization, space, coalesce(parent, 0), name)`,
    `create table tags (
       organization integer not null,
       id           integer not null check (id > 0), -- unique within the organization
       space        integer not null,
       name         text not null,                   -- 1 to 255 characters
       primary key (organization, id),
       unique (organization, space, name),
       foreign key (organization, space) references spaces (organization, id)
     ) strict`,
    `create table assets (
       seq            integer primary key,             -- where the search index points to; declared, else VACUUM renumbers
       organization   integer not null,
       id             integer not null check (id > 0), -- unique within the organization
       space          integer,                         -- null: of no space
       space_key      integer not null generated always as (coalesce(space, 0)) virtual, -- 0: of no space
       path           text not null,                   -- where it is delivered
       short_filename text not null,                   -- what people know it by
       content_type   text not null,                   -- application/octet-stream: not known
       content_bytes  integer check (content_bytes >= 0), -- null: not known
       folder         integer,                         -- null: at the root of the space
       alt            text,                            -- null: not set; so are the next ones
       title          text,
       copyright      text,
       source         text,
       focus          text,
       ext_id         text,
       is_private     integer not null default 0 check (is_private in (0, 1)),
       publish_at_ms  integer,                         -- null: at once
       expire_at_ms   integer,                         -- null: never
       meta_data      text not null default '{}',      -- a JSON object
       created_at_ms  integer not null,
       updated_at_ms  integer not null,
       deleted_at_ms  integer,                         -- null: not in the trash
       unique (organization, id),
       unique (organization, space_key, path),
       foreign key (organization) references organizations (id),
       foreign key (organization, space) references spaces (organization, id),
       foreign key (organization, folder) references folders (organization, id)
     ) strict`,
    // Partial indexes: an asset that usage registers has no folder and no other property and costs only the first three.
    // Their own condition is a column too, else each entry that is counted is looked up in the table to check it.
    `create index assets_created on assets (organization, space, created_at_ms, id, deleted_at_ms)
       where deleted_at_ms is null`,
    `create index assets_updated on assets (organization, space, updated_at_ms, id, deleted_at_ms)
       where deleted_at_ms is null`,
    `create index assets_filename on assets (organization, space, short_filename, id, deleted_at_ms)
       where deleted_at_ms is null`,
    `create index assets_trash on assets (organization, space, created_at_ms, id, deleted_at_ms)
       where deleted_at_ms is not null`,
    `create index assets_folder on assets (organization, space, folder, created_at_ms, id, deleted_at_ms)
       where deleted_at_ms is null and folder is not null`,
    `create index assets_private on assets (organization, space, created_at_ms, id, is_private, deleted_at_ms)
       where deleted_at_ms is null and is_private = 1`,
    `create index assets_expire on assets (organization, space, expire_at_ms) where expire_at_ms is not null`,
    `create index assets_ext_id on assets (organization, space, ext_id) where ext_id is not null`,
    `create table asset_tags (
       organization integer not null,
       tag          integer not null,
       asset        integer not null,
       primary key (organization, tag, asset),
       foreign key (organization, tag) references tags (organization, id),
       foreign key (organization, asset) references assets (organization, id)
     ) strict, without rowid`,
    `create index asset_tags_asset on asset_tags (organization, asset, tag)`,
    `create table asset_counts (
       organization integer not null,
       space        integer not null,
       trash        integer not null check (trash in (0, 1)), -- 1: assets in the trash
       folder       integer not null,                         -- 0: at the root
       assets       integer not null check (assets >= 0),     -- how many rows of assets are there
       primary key (organization, space, trash, folder)
     ) strict, without rowid`,
  ],
};
