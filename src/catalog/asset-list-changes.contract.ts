/**
 * The catalogue's suite: lists of assets while assets change. However lists are read or remembered, they are exact.
 */
import {
  type Arbitrary,
  assert,
  asyncProperty,
  constantFrom,
  integer,
  array as listOf,
  oneof,
  record,
} from "fast-check";
import { describe, expect } from "vitest";
import type { Asset, AssetFilter, AssetSort } from "../model/asset.ts";
import { randomIds } from "../platform/ids.ts";
import type { Catalog } from "./catalog.ts";
import { type ContractTests, type Opened, START_MS } from "./contract-tests.contract.ts";

const PLACE = { organization: 1, space: 11 };
const NAMED: AssetFilter = { trash: false, filenameContains: "pic" };
const OLDEST_FIRST: AssetSort = { by: "createdAtMs", direction: "asc" };

/** Declares the tests of lists between changes. */
export function describeAssetListChanges(guarantee: ContractTests): void {
  describe("lists of assets that change", () => {
    guarantee("a list is exact after every kind of change, also of another connection", async (opened) => {
      const { catalog, clock } = opened;
      const other = await opened.connectAgain();
      await addFive(catalog);
      const ids = async (filter: AssetFilter, sort = OLDEST_FIRST) => listIds(catalog, filter, sort);
      expect(await ids(NAMED)).toEqual([1, 2, 3, 4, 5]);
      expect(await ids({ trash: false, tagNames: ["red"] })).toEqual([2]);
      const tagged = async () => ids({ trash: false, tagNames: ["red"] });
      const changes: readonly (readonly [string, (on: Catalog) => Promise<unknown>, readonly number[], number[]])[] = [
        [
          "create",
          (on) => on.createAsset({ ...PLACE, id: 6, path: "/6", shortFilename: "pic6" }),
          [1, 2, 3, 4, 5, 6],
          [2],
        ],
        ["register", (on) => on.resolveAssetIds(1, [{ id: 77, space: 11 }], true), [1, 2, 3, 4, 5, 6], [2]],
        ["delete", (on) => on.deleteAsset(1, 1), [2, 3, 4, 5, 6], [2]],
        ["delete several", (on) => on.deleteAssets(1, 11, [2, 3]), [4, 5, 6], []],
        ["restore", (on) => on.restoreAssets(1, 11, [2]), [2, 4, 5, 6], [2]],
        ["purge", (on) => on.purgeTrash(1, 11, 1), [2, 4, 5, 6], [2]],
        ["tag", (on) => on.setAssetTags(1, 11, new Map([[4, [1]]])), [2, 4, 5, 6], [2, 4]],
        ["update tags", (on) => on.updateAsset(1, 2, { tagIds: [] }), [2, 4, 5, 6], [4]],
        ["rename a tag", (on) => on.renameTag(1, 1, "green"), [2, 4, 5, 6], []],
        ["rename it back", (on) => on.renameTag(1, 1, "red"), [2, 4, 5, 6], [4]],
        ["delete a tag", (on) => on.deleteTag(1, 1), [2, 4, 5, 6], []],
      ];
      for (const [index, [name, change, expected, red]] of changes.entries()) {
        clock.set(clock.now() + 1);
        await change(index % 2 === 0 ? other : catalog);
        expect([name, await ids(NAMED), await tagged()]).toEqual([name, expected, red]);
        expect([name, await ids(NAMED, { by: "createdAtMs", direction: "desc" })]).toEqual([
          name,
          [...expected].reverse(),
        ]);
      }
      // 1, 2 and 3 were deleted, 2 came back, and 1 is the oldest.
      expect(await ids({ trash: true, filenameContains: "pic" })).toEqual([3]);
    });

    guarantee("a list by folder follows assets that move and folders that are deleted", async (opened) => {
      const { catalog } = opened;
      const other = await opened.connectAgain();
      await addFive(catalog);
      await catalog.createFolder({ ...PLACE, id: 1, name: "Press" });
      const inside = () => listIds(catalog, { ...NAMED, folder: 1 }, OLDEST_FIRST);
      const outside = () => listIds(catalog, { trash: false, folder: null }, OLDEST_FIRST);
      expect([await inside(), await outside()]).toEqual([[], [1, 2, 3, 4, 5]]);
      await other.moveAssets(1, 11, [4, 5], 1);
      expect([await inside(), await outside()]).toEqual([
        [4, 5],
        [1, 2, 3],
      ]);
      await catalog.updateAsset(1, 1, { folder: 1 });
      expect([await inside(), await outside()]).toEqual([
        [1, 4, 5],
        [2, 3],
      ]);
      await other.deleteFolder(1, 1, true);
      expect([await inside(), await outside()]).toEqual([[], [1, 2, 3, 4, 5]]);
    });

    guarantee("an asset that is changed comes to its new place in the order by change", async ({ catalog, clock }) => {
      await addFive(catalog);
      const order = () => listIds(catalog, NAMED, { by: "updatedAtMs", direction: "desc" });
      expect(await order()).toEqual([5, 4, 3, 2, 1]);
      clock.set(START_MS + 1_000);
      await catalog.updateAsset(1, 3, { alt: "new" });
      expect(await order()).toEqual([3, 5, 4, 2, 1]);
    });

    guarantee("what is private is asked of each moment by itself, in whichever order", async ({ catalog }) => {
      const times = [START_MS + 100, null, START_MS + 200, START_MS + 300];
      for (const [index, publishAtMs] of times.entries()) {
        const asset = { ...PLACE, id: index + 1, path: `/${index}`, createdAtMs: index, isPrivate: true };
        await catalog.createAsset({ ...asset, publishAtMs });
      }
      const at = (ms: number) => listIds(catalog, { trash: false, privateAtMs: START_MS + ms }, OLDEST_FIRST);
      const cases: readonly (readonly [number, readonly number[]])[] = [
        [0, [1, 2, 3, 4]],
        [99, [1, 2, 3, 4]],
        [100, [2, 3, 4]],
        [199, [2, 3, 4]],
        [300, [2]],
        [200, [2, 4]],
        [50, [1, 2, 3, 4]],
        [1_000, [2]],
      ];
      for (const [ms, expected] of cases) expect([ms, await at(ms)]).toEqual([ms, expected]);
    });

    guarantee(
      "the same list asked for many times at once, with changes in between, is never an old one",
      async (opened) => {
        const { catalog } = opened;
        const other = await opened.connectAgain();
        await addFive(catalog);
        const asked: Promise<unknown>[] = [];
        for (let id = 6; id < 16; id++) {
          await other.createAsset({
            ...PLACE,
            id,
            path: `/${id}`,
            shortFilename: `pic${id}`,
            createdAtMs: START_MS + id,
          });
          for (const page of [1, 2]) {
            const listed = catalog.listAssets(1, 11, NAMED, OLDEST_FIRST, { page, perPage: 3 });
            asked.push(listed.then(({ total, assets }) => expect([total >= id, assets.length]).toEqual([true, 3])));
          }
        }
        await Promise.all(asked);
        expect((await catalog.listAssets(1, 11, NAMED, OLDEST_FIRST, { page: 1, perPage: 1 })).total).toBe(15);
      },
    );

    guarantee("lists are what filtering and sorting all assets gives, whatever has changed", async (opened) => {
      const connections = [opened.catalog, await opened.connectAgain()];
      let space = 100;
      await assert(
        asyncProperty(listOf(CHANGE, { minLength: 1, maxLength: 12 }), async (changes) => {
          // A space of its own for each sequence: an id is never free again.
          const world = await buildWorld(connections, opened.clock, space++);
          for (const change of changes) {
            await world.change(change);
            await world.compare(change.filter, change.sort);
          }
        }),
        { numRuns: 25 },
      );
    });
  });
}

