/**
 * Looks whether things that others are to be attached to exist. Rejects with `catalog/not-found`, in the same words
 * for a foreign thing as for an unknown one.
 */
import { sql } from "kysely";
import { AppError } from "../platform/errors.ts";
import type { CatalogQueries } from "./catalog-database.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";

/** Tables whose rows have an organization and a number as their id. */
export type NumberedTable = "spaces" | "users" | "folders" | "tags" | "assets";

/** Rejects with `catalog/not-found` unless the organization exists. */
export async function requireOrganization(queries: CatalogQueries, id: number): Promise<void> {
  const row = await queries.selectFrom("organizations").select("id").where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw notFound("organization", id);
}

/** Rejects with `catalog/not-found` unless the space exists; null asks for nothing. */
export async function requireSpace(queries: CatalogQueries, organization: number, id: number | null): Promise<void> {
  if (id === null) return;
  const row = await queries
    .selectFrom("spaces")
    .select("id")
    .where("organization", "=", organization)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw notFound("space", id);
}

/** Rejects with `catalog/not-found` unless the user exists; null asks for nothing. */
export async function requireUser(queries: CatalogQueries, organization: number, id: number | null): Promise<void> {
  if (id === null) return;
  const row = await queries
    .selectFrom("users")
    .select("id")
    .where("organization", "=", organization)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw notFound("user", id);
}

/** The space of a repo that is not deleted, null for one of no space. Rejects with `catalog/not-found` without it. */
export async function readRepoSpace(queries: CatalogQueries, organization: number, id: string): Promise<number | null> {
  const row = await queries
    .selectFrom("repos")
    .select("space")
    .where("organization", "=", organization)
    .where("id", "=", id)
    .where("deleted_at_ms", "is", null)
    .executeTakeFirst();
  if (row === undefined) throw notFound("repo", id);
  return row.space;
}

/** Rejects with `catalog/not-found` unless every folder, or every tag of assets, is in this very space. */
export async function requireInSpace(
  queries: CatalogQueries,
  table: "folders" | "tags",
  place: SpaceOrNone,
  ids: readonly number[],
): Promise<void> {
  const found = new Set(await readInSpace(queries, table, place, ids));
  const missing = ids.find((id) => !found.has(id));
  if (missing !== undefined) throw notFound(table === "folders" ? "folder" : "tag", missing);
}

/** A space by its whole identity; nothing is in none (null). */
type SpaceOrNone = { readonly organization: number; readonly space: number | null };

/**
 * Those of these folders, or of these tags of assets, that are in this very space; each once. Many at a time: an asset may
 * have ten thousand tags, and everything else waits for the transaction that asks for each of them.
 */
export async function readInSpace(
  queries: CatalogQueries,
  table: "folders" | "tags",
  { organization, space }: SpaceOrNone,
  ids: readonly number[],
): Promise<readonly number[]> {
  const found: number[] = [];
  for (const chunk of chunksOf([...new Set(ids)], IN_LIST_MAX)) {
    const rows = await queries
      // Both tables have the three columns; Kysely cannot type a union of tables.
      .selectFrom(table as keyof Pick<CatalogTables, "folders">)
      .select("id")
      .where("organization", "=", organization)
      .where("id", "in", chunk)
      .where("space", "=", space ?? 0)
      .$if(table === "tags", (query) => query.where(sql.ref("object_type"), "=", "asset"))
      .execute();
    for (const { id } of rows) found.push(id);
  }
  return found;
}

/** The error for a thing that is not there. */
export function notFound(what: string, id: number | string): AppError {
  return new AppError("catalog/not-found", `There is no ${what} ${id}.`);
}

/** The error for an id or name that is taken. `what` says both: `space with id 7 or the name "Site"`. */
export function conflict(what: string): AppError {
  const article = /^[aeio]/.test(what) ? "an" : "a";
  return new AppError("catalog/conflict", `There is already ${article} ${what}. Choose another one.`);
}
