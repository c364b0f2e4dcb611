/**
 * Migration 16 of the SQLite catalogue: a folder's assets and the trash in each of the three orders of lists.
 */
import type { Migration } from "./migration.ts";

/**
 * With an index for each order a page comes straight from it, also the first time that it is asked for. Partial ones: an
 * asset that usage registers is in no folder and not in the trash, and costs nothing more.
 */
export const folderAndTrashOrdersMigration: Migration = {
  number: 16,
  name: "folder-and-trash-orders",
  statements: [
    ...[
      ["updated", "updated_at_ms"],
      ["filename", "short_filename"],
    ].flatMap(([name, column]) => [
      `create index assets_folder_${name} on assets (organization, space, folder, ${column}, id, deleted_at_ms)
       where deleted_at_ms is null and folder is not null`,
      `create index assets_trash_${name} on assets (organization, space, ${column}, id, deleted_at_ms, purged_at_ms)
       where deleted_at_ms is not null and purged_at_ms is null`,
      `insert into sqlite_stat1 (tbl, idx, stat) values
       ('assets', 'assets_folder_${name}', '500000 50000 25000 500 2 1 1'),
       ('assets', 'assets_trash_${name}',  '10000 1000 500 2 1 1 1')`,
    ]),
    "analyze sqlite_schema",
  ],
};