const CHANGE = record({
  kind: constantFrom("create", "name", "hide", "tag", "untag", "trash", "restore", "purge", "move", "folder", "rename"),
  asset: integer({ min: 0, max: 5 }),
  connection: integer({ min: 0, max: 1 }),
  name: constantFrom("Pic", "pic 2", "Ärger", "zoo"),
  filter: oneof(
    constantFrom<AssetFilter>({ trash: false }, { trash: true }, NAMED, { ...NAMED, trash: true }),
    constantFrom<AssetFilter>({ trash: false, tagNames: ["red"] }, { trash: false, folder: null }),
    constantFrom<AssetFilter>(
      { trash: false, privateAtMs: START_MS + 5 },
      { trash: false, updatedFromMs: START_MS + 5 },
    ),
  ),
  sort: record({
    by: constantFrom("createdAtMs", "updatedAtMs", "shortFilename"),
    direction: constantFrom("asc", "desc"),
  }),
});

type Change = typeof CHANGE extends Arbitrary<infer T> ? T : never;

/** A space with a tag, a folder and changes that may or may not find something to change. */
async function buildWorld(connections: readonly Catalog[], clock: Opened["clock"], space: number) {
  const [first] = connections as [Catalog];
  await first.createSpace({ organization: 1, id: space, name: `S${space}` });
  const tag = await first.createTag({ organization: 1, space, name: "red" });
  let folder = await first.createFolder({ organization: 1, space, name: "F" });
  const ids: number[] = [];
  const apply = async (on: Catalog, { kind, asset, name }: Change): Promise<unknown> => {
    const id = ids[asset % Math.max(1, ids.length)] ?? 1;
    if (kind === "create") {
      const path = `/${randomIds.uuid()}`;
      const created = await on.createAsset({ organization: 1, space, path, shortFilename: name, isPrivate: asset > 2 });
      return ids.push(created.id);
    }
    if (kind === "name") return on.updateAsset(1, id, { alt: name });
    if (kind === "hide") return on.updateAsset(1, id, { isPrivate: true, publishAtMs: START_MS + asset + 3 });
    if (kind === "tag") return on.setAssetTags(1, space, new Map([[id, [tag.id]]]));
    if (kind === "untag") return on.updateAsset(1, id, { tagIds: [] });
    if (kind === "trash") return on.deleteAssets(1, space, [id]);
    if (kind === "restore") return on.restoreAssets(1, space, [id]);
    if (kind === "purge") return on.purgeTrash(1, space, 1);
    if (kind === "move") return on.moveAssets(1, space, [id], folder.id);
    if (kind === "rename") return on.renameTag(1, tag.id, asset % 2 === 0 ? "red" : "blue");
    await on.deleteFolder(1, folder.id, false);
    folder = await on.createFolder({ organization: 1, space, name: "F" });
    return folder;
  };
  return {
    change: async (change: Change): Promise<void> => {
      clock.set(clock.now() + 1);
      await apply(connections[change.connection] as Catalog, change);
    },
    compare: async (filter: AssetFilter, sort: AssetSort): Promise<void> => {
      const expected = sortPlainly(
        (await first.readAssets(1, ids)).filter((asset) => matches(asset, filter)),
        sort,
      );
      for (const on of connections) {
        for (const page of [1, 2, 3]) {
          const listed = await on.listAssets(1, space, filter, sort, { page, perPage: 2 });
          expect(listed).toEqual({ assets: expected.slice(2 * page - 2, 2 * page), total: expected.length });
        }
      }
    },
  };
}

