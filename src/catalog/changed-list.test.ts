/**
 * Lists that are brought up to date: whatever has changed, they are what reading them anew gives.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, asyncProperty, constantFrom, integer, array as listOf, record } from "fast-check";
import { Kysely } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AssetFilter, AssetSort } from "../model/asset.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { randomIds } from "../platform/ids.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogTables } from "./catalog-tables.ts";
import { bringUpToDate } from "./changed-list.ts";
import { buildRememberedLists } from "./remembered-lists.ts";
import { openSqliteCatalog } from "./sqlite.ts";
import { openConnection } from "./sqlite-connection.ts";
import { NodeSqliteDialect } from "./sqlite-dialect.ts";
import { findText } from "./sqlite-search.ts";
import { buildWholeListEngine } from "./sqlite-whole-list.ts";
import { readWholeList, type WantedList, type WholeList } from "./whole-list.ts";

const SPACE = 11;
const ASSETS = 8;
const MOMENT_MS = 100;

const FILTERS: readonly AssetFilter[] = [
  { trash: false },
  { trash: true },
  { trash: false, folder: null },
  { trash: false, folder: 1 },
  { trash: false, filenameContains: "ä" },
  { trash: false, altContains: "pic" },
  { trash: false, tagNames: ["red", "blue"] },
  { trash: false, extId: "x" },
  { trash: false, privateAtMs: MOMENT_MS },
  { trash: false, updatedFromMs: 5, updatedToMs: 9 },
];
const ORDERS = ["createdAtMs", "updatedAtMs", "shortFilename"] as const;

// U+FF5E is before an emoji byte by byte, and behind it by UTF-16 units.
const NAMES = ["a", "Ärger", "\uff5e", "\u{1f600}", "ärger 2"] as const;

const CHANGE = record({
  kind: constantFrom("create", "say", "hide", "tag", "trash", "restore", "purge", "move", "empty"),
  asset: integer({ min: 1, max: ASSETS }),
  value: integer({ min: 0, max: NAMES.length - 1 }),
});
type Change = { readonly kind: string; readonly asset: number; readonly value: number };

describe("bringUpToDate", () => {
  let folder: string;
  let catalog: Catalog;
  let reader: Kysely<CatalogTables>;
  let readAnew: (wanted: WantedList) => Promise<WholeList>;
  const clock = buildFixedClock(0);

  const everyList = (space: number): readonly WantedList[] =>
    FILTERS.flatMap((filter) =>
      ORDERS.map((by): WantedList => ({ organization: 1, space, filter, sort: { by, direction: "asc" } })),
    );
  const update = (wanted: WantedList, list: WholeList) =>
    reader.transaction().execute((queries) => bringUpToDate({ queries, findText }, wanted, list));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "assetmeter-changed-"));
    const file = join(folder, "catalog.db");
    catalog = await openSqliteCatalog({ file, clock, ids: randomIds });
    await catalog.createOrganization({ id: 1, name: "One" });
    await catalog.createSpace({ organization: 1, id: SPACE, name: "Site" });
    const connection = await openConnection(file, 0);
    reader = new Kysely<CatalogTables>({ dialect: new NodeSqliteDialect(connection, 0) });
    const engine = buildWholeListEngine(connection);
    readAnew = (wanted) =>
      reader.transaction().execute(async (queries) => {
        const reading = { queries, engine, orders: buildRememberedLists(0) };
        return (await readWholeList(reading, wanted, { page: 1, perPage: 1 })).list;
      });
  });

  afterEach(async () => {
    await reader.destroy();
    await catalog.close();
    await rm(folder, { recursive: true });
  });

  const addAssets = async (space: number, firstId: number, count: number): Promise<void> => {
    for (let id = firstId; id < firstId + count; id++) {
      const shortFilename = NAMES[id % NAMES.length] as string;
      await catalog.createAsset({ organization: 1, space, id, path: `/${id}`, shortFilename });
    }
  };

  test("after any changes every list is, in every order, what reading it anew gives", async () => {
    let space = 100;
    await assert(
      asyncProperty(listOf(CHANGE, { minLength: 1, maxLength: 6 }), async (changes) => {
        space += 1;
        const firstId = space * 1_000;
        await catalog.createSpace({ organization: 1, id: space, name: `S${space}` });
        await addAssets(space, firstId, ASSETS);
        const tag = await catalog.createTag({ organization: 1, space, name: "red" });
        const inside = await catalog.createFolder({ organization: 1, space, name: "F" });
        const lists = everyList(space).map((wanted) => inFolder(wanted, inside.id));
        const remembered = await Promise.all(lists.map(readAnew));
        for (const change of changes) {
          clock.set(clock.now() + 1);
          await apply(catalog, change, { space, firstId, tag: tag.id, folder: inside.id });
          for (const [index, wanted] of lists.entries()) {
            const changed = await update(wanted, remembered[index] as WholeList);
            const anew = await readAnew(wanted);
            expect([wanted, changed?.version, changed?.seqs]).toEqual([wanted, anew.version, anew.seqs]);
            remembered[index] = changed as WholeList;
          }
        }
      }),
      { numRuns: 8 },
    );
  });

  test("a list of what is private ends when a changed asset becomes public", async () => {
    await addAssets(SPACE, 1, 2);
    const [wanted] = everyList(SPACE).filter(({ filter }) => filter.privateAtMs !== undefined) as [WantedList];
    const before = await readAnew(wanted);
    await catalog.updateAsset(1, 2, { isPrivate: true, publishAtMs: MOMENT_MS + 7 });
    const after = await update(wanted, before);
    expect([after?.seqs.length, after?.fromMs, after?.untilMs]).toEqual([1, MOMENT_MS, MOMENT_MS + 7]);
  });

  test("a tag's new name makes lists by tags be read anew, and no others", async () => {
    await addAssets(SPACE, 1, 2);
    const tag = await catalog.createTag({ organization: 1, space: SPACE, name: "red" });
    const lists = everyList(SPACE);
    const remembered = await Promise.all(lists.map(readAnew));
    await catalog.renameTag(1, tag.id, "blue");
    for (const [index, wanted] of lists.entries()) {
      const changed = await update(wanted, remembered[index] as WholeList);
      expect([wanted, changed === null]).toEqual([wanted, wanted.filter.tagNames !== undefined]);
    }
  });

  test("a list is read anew after more changes than are known, or of more assets than are worth looking for", async () => {
    const byName: AssetSort = { by: "shortFilename", direction: "asc" };
    const wanted: WantedList = { organization: 1, space: SPACE, filter: { trash: false }, sort: byName };
    const add = (from: number, count: number) =>
      catalog.resolveAssetPaths(
        1,
        Array.from({ length: count }, (_, index) => ({ space: SPACE, path: `/${from + index}` })),
        true,
      );
    // The last two by name: the others do not belong at the end, and not by looking at the end alone.
    for (const path of ["/y", "/z"]) await catalog.createAsset({ organization: 1, space: SPACE, path });
    const first = await readAnew(wanted);
    await add(1_000, 1_000);
    expect((await update(wanted, first))?.seqs.length).toBe(1_002);
    await add(2_000, 1);
    expect(await update(wanted, first)).toBeNull();
    const byTime: WantedList = { ...wanted, sort: { by: "createdAtMs", direction: "asc" } };
    clock.set(clock.now() + 1);
    const later = await readAnew(byTime);
    await add(3_000, 2_048);
    expect((await update(byTime, later))?.seqs.length).toBe(1_003 + 2_048);
    await add(6_000, 1);
    expect(await update(byTime, later)).toBeNull();
  });
});

function inFolder(wanted: WantedList, folder: number): WantedList {
  return typeof wanted.filter.folder === "number" ? { ...wanted, filter: { ...wanted.filter, folder } } : wanted;
}

async function apply(
  on: Catalog,
  { kind, asset, value }: Change,
  place: { readonly space: number; readonly firstId: number; readonly tag: number; readonly folder: number },
): Promise<unknown> {
  const { space, tag, folder } = place;
  const id = place.firstId + asset - 1;
  const name = NAMES[value] as string;
  if (kind === "create") {
    return on.createAsset({ organization: 1, space, path: `/${randomIds.uuid()}`, shortFilename: name, tagIds: [tag] });
  }
  if (kind === "say") return on.updateAsset(1, id, { alt: value > 2 ? "a Pic" : null, extId: value > 1 ? "x" : null });
  if (kind === "hide") return on.updateAsset(1, id, { isPrivate: value > 0, publishAtMs: MOMENT_MS - 2 + value });
  if (kind === "tag") return on.setAssetTags(1, space, new Map([[id, value > 1 ? [tag] : []]]));
  if (kind === "trash") return on.deleteAssets(1, space, [id, id + 1]);
  if (kind === "restore") return on.restoreAssets(1, space, [id, id + 1]);
  if (kind === "purge") return on.purgeTrash(1, space, 1);
  return on.moveAssets(1, space, kind === "move" ? [id, id + 1] : [id], kind === "move" ? folder : null);
}
