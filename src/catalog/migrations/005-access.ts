/**
 * Migration 5 of the SQLite catalogue: tokens and sources.
 */
import type { Migration } from "./migration.ts";

/** Creates who may ask and where usage comes from. */
export const accessMigration: Migration = {
  number: 5,
  name: "access",
  statements: [
    `create table tokens (
       id            text primary key,     -- a UUID, safe to show
       organization  integer not null references organizations (id),
       name          text not null,        -- 1 to 255 characters; not unique
       role          text not null check (role in ('admin', 'manager', 'member')),
       scopes        text not null,        -- a JSON list of scopes
       spaces        text,                 -- a JSON list of the spaces it is limited to; null: all
       user_id       integer,              -- the user it acts for; null: none
       secret_hash   text not null unique, -- SHA-256 of the secret, 64 hex digits; the secret itself is nowhere
       created_at_ms integer not null,
       expires_at_ms integer,              -- null: never
       revoked_at_ms integer,              -- null: not revoked
       foreign key (organization, user_id) references users (organization, id)
     ) strict`,
    `create index tokens_created on tokens (organization, created_at_ms, id)`,
    `create table sources (
       organization      integer not null references organizations (id),
       name              text not null,    -- 1 to 255 characters; part of every event's identity, never changed
       format            text not null,    -- one of SOURCE_FORMATS (model/source.ts)
       space             integer,          -- of records that name none; null: of no space
       lateness_bound_ms integer not null check (lateness_bound_ms >= 0),
       tracks_watermark  integer not null check (tracks_watermark in (0, 1)),
       registers_unknown integer not null check (registers_unknown in (0, 1)),
       created_at_ms     integer not null,
       primary key (organization, name),
       foreign key (organization, space) references spaces (organization, id)
     ) strict`,
  ],
};
