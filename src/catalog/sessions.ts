/**
 * Logins and refresh tokens of the catalogue.
 */
import { toLoginEmail } from "../model/to-login-email.ts";
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import { checkName } from "./check-input.ts";
import { needsEmail, requireFreeLogin, type UserKey } from "./login-email.ts";
import { toUser } from "./organizations.ts";
import type { SessionCatalog } from "./session-catalog.ts";

type LoginMethods = Pick<SessionCatalog, "setPasswordHash" | "findLogin" | "setUserDisabled">;
type RefreshTokenMethods = Pick<SessionCatalog, "createRefreshToken" | "exchangeRefreshToken">;

/** The methods for logins. */
export function buildLogins({ database, clock }: CatalogContext): LoginMethods {
  return {
    async setPasswordHash(organization, user, passwordHash) {
      checkName(passwordHash, "password's hash");
      return database.write(async (queries) => {
        const key = { organization, id: user };
        const row = await selectUser(queries, key).select("email").executeTakeFirst();
        if (row === undefined) return false;
        if (row.email === null) throw needsEmail();
        const login_email = toLoginEmail(row.email);
        await requireFreeLogin(queries, login_email, key);
        await queries
          .updateTable("users")
          .set({ password_hash: passwordHash, login_email })
          .where("organization", "=", organization)
          .where("id", "=", user)
          .execute();
        await revokeAll(queries, key, clock.now());
        return true;
      });
    },
    async findLogin(email) {
      const row = await database.read((queries) =>
        queries.selectFrom("users").selectAll().where("login_email", "=", toLoginEmail(email)).executeTakeFirst(),
      );
      return row === undefined || row.password_hash === null
        ? null
        : { user: toUser(row), passwordHash: row.password_hash };
    },
    async setUserDisabled(organization, user, disabled) {
      return database.write(async (queries) => {
        const now = clock.now();
        const row = await queries
          .updateTable("users")
          // A user who is disabled already keeps the time.
          .set((eb) => ({ disabled_at_ms: disabled ? eb.fn.coalesce("disabled_at_ms", eb.val(now)) : null }))
          .where("organization", "=", organization)
          .where("id", "=", user)
          .returning("id")
          .executeTakeFirst();
        if (disabled) await revokeAll(queries, { organization, id: user }, now);
        return row !== undefined;
      });
    },
  };
}

/** The methods for refresh tokens. */
export function buildRefreshTokens({ database, clock, ids }: CatalogContext): RefreshTokenMethods {
  return {
    async createRefreshToken({ organization, user, passwordHash, secretHash, expiresAtMs }) {
      return database.write(async (queries) => {
        const now = clock.now();
        // In this transaction: a token that is stored behind the change of a password, or behind the disabling of its user,
        // would be one that neither of them revoked.
        const holder = await selectUser(queries, { organization, id: user })
          .select("id")
          .where("password_hash", "=", passwordHash)
          .where("disabled_at_ms", "is", null)
          .executeTakeFirst();
        if (holder === undefined) return null;
        await queries.deleteFrom("refresh_tokens").where("expires_at_ms", "<=", now).execute();
        const id = ids.uuid();
        const token = { id, family: id, organization, user_id: user, secret_hash: secretHash };
        await insertToken(queries, { ...token, created_at_ms: now, expires_at_ms: expiresAtMs });
        return { organization, user, id };
      });
    },
    async exchangeRefreshToken({ secretHash, nextSecretHash, expiresAtMs }) {
      return database.write(async (queries) => {
        const used = await queries
          .selectFrom("refresh_tokens")
          .selectAll()
          .where("secret_hash", "=", secretHash)
          .executeTakeFirst();
        const now = clock.now();
        if (used === undefined || used.revoked_at_ms !== null || used.expires_at_ms <= now) return null;
        const { family, organization, user_id } = used;
        if (used.used_at_ms !== null) {
          await queries
            .updateTable("refresh_tokens")
            .set({ revoked_at_ms: now })
            .where("family", "=", family)
            .where("revoked_at_ms", "is", null)
            .execute();
          return null;
        }
        await queries.updateTable("refresh_tokens").set({ used_at_ms: now }).where("id", "=", used.id).execute();
        const id = ids.uuid();
        const token = { id, family, organization, user_id, secret_hash: nextSecretHash };
        await insertToken(queries, { ...token, created_at_ms: now, expires_at_ms: expiresAtMs });
        return { organization, user: user_id, id };
      });
    },
  };
}

function selectUser(queries: CatalogQueries, { organization, id }: UserKey) {
  return queries.selectFrom("users").where("organization", "=", organization).where("id", "=", id);
}

async function insertToken(
  queries: CatalogQueries,
  token: {
    readonly id: string;
    readonly family: string;
    readonly organization: number;
    readonly user_id: number;
    readonly secret_hash: string;
    readonly created_at_ms: number;
    readonly expires_at_ms: number;
  },
): Promise<void> {
  await queries
    .insertInto("refresh_tokens")
    .values({ ...token, used_at_ms: null, revoked_at_ms: null })
    .execute();
}

/** Revokes every refresh token of a user: whoever changes a password means everybody who knew the old one. */
async function revokeAll(queries: CatalogQueries, { organization, id }: UserKey, nowMs: number): Promise<void> {
  await queries
    .updateTable("refresh_tokens")
    .set({ revoked_at_ms: nowMs })
    .where("organization", "=", organization)
    .where("user_id", "=", id)
    .where("revoked_at_ms", "is", null)
    .execute();
}
