/**
 * Signing keys of the catalogue: one of an algorithm signs, the ones before it only check.
 */
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import type { CatalogRow } from "./catalog-tables.ts";
import type { NewSigningKey, SessionCatalog, SigningAlgorithm, SigningKey } from "./session-catalog.ts";

type SigningKeyMethods = Pick<SessionCatalog, "ensureSigningKey" | "rotateSigningKey" | "readSigningKey">;

/** The methods for signing keys. */
export function buildSigningKeys({ database, clock }: CatalogContext): SigningKeyMethods {
  return {
    async ensureSigningKey(first) {
      const known = await database.read((queries) => readLive(queries, first.algorithm));
      if (known !== undefined) return toSigningKey(known);
      // Looked up again: of two processes that start at once, one must not sign with a key that the other does not know.
      return database.write(async (queries) => {
        const appeared = await readLive(queries, first.algorithm);
        return toSigningKey(appeared ?? (await insertKey(queries, first, clock.now())));
      });
    },
    async rotateSigningKey(next, dropRetiredBeforeMs) {
      return database.write(async (queries) => {
        const now = clock.now();
        await queries.deleteFrom("signing_keys").where("retired_at_ms", "<", dropRetiredBeforeMs).execute();
        await queries
          .updateTable("signing_keys")
          .set({ retired_at_ms: now })
          .where("algorithm", "=", next.algorithm)
          .where("id", "!=", next.id)
          .where("retired_at_ms", "is", null)
          .execute();
        const known = await queries
          .updateTable("signing_keys")
          .set({ retired_at_ms: null })
          .where("id", "=", next.id)
          .returningAll()
          .executeTakeFirst();
        return toSigningKey(known ?? (await insertKey(queries, next, now)));
      });
    },
    async readSigningKey(id) {
      const row = await database.read((queries) =>
        queries.selectFrom("signing_keys").selectAll().where("id", "=", id).executeTakeFirst(),
      );
      return row === undefined ? null : toSigningKey(row);
    },
  };
}

function readLive(queries: CatalogQueries, algorithm: SigningAlgorithm) {
  return queries
    .selectFrom("signing_keys")
    .selectAll()
    .where("algorithm", "=", algorithm)
    .where("retired_at_ms", "is", null)
    .executeTakeFirst();
}

function insertKey(queries: CatalogQueries, key: NewSigningKey, nowMs: number) {
  const { id, algorithm, material } = key;
  return queries
    .insertInto("signing_keys")
    .values({ id, algorithm, material, created_at_ms: nowMs, retired_at_ms: null })
    .returningAll()
    .executeTakeFirstOrThrow();
}

function toSigningKey(row: CatalogRow<"signing_keys">): SigningKey {
  return {
    id: row.id,
    algorithm: row.algorithm,
    material: row.material,
    createdAtMs: row.created_at_ms,
    retiredAtMs: row.retired_at_ms,
  };
}
