/**
 * Folders of assets: a tree per space, whose folders may share names.
 */
import { sql } from "kysely";
import type { AssetFolder, FolderFilter } from "../model/asset.ts";
import type { AssetCatalog } from "./asset-catalog.ts";
import type { CatalogContext, CatalogDatabase, CatalogQueries } from "./catalog-database.ts";
import { moveToFolder } from "./change-assets.ts";
import { checkId, checkName } from "./check-input.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";
import { conflict, requireInSpace, requireOrganization, requireSpace } from "./existence.ts";
import { chooseId } from "./free-ids.ts";
import { containsText } from "./name-search.ts";

type FolderMethods = Pick<
  AssetCatalog,
  "createFolder" | "readFolder" | "listFolders" | "updateFolder" | "deleteFolder"
>;

/** Assets that leave a deleted folder in one transaction, some 100 ms: everything else waits for it. */
const LEAVING_ASSETS_MAX = 5_000;

/** The methods for folders. */
export function buildFolders({ database, ids }: CatalogContext): FolderMethods {
  return {
    async createFolder(input) {
      const { organization, space, name, parent = null } = input;
      checkName(name, "folder's name");
      if (input.id !== undefined) checkId(input.id, "folder's id");
      return database.write(async (queries) => {
        await requireOrganization(queries, organization);
        await requireSpace(queries, organization, space);
        if (parent !== null) await requireInSpace(queries, "folders", { organization, space }, [parent]);
        const id = input.id ?? (await chooseId(queries, "folders", organization));
        const row = await queries
          .insertInto("folders")
          .values({ organization, id, uuid: ids.uuid(), space, name, parent })
          .onConflict((oc) => oc.doNothing())
          .returning("id")
          .executeTakeFirst();
        if (row === undefined) throw conflict(`folder with the id ${id}`);
        return (await readOne(queries, organization, id))!;
      });
    },
    async readFolder(organization, id) {
      return database.read((queries) => readOne(queries, organization, id));
    },
    async listFolders(organization, space, filter) {
      const folders = await database.read((queries) => readChildren(queries, { organization, space }, filter.parent));
      return folders.filter(buildMatcher(filter));
    },
    async updateFolder(organization, id, changes) {
      if (changes.name !== undefined) checkName(changes.name, "folder's name");
      return database.write(async (queries) => {
        const before = await readOne(queries, organization, id);
        if (before === null) return null;
        const { name = before.name, parent = before.parent } = changes;
        if (parent !== null) {
          await requireInSpace(queries, "folders", before, [parent]);
          if ((await readTree(queries, organization, id)).includes(parent)) {
            throw conflict(`folder ${id} above the folder ${parent}`);
          }
        }
        await queries
          .updateTable("folders")
          .set({ name, parent })
          .where("organization", "=", organization)
          .where("id", "=", id)
          .execute();
        return readOne(queries, organization, id);
      });
    },
    deleteFolder: (organization, id, recursive) => deleteFolder(database, { organization, id, recursive }),
  };
}

/** Assets first, folders last: whatever comes in between, or a crash, leaves folders that can be deleted again. */
async function deleteFolder(
  database: CatalogDatabase,
  { organization, id, recursive }: { readonly organization: number; readonly id: number; readonly recursive: boolean },
): Promise<boolean> {
  for (;;) {
    const done = await database.write(async (queries) => {
      const folder = await readOne(queries, organization, id);
      if (folder === null) return { deleted: false };
      const going = recursive ? await readTree(queries, organization, id) : [id];
      if (!(await leaveFolders(queries, organization, going))) return null;
      if (!recursive) {
        await queries
          .updateTable("folders")
          .set({ parent: folder.parent })
          .where("organization", "=", organization)
          .where("parent", "=", id)
          .execute();
      }
      await deleteRows(queries, organization, going);
      return { deleted: true };
    });
    if (done !== null) return done.deleted;
  }
}

