/**
 * Migration 12 of the SQLite catalogue: what can be set on a source of log lines.
 */
import type { Migration } from "./migration.ts";

/** JSON of the settings that differ from DEFAULT_SETTINGS (model/source-settings.ts), read and written as a whole. */
export const sourceSettingsMigration: Migration = {
  number: 12,
  name: "source-settings",
  statements: ["alter table sources add column settings text not null default '{}'"],
};
