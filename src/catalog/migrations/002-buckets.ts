/**
 * Migration 2 of the SQLite catalogue: repos and buckets.
 */
import type { Migration } from "./migration.ts";

/** Creates the places that objects are stored in. */
export const bucketsMigration: Migration = {
  number: 2,
  name: "buckets",
  statements: [
    `create table repos (
       organization  integer not null references organizations (id),
       id            text not null,    -- a lower-case UUID
       name          text not null,    -- 1 to 255 characters
       space         integer,          -- null: of no space
       created_at_ms integer not null,
       primary key (organization, id),
       unique (organization, name),
       foreign key (organization, space) references spaces (organization, id)
     ) strict`,
    `create table buckets (
       organization  integer not null references organizations (id),
       id            text not null,    -- a lower-case UUID, or what events name the bucket by
       name          text not null,    -- 1 to 255 characters
       space         integer,          -- null: of no space
       repo          text,             -- null: in no repo
       endpoint      text not null,    -- https://s3.example.com; '': not known; never a credential
       created_at_ms integer not null,
       deleted_at_ms integer,          -- null: not deleted; its records stay
       primary key (organization, id),
       foreign key (organization, space) references spaces (organization, id),
       foreign key (organization, repo) references repos (organization, id)
     ) strict`,
    // A deleted bucket gives its name free.
    `create unique index buckets_live_name on buckets (organization, name) where deleted_at_ms is null`,
  ],
};
