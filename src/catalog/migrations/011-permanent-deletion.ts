/**
 * Migration 11 of the SQLite catalogue: assets that are deleted for good, and lists of what is private at a moment.
 */
import type { Migration } from "./migration.ts";

/**
 * A row outlives its asset: usage refers to it. No list may show such a row, so the index of the trash leaves it out.
 * The index of private assets gets the time at which each becomes public, so that counting needs no look at the table.
 */
export const permanentDeletionMigration: Migration = {
  number: 11,
  name: "permanent-deletion",
  statements: [
    "alter table assets add column purged_at_ms integer", // null: can be read; else only its traffic is shown
    "drop index assets_trash",
    `create index assets_trash on assets (organization, space, created_at_ms, id, deleted_at_ms, purged_at_ms)
       where deleted_at_ms is not null and purged_at_ms is null`,
    "drop index assets_private",
    `create index assets_private
       on assets (organization, space, created_at_ms, id, is_private, publish_at_ms, deleted_at_ms)
       where deleted_at_ms is null and is_private = 1`,
    `insert into sqlite_stat1 (tbl, idx, stat) values
       ('assets', 'assets_trash',              '10000 1000 500 2 1 1 1'),
       ('assets', 'assets_private',            '10000 1000 500 2 1 1 1 1')`,
    "analyze sqlite_schema",
  ],
};