/** Puts assets of these folders into the root; true when none is left. */
async function leaveFolders(
  queries: CatalogQueries,
  organization: number,
  folders: readonly number[],
): Promise<boolean> {
  let left = LEAVING_ASSETS_MAX;
  for (const folder of folders) {
    const assets = await queries
      .selectFrom("assets")
      .select(["id", "space", "folder", "deleted_at_ms"])
      .where("organization", "=", organization)
      .where("folder", "=", folder)
      .limit(left)
      .execute();
    await moveToFolder(queries, organization, assets, null);
    left -= assets.length;
    if (left === 0) return false;
  }
  return true;
}

async function deleteRows(queries: CatalogQueries, organization: number, ids: readonly number[]): Promise<void> {
  // A folder refers to its parent: all of them are let go before the first one is deleted.
  for (const chunk of chunksOf(ids, IN_LIST_MAX)) {
    await queries
      .updateTable("folders")
      .set({ parent: null })
      .where("organization", "=", organization)
      .where("id", "in", chunk)
      .execute();
    await queries
      .deleteFrom("asset_counts")
      .where("organization", "=", organization)
      .where("folder", "in", chunk)
      .execute();
  }
  for (const chunk of chunksOf(ids, IN_LIST_MAX)) {
    await queries.deleteFrom("folders").where("organization", "=", organization).where("id", "in", chunk).execute();
  }
}

/** A folder and all folders inside it, at any depth. */
async function readTree(queries: CatalogQueries, organization: number, id: number): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    with recursive inside (id) as (
      select ${id}
      union
      select folders.id from folders join inside on folders.parent = inside.id
      where folders.organization = ${organization}
    )
    select id from inside`.execute(queries);
  return rows.map((row) => row.id);
}

/**
 * Not conditions of a statement: a list of ids may be longer than the values that a statement takes. Each list is gone through
 * once: for each folder anew, 30,000 folders and as many ids took 1.9 s, as many UUIDs 45 s (Node 24, on a busy Xeon).
 */
function buildMatcher({ nameContains, ids, uuids }: FolderFilter): (folder: AssetFolder) => boolean {
  const wantedIds = ids === undefined ? null : new Set(ids);
  const wantedUuids = uuids === undefined ? null : new Set(uuids);
  return ({ id, uuid, name }) =>
    (wantedIds === null || wantedIds.has(id)) &&
    (wantedUuids === null || wantedUuids.has(uuid)) &&
    (nameContains === undefined || containsText(name, nameContains));
}

/** All folders of a space, or the direct children of one (null: those at the root), by name, then id. */
async function readChildren(
  queries: CatalogQueries,
  { organization, space }: { readonly organization: number; readonly space: number },
  parent: number | null | undefined,
): Promise<readonly AssetFolder[]> {
  return selectFolders(queries)
    .where("folders.organization", "=", organization)
    .where("folders.space", "=", space)
    .$if(parent === null, (query) => query.where("folders.parent", "is", null))
    .$if(typeof parent === "number", (query) => query.where("folders.parent", "=", parent as number))
    .orderBy("folders.name")
    .orderBy("folders.id")
    .execute();
}

async function readOne(queries: CatalogQueries, organization: number, id: number): Promise<AssetFolder | null> {
  const row = await selectFolders(queries)
    .where("folders.organization", "=", organization)
    .where("folders.id", "=", id)
    .executeTakeFirst();
  return row ?? null;
}

function selectFolders(queries: CatalogQueries) {
  return queries
    .selectFrom("folders")
    .leftJoin("folders as parents", (join) =>
      join.onRef("parents.organization", "=", "folders.organization").onRef("parents.id", "=", "folders.parent"),
    )
    .select([
      "folders.organization",
      "folders.id",
      "folders.uuid",
      "folders.space",
      "folders.name",
      "folders.parent",
      "parents.uuid as parentUuid",
    ]);
}
