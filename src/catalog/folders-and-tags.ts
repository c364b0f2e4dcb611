/**
 * Folders and tags of assets.
 */
import type { Catalog } from "./catalog.ts";
import type { CatalogContext } from "./catalog-database.ts";
import { checkId, checkName } from "./check-input.ts";
import { conflict, requireInSpace, requireOrganization, requireSpace } from "./existence.ts";
import { chooseId } from "./free-ids.ts";

/** The methods for folders (names are unique within their parent) and tags (unique within their space). */
export function buildFoldersAndTags({ database }: CatalogContext): Pick<Catalog, "createFolder" | "createTag"> {
  return {
    async createFolder(input) {
      const { organization, space, name, parent = null } = input;
      checkName(name, "folder's name");
      if (input.id !== undefined) checkId(input.id, "folder's id");
      return database.write(async (queries) => {
        await requireOrganization(queries, organization);
        await requireSpace(queries, organization, space);
        if (parent !== null) await requireInSpace(queries, "folders", { organization, space }, parent);
        const id = input.id ?? (await chooseId(queries, "folders", organization));
        const row = await queries
          .insertInto("folders")
          .values({ organization, id, space, name, parent })
          .onConflict((oc) => oc.doNothing())
          .returning("id")
          .executeTakeFirst();
        if (row === undefined) throw conflict(`folder with the id ${id} or, in this place, the name "${name}"`);
        return { organization, id, space, name, parent };
      });
    },
    async createTag(input) {
      const { organization, space, name } = input;
      checkName(name, "tag's name");
      if (input.id !== undefined) checkId(input.id, "tag's id");
      return database.write(async (queries) => {
        await requireOrganization(queries, organization);
        await requireSpace(queries, organization, space);
        const id = input.id ?? (await chooseId(queries, "tags", organization));
        const row = await queries
          .insertInto("tags")
          .values({ organization, id, space, name })
          .onConflict((oc) => oc.doNothing())
          .returning("id")
          .executeTakeFirst();
        if (row === undefined) throw conflict(`tag with the id ${id} or, in this space, the name "${name}"`);
        return { id, name };
      });
    },
  };
}