/** The filters above, said once more without a database. */
function matches(asset: Asset, filter: AssetFilter): boolean {
  if (asset.purgedAtMs !== null || (asset.deletedAtMs !== null) !== filter.trash) return false;
  if (filter.filenameContains !== undefined && !asset.shortFilename.toLowerCase().includes("pic")) return false;
  if (filter.tagNames !== undefined && !asset.tags.some((tag) => tag.name === "red")) return false;
  if (filter.folder === null && asset.folder !== null) return false;
  if (filter.updatedFromMs !== undefined && asset.updatedAtMs < filter.updatedFromMs) return false;
  if (filter.privateAtMs === undefined) return true;
  return asset.isPrivate && (asset.publishAtMs === null || asset.publishAtMs > filter.privateAtMs);
}

function sortPlainly(assets: readonly Asset[], { by, direction }: AssetSort): readonly Asset[] {
  const sign = direction === "asc" ? 1 : -1;
  return [...assets].sort((a, b) => sign * (a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : a.id - b.id));
}

/** Assets 1 to 5, created and changed in this order, the second one red. */
async function addFive(catalog: Catalog): Promise<void> {
  await catalog.createTag({ ...PLACE, id: 1, name: "red" });
  for (const id of [1, 2, 3, 4, 5]) {
    const times = { createdAtMs: START_MS - 10 + id, updatedAtMs: START_MS - 10 + id };
    const tagIds = id === 2 ? [1] : [];
    await catalog.createAsset({ ...PLACE, id, path: `/${id}`, shortFilename: `pic${id}`, tagIds, ...times });
  }
}

async function listIds(catalog: Catalog, filter: AssetFilter, sort: AssetSort): Promise<readonly number[]> {
  const { assets, total } = await catalog.listAssets(1, 11, filter, sort, { page: 1, perPage: 100 });
  expect(assets).toHaveLength(total);
  return assets.map((asset) => asset.id);
}
