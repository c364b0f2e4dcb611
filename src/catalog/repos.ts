/**
 * Repos of the catalogue: named groups of buckets.
 */
import type { Repo } from "../model/bucket.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import type { CatalogRow } from "./catalog-tables.ts";
import { checkName } from "./check-input.ts";
import { conflict, requireOrganization, requireSpace } from "./existence.ts";

type RepoMethods = Pick<Catalog, "createRepo" | "listRepos" | "updateRepo" | "deleteRepo">;
type RepoName = { readonly organization: number; readonly id: string };

/** The methods for repos. Names are unique among the organization's repos that are not deleted. */
export function buildRepos({ database, clock, ids }: CatalogContext): RepoMethods {
  return {
    async createRepo(input) {
      const id = input.id ?? ids.uuid();
      const space = input.space ?? null;
      checkName(id, "repo's id");
      checkName(input.name, "repo's name");
      return database.write(async (queries) => {
        await requireOrganization(queries, input.organization);
        await requireSpace(queries, input.organization, space);
        const row = await queries
          .insertInto("repos")
          .values({ organization: input.organization, id, name: input.name, space, created_at_ms: clock.now() })
          .onConflict((oc) => oc.doNothing())
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) throw conflict(`repo with the id ${id} or the name "${input.name}"`);
        return toRepo(row);
      });
    },
    async listRepos(organization) {
      const rows = await database.read((queries) =>
        queries
          .selectFrom("repos")
          .selectAll()
          .where("organization", "=", organization)
          .where("deleted_at_ms", "is", null)
          .orderBy("created_at_ms")
          .orderBy("id")
          .execute(),
      );
      return rows.map(toRepo);
    },
    async updateRepo(organization, id, { name, space }) {
      if (name !== undefined) checkName(name, "repo's name");
      return database.write(async (queries) => {
        await requireSpace(queries, organization, space ?? null);
        if (name !== undefined) await requireFreeName(queries, { organization, id }, name);
        const row = await queries
          .updateTable("repos")
          .set((eb) => ({
            // Naming the id keeps the statement whole when nothing else changes.
            id: eb.ref("id"),
            ...(name === undefined ? {} : { name }),
            ...(space === undefined ? {} : { space }),
          }))
          .where("organization", "=", organization)
          .where("id", "=", id)
          .where("deleted_at_ms", "is", null)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) return null;
        if (space != null) await letBucketsGo(queries, { organization, id }, space);
        return toRepo(row);
      });
    },
    async deleteRepo(organization, id) {
      return database.write(async (queries) => {
        const row = await queries
          .updateTable("repos")
          // A repo that is deleted already keeps its time.
          .set((eb) => ({ deleted_at_ms: eb.fn.coalesce("deleted_at_ms", eb.val(clock.now())) }))
          .where("organization", "=", organization)
          .where("id", "=", id)
          .returning("id")
          .executeTakeFirst();
        if (row === undefined) return false;
        await letBucketsGo(queries, { organization, id }, null);
        return true;
      });
    },
  };
}

/** Takes the repo's buckets out of it, but for those of `exceptSpace`; null spares none. */
async function letBucketsGo(
  queries: CatalogQueries,
  { organization, id }: RepoName,
  exceptSpace: number | null,
): Promise<void> {
  await queries
    .updateTable("buckets")
    .set({ repo: null })
    .where("organization", "=", organization)
    .where("repo", "=", id)
    .$if(exceptSpace !== null, (query) =>
      query.where((eb) => eb.or([eb("space", "is", null), eb("space", "!=", exceptSpace)])),
    )
    .execute();
}

/** Rejects with `catalog/conflict` when another repo that is not deleted has the name. */
async function requireFreeName(queries: CatalogQueries, { organization, id }: RepoName, name: string): Promise<void> {
  const holder = await queries
    .selectFrom("repos")
    .select("id")
    .where("organization", "=", organization)
    .where("name", "=", name)
    .where("id", "!=", id)
    .where("deleted_at_ms", "is", null)
    .executeTakeFirst();
  if (holder !== undefined) throw conflict(`repo with the name "${name}"`);
}

function toRepo(row: CatalogRow<"repos">): Repo {
  return {
    organization: row.organization,
    id: row.id,
    name: row.name,
    space: row.space,
    createdAtMs: row.created_at_ms,
  };
}
