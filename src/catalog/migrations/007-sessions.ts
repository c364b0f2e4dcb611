/**
 * Migration 7 of the SQLite catalogue: how people log in.
 */
import type { Migration } from "./migration.ts";

/** Creates what a login and the tokens after it need. Nothing here can be turned back into a password or a token. */
export const sessionsMigration: Migration = {
  number: 7,
  name: "sessions",
  statements: [
    "alter table users add column password_hash text", // null: cannot log in; else an encoded Argon2id hash
    "alter table users add column login_email text", // null: cannot log in; else email in lower case
    "alter table users add column disabled_at_ms integer", // null: not disabled
    // A login names no organization, so that one address may be the login of one user of the whole server only.
    "create unique index users_login_email on users (login_email) where login_email is not null",
    `create table refresh_tokens (
       id            text primary key,     -- a UUID, safe to show
       family        text not null,        -- the id of the first token of the login; all that replaced it share it
       organization  integer not null,
       user_id       integer not null,
       secret_hash   text not null unique, -- SHA-256 of the secret, 64 hex digits; the secret itself is nowhere
       created_at_ms integer not null,
       expires_at_ms integer not null,
       used_at_ms    integer,              -- null: not exchanged yet
       revoked_at_ms integer,              -- null: not revoked
       foreign key (organization, user_id) references users (organization, id)
     ) strict`,
    "create index refresh_tokens_family on refresh_tokens (family)",
    "create index refresh_tokens_expires on refresh_tokens (expires_at_ms)",
    `create table signing_keys (
       id            text primary key,     -- the kid of the tokens that it signs
       algorithm     text not null check (algorithm in ('HS256', 'EdDSA')),
       material      text not null,        -- HS256: the secret, base64url; EdDSA: the public key as a JWK, never the private one
       created_at_ms integer not null,
       retired_at_ms integer               -- null: signs; else only checks what it signed before
     ) strict`,
  ],
};
