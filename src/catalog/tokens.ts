/**
 * Tokens of the catalogue: found by the hash of their secret, listed without it.
 */
import type { Scope, Token } from "../model/token.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogContext } from "./catalog-database.ts";
import type { CatalogRow } from "./catalog-tables.ts";
import { checkCount, checkName } from "./check-input.ts";
import { conflict, requireOrganization, requireSpace, requireUser } from "./existence.ts";

type TokenMethods = Pick<Catalog, "createToken" | "findToken" | "listTokens" | "revokeToken" | "deleteToken">;

/** The methods for tokens. Two tokens may have the same name, so that one can take over from the other. */
export function buildTokens({ database, clock, ids }: CatalogContext): TokenMethods {
  return {
    async createToken(input) {
      const { organization, name, role, user } = input;
      checkName(name, "token's name");
      checkName(input.secretHash, "token's hash");
      checkCount(input.expiresAtMs, "token's time of expiry in UTC milliseconds");
      return database.write(async (queries) => {
        await requireOrganization(queries, organization);
        await requireUser(queries, organization, user);
        for (const space of input.spaces ?? []) await requireSpace(queries, organization, space);
        const row = await queries
          .insertInto("tokens")
          .values({
            id: ids.uuid(),
            organization,
            name,
            role,
            scopes: JSON.stringify(input.scopes),
            spaces: input.spaces === null ? null : JSON.stringify(input.spaces),
            user_id: user,
            secret_hash: input.secretHash,
            created_at_ms: clock.now(),
            expires_at_ms: input.expiresAtMs,
            revoked_at_ms: null,
          })
          .onConflict((oc) => oc.doNothing())
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) throw conflict("token with this secret");
        return toToken(row);
      });
    },
    async findToken(secretHash) {
      const row = await database.read((queries) =>
        queries.selectFrom("tokens").selectAll().where("secret_hash", "=", secretHash).executeTakeFirst(),
      );
      return row === undefined ? null : toToken(row);
    },
    async listTokens(organization) {
      const rows = await database.read((queries) =>
        queries
          .selectFrom("tokens")
          .selectAll()
          .where("organization", "=", organization)
          .orderBy("created_at_ms", "desc")
          .orderBy("id", "desc")
          .execute(),
      );
      return rows.map(toToken);
    },
    async revokeToken(organization, id) {
      return database.write(async (queries) => {
        const row = await queries
          .updateTable("tokens")
          // A token that is revoked already keeps its time.
          .set((eb) => ({ revoked_at_ms: eb.fn.coalesce("revoked_at_ms", eb.val(clock.now())) }))
          .where("organization", "=", organization)
          .where("id", "=", id)
          .returning("id")
          .executeTakeFirst();
        return row !== undefined;
      });
    },
    async deleteToken(organization, id) {
      return database.write(async (queries) => {
        const row = await queries
          .deleteFrom("tokens")
          .where("organization", "=", organization)
          .where("id", "=", id)
          .returning("id")
          .executeTakeFirst();
        return row !== undefined;
      });
    },
  };
}

function toToken(row: CatalogRow<"tokens">): Token {
  return {
    id: row.id,
    organization: row.organization,
    name: row.name,
    role: row.role,
    scopes: JSON.parse(row.scopes) as readonly Scope[],
    spaces: row.spaces === null ? null : (JSON.parse(row.spaces) as readonly number[]),
    user: row.user_id,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
  };
}
