/**
 * Tags: names that things of a space are marked with.
 */
import type { Tag, TagFilter } from "../model/asset.ts";
import type { AssetCatalog } from "./asset-catalog.ts";
import type { Page } from "./catalog.ts";
import type { CatalogContext, CatalogQueries } from "./catalog-database.ts";
import { checkId, checkName, checkPage } from "./check-input.ts";
import { chunksOf, IN_LIST_MAX } from "./chunks-of.ts";
import { conflict, requireOrganization, requireSpace } from "./existence.ts";
import { chooseId } from "./free-ids.ts";
import { containsText } from "./name-search.ts";

type TagMethods = Pick<
  AssetCatalog,
  "createTag" | "readTag" | "listTags" | "countTagAssets" | "renameTag" | "deleteTag"
>;

/** The methods for tags. */
export function buildTags({ database }: CatalogContext): TagMethods {
  return {
    async createTag(input) {
      const { organization, space, name, objectType = "asset" } = input;
      checkName(name, "tag's name");
      if (input.id !== undefined) checkId(input.id, "tag's id");
      return database.write(async (queries) => {
        await requireOrganization(queries, organization);
        await requireSpace(queries, organization, space);
        const id = input.id ?? (await chooseId(queries, "tags", organization));
        const row = await queries
          .insertInto("tags")
          .values({ organization, id, space, name, object_type: objectType })
          .onConflict((oc) => oc.doNothing())
          .returning("id")
          .executeTakeFirst();
        if (row === undefined) throw conflict(`tag with the id ${id} or, in this space, the name "${name}"`);
        return { organization, id, space, name, objectType };
      });
    },
    async readTag(organization, id) {
      return database.read((queries) => readOne(queries, organization, id));
    },
    async listTags(organization, space, filter, page) {
      checkPage(page);
      return database.readSnapshot((queries) => readPage(queries, { organization, space }, filter, page));
    },
    async countTagAssets(organization, ids) {
      const counts = new Map<number, number>();
      await database.read(async (queries) => {
        for (const chunk of chunksOf([...new Set(ids)], IN_LIST_MAX)) {
          for (const { tag, assets } of await countAssets(queries, organization, chunk))
            counts.set(tag, Number(assets));
        }
      });
      return counts;
    },
    async renameTag(organization, id, name) {
      checkName(name, "tag's name");
      return database.write(async (queries) => {
        const before = await readOne(queries, organization, id);
        if (before === null) return null;
        await requireFreeName(queries, { ...before, name });
        await queries
          .updateTable("tags")
          .set({ name })
          .where("organization", "=", organization)
          .where("id", "=", id)
          .execute();
        return { ...before, name };
      });
    },
    async deleteTag(organization, id) {
      return database.write(async (queries) => {
        await queries.deleteFrom("asset_tags").where("organization", "=", organization).where("tag", "=", id).execute();
        const deleted = await queries
          .deleteFrom("tags")
          .where("organization", "=", organization)
          .where("id", "=", id)
          .returning("id")
          .executeTakeFirst();
        return deleted !== undefined;
      });
    },
  };
}

async function requireFreeName(
  queries: CatalogQueries,
  { organization, id, space, name, objectType }: Tag,
): Promise<void> {
  const holder = await queries
    .selectFrom("tags")
    .select("id")
    .where("organization", "=", organization)
    .where("space", "=", space)
    .where("name", "=", name)
    .where("object_type", "=", objectType)
    .where("id", "!=", id)
    .executeTakeFirst();
  if (holder !== undefined) throw conflict(`tag with, in this space, the name "${name}"`);
}

/**
 * A search, and a list of ids, read every tag that matches otherwise: databases do not agree on the cases of letters
 * beyond ASCII, and a list of ids may be longer than the values that a statement takes.
 */
async function readPage(
  queries: CatalogQueries,
  place: { readonly organization: number; readonly space: number },
  filter: TagFilter,
  { page, perPage }: Page,
): Promise<{ readonly tags: readonly Tag[]; readonly total: number }> {
  const matching = selectTags(queries)
    .where("organization", "=", place.organization)
    .where("space", "=", place.space)
    .$if(filter.objectType !== undefined, (query) => query.where("object_type", "=", filter.objectType as "asset"));
  const ordered = matching.orderBy("name").orderBy("id");
  const offset = (page - 1) * perPage;
  if (filter.nameContains !== undefined || filter.ids !== undefined) {
    const tags = (await ordered.execute()).filter(buildMatcher(filter));
    return { tags: tags.slice(offset, offset + perPage), total: tags.length };
  }
  const counted = await matching
    .clearSelect()
    .select((eb) => eb.fn.countAll<number>().as("total"))
    .executeTakeFirst();
  const total = Number(counted?.total ?? 0);
  // A page far past the end has an offset that no integer of a database holds; it is empty anyway.
  if (offset >= total) return { tags: [], total };
  return { tags: await ordered.limit(perPage).offset(offset).execute(), total };
}

/** Goes through the list of ids once: for each tag anew, 30,000 tags and as many ids took 1.9 s (Node 24, on a busy Xeon). */
function buildMatcher({ nameContains, ids }: TagFilter): (tag: Tag) => boolean {
  const wanted = ids === undefined ? null : new Set(ids);
  return ({ id, name }) =>
    (wanted === null || wanted.has(id)) && (nameContains === undefined || containsText(name, nameContains));
}

function countAssets(queries: CatalogQueries, organization: number, tags: readonly number[]) {
  return queries
    .selectFrom("asset_tags")
    .innerJoin("assets", (join) =>
      join.onRef("assets.organization", "=", "asset_tags.organization").onRef("assets.id", "=", "asset_tags.asset"),
    )
    .select(["asset_tags.tag", (eb) => eb.fn.countAll<number>().as("assets")])
    .where("asset_tags.organization", "=", organization)
    .where("asset_tags.tag", "in", tags)
    .where("assets.deleted_at_ms", "is", null)
    .groupBy("asset_tags.tag")
    .execute();
}

async function readOne(queries: CatalogQueries, organization: number, id: number): Promise<Tag | null> {
  const row = await selectTags(queries)
    .where("organization", "=", organization)
    .where("id", "=", id)
    .executeTakeFirst();
  return row ?? null;
}

function selectTags(queries: CatalogQueries) {
  return queries.selectFrom("tags").select(["organization", "id", "space", "name", "object_type as objectType"]);
}
