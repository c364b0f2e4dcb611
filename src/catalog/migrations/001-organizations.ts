/**
 * Migration 1 of the SQLite catalogue: organizations, spaces, users.
 */
import type { Migration } from "./migration.ts";

/** Creates the tenant's tables. Times are UTC milliseconds everywhere in the catalogue. */
export const organizationsMigration: Migration = {
  number: 1,
  name: "organizations",
  statements: [
    `create table organizations (
       id                        integer primary key check (id > 0),
       name                      text not null unique,                                  -- 1 to 255 characters
       monthly_traffic_bytes_max integer not null check (monthly_traffic_bytes_max >= 0), -- bytes; 0: no limit
       created_at_ms             integer not null
     ) strict`,
    `create table spaces (
       organization  integer not null references organizations (id),
       id            integer not null check (id > 0), -- unique within the organization
       name          text not null,                   -- 1 to 255 characters
       created_at_ms integer not null,
       updated_at_ms integer not null,
       primary key (organization, id),
       unique (organization, name)
     ) strict`,
    `create table users (
       organization  integer not null references organizations (id),
       id            integer not null check (id > 0), -- unique within the organization
       name          text not null,                   -- 1 to 255 characters; not unique
       email         text,                            -- null: not known
       role          text not null check (role in ('admin', 'manager', 'member')),
       created_at_ms integer not null,
       primary key (organization, id)
     ) strict`,
  ],
};
