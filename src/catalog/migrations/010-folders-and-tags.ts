/**
 * Migration 10 of the SQLite catalogue: folders known by a UUID, tags of things other than assets.
 */
import type { Migration } from "./migration.ts";

/** A random UUID of version 4. Wrapped: as a column's own expression SQLite would take it for one value of all rows. */
const RANDOM_UUID = `(
  select lower(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' || substr(h, 14, 3) || '-a' || substr(h, 18, 3)
    || '-' || substr(h, 21, 12))
  from (select hex(randomblob(16)) as h, folders.id))`;

/**
 * Lets folders of one parent share a name, and tags of different kinds of things too. A table's own unique constraint
 * cannot be dropped: the tags move to a new table, and what refers to them moves out of the way and back.
 */
export const foldersAndTagsMigration: Migration = {
  number: 10,
  name: "folders-and-tags",
  statements: [
    "drop index folders_name",
    "alter table folders add column uuid text", // always set: unique within the organization
    `update folders set uuid = ${RANDOM_UUID}`,
    "create unique index folders_uuid on folders (organization, uuid)",
    "create index folders_name on folders (organization, space, name, id)",
    "create index folders_parent on folders (organization, parent) where parent is not null",
    // Found whether in the trash or not: a folder that is deleted leaves none of its assets behind.
    "create index assets_of_folder on assets (organization, folder) where folder is not null",
    `create table asset_tags_moved (organization integer not null, tag integer not null, asset integer not null) strict`,
    "insert into asset_tags_moved select organization, tag, asset from asset_tags",
    "drop table asset_tags",
    "alter table tags rename to tags_moved",
    `create table tags (
       organization integer not null,
       id           integer not null check (id > 0), -- unique within the organization
       space        integer not null,
       name         text not null,                   -- 1 to 255 characters
       object_type  text not null default 'asset' check (object_type in ('asset', 'component', 'idea')),
       primary key (organization, id),
       unique (organization, space, name, object_type),
       foreign key (organization, space) references spaces (organization, id)
     ) strict`,
    "insert into tags (organization, id, space, name) select organization, id, space, name from tags_moved",
    "drop table tags_moved",
    `create table asset_tags (
       organization integer not null,
       tag          integer not null, -- of the object type asset
       asset        integer not null,
       primary key (organization, tag, asset),
       foreign key (organization, tag) references tags (organization, id),
       foreign key (organization, asset) references assets (organization, id)
     ) strict, without rowid`,
    "insert into asset_tags select organization, tag, asset from asset_tags_moved order by organization, tag, asset",
    "drop table asset_tags_moved",
    "create index asset_tags_asset on asset_tags (organization, asset, tag)",
    // The statistics of migration 6 went with the tables and indexes that are gone.
    `insert into sqlite_stat1 (tbl, idx, stat) values
       ('asset_tags', 'asset_tags',            '1000000 100000 1000 1'),
       ('asset_tags', 'asset_tags_asset',      '1000000 100000 3 1'),
       ('tags', 'sqlite_autoindex_tags_1',     '1000 100 1'),
       ('tags', 'sqlite_autoindex_tags_2',     '1000 100 50 1 1'),
       ('folders', 'folders_name',             '10000 1000 500 1 1'),
       ('folders', 'folders_parent',           '10000 1000 5'),
       ('assets', 'assets_of_folder',          '500000 50000 500')`,
    "analyze sqlite_schema",
  ],
};
