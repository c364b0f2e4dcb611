/**
 * Migration 13 of the SQLite catalogue: repos that are deleted.
 */
import type { Migration } from "./migration.ts";

/**
 * Lets a deleted repo give its name free. A table's own unique constraint cannot be dropped: the repos move to a new
 * table, and the buckets' references to them move out of the way and back.
 */
export const repoDeletionMigration: Migration = {
  number: 13,
  name: "repo-deletion",
  statements: [
    "create table bucket_repos_moved (organization integer not null, bucket text not null, repo text not null) strict",
    "insert into bucket_repos_moved select organization, id, repo from buckets where repo is not null",
    "update buckets set repo = null where repo is not null",
    `create table repos_new (
       organization  integer not null references organizations (id),
       id            text not null,    -- a lower-case UUID
       name          text not null,    -- 1 to 255 characters
       space         integer,          -- null: of no space
       created_at_ms integer not null,
       deleted_at_ms integer,          -- null: not deleted; no bucket is in a deleted one
       primary key (organization, id),
       foreign key (organization, space) references spaces (organization, id)
     ) strict`,
    `insert into repos_new (organization, id, name, space, created_at_ms)
       select organization, id, name, space, created_at_ms from repos`,
    "drop table repos",
    "alter table repos_new rename to repos",
    "create unique index repos_live_name on repos (organization, name) where deleted_at_ms is null",
    `update buckets set repo = moved.repo from bucket_repos_moved as moved
       where buckets.organization = moved.organization and buckets.id = moved.bucket`,
    "drop table bucket_repos_moved",
    // Changing or deleting a repo looks for its buckets.
    "create index buckets_of_repo on buckets (organization, repo) where repo is not null",
  ],
};
