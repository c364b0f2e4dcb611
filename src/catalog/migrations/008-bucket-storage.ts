/**
 * Migration 8 of the SQLite catalogue: where a bucket is stored.
 */
import type { Migration } from "./migration.ts";

/** Adds how a bucket is known at its storage. Credentials have no column: they are never kept. */
export const bucketStorageMigration: Migration = {
  number: 8,
  name: "bucket-storage",
  statements: [
    "alter table buckets add column storage_name text not null default ''", // its name at the storage; '': not known
    "alter table buckets add column storage_type text not null default ''", // a product or protocol, `S3`; '': not known
    "alter table buckets add column region text not null default ''", // '': not known
  ],
};
