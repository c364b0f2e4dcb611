/**
 * Migration 17 of the SQLite catalogue: the host that an organization's files are delivered from.
 */
import type { Migration } from "./migration.ts";

/** Organizations that are there have no host of their own: the server's setting goes on to speak for them. */
export const organizationCdnHostMigration: Migration = {
  number: 17,
  name: "organization-cdn-host",
  // A host name of 1 to 253 characters; null: none of its own.
  statements: ["alter table organizations add column cdn_host text"],
};
