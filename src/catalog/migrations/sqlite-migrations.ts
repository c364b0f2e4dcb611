/**
 * All steps of the SQLite catalogue. A written list: reading a folder would find other files before and after a build.
 */
import { organizationsMigration } from "./001-organizations.ts";
import { bucketsMigration } from "./002-buckets.ts";
import { assetsMigration } from "./003-assets.ts";
import { assetSearchMigration } from "./004-asset-search.ts";
import { accessMigration } from "./005-access.ts";
import { plannerStatisticsMigration } from "./006-planner-statistics.ts";
import { sessionsMigration } from "./007-sessions.ts";
import { bucketStorageMigration } from "./008-bucket-storage.ts";
import { assetFilesMigration } from "./009-asset-files.ts";
import { foldersAndTagsMigration } from "./010-folders-and-tags.ts";
import { permanentDeletionMigration } from "./011-permanent-deletion.ts";
import { sourceSettingsMigration } from "./012-source-settings.ts";
import { repoDeletionMigration } from "./013-repo-deletion.ts";
import { assetVersionsMigration } from "./014-asset-versions.ts";
import { assetChangesMigration } from "./015-asset-changes.ts";
import { folderAndTrashOrdersMigration } from "./016-folder-and-trash-orders.ts";
import { organizationCdnHostMigration } from "./017-organization-cdn-host.ts";
import type { Migration } from "./migration.ts";

/** Every step, in the order of its number. */
export const SQLITE_MIGRATIONS: readonly Migration[] = [
  organizationsMigration,
  bucketsMigration,
  assetsMigration,
  assetSearchMigration,
  accessMigration,
  plannerStatisticsMigration,
  sessionsMigration,
  bucketStorageMigration,
  assetFilesMigration,
  foldersAndTagsMigration,
  permanentDeletionMigration,
  sourceSettingsMigration,
  repoDeletionMigration,
  assetVersionsMigration,
  assetChangesMigration,
  folderAndTrashOrdersMigration,
  organizationCdnHostMigration,
];
