/**
 * The catalogue's suite: changes of assets, the trash, deletion for good.
 */
import { describe, expect } from "vitest";
import type { Catalog } from "./catalog.ts";
import { type ContractTests, expectCode, START_MS } from "./contract-tests.contract.ts";

const PLACE = { organization: 1, space: 11 };
const OLDEST_FIRST = { by: "createdAtMs", direction: "asc" } as const;
const FIRST_PAGE = { page: 1, perPage: 25 };
const LATER_MS = START_MS + 1_000;

/** Declares the tests of changes. */
export function describeAssetChanges(guarantee: ContractTests): void {
  describe("changes of assets", () => {
    guarantee("a change sets what it says, keeps the rest and moves the time of change", async ({ catalog, clock }) => {
      await addFive(catalog);
      clock.set(LATER_MS);
      const before = (await catalog.readAsset(1, 1))!;
      const changes = { alt: "A", isPrivate: true, folder: 1, tagIds: [2, 1, 2], expireAtMs: START_MS + 5, extId: "e" };
      const changed = await catalog.updateAsset(1, 1, changes);
      const tags = [
        { id: 2, name: "blue" },
        { id: 1, name: "red" },
      ];
      const { tagIds: _, ...said } = changes;
      expect(changed).toEqual({ ...before, ...said, tags, updatedAtMs: LATER_MS });
      expect(await catalog.readAsset(1, 1)).toEqual(changed);
      expect(await catalog.updateAsset(1, 1, { alt: null, folder: null, tagIds: [] })).toMatchObject({
        alt: null,
        folder: null,
        tags: [],
        isPrivate: true,
      });
    });

    guarantee(
      "keys of metadata are merged, null removes one, and __proto__ is a key like others",
      async ({ catalog }) => {
        await addFive(catalog);
        await catalog.updateAsset(1, 1, { metaData: { a: 1, b: { c: [null] } } });
        await catalog.updateAsset(1, 1, { metaData: {} });
        const metaData = JSON.parse('{"a": null, "d": "x", "__proto__": "y", "e": null}');
        const changed = await catalog.updateAsset(1, 1, { metaData });
        expect(Object.entries(changed!.metaData)).toEqual([
          ["b", { c: [null] }],
          ["d", "x"],
          ["__proto__", "y"],
        ]);
      },
    );

    guarantee("metadata that grows too long by merging is refused, and stays as it was", async ({ catalog }) => {
      await addFive(catalog);
      await catalog.updateAsset(1, 1, { metaData: { a: "x".repeat(40_000) } });
      await expectCode(catalog.updateAsset(1, 1, { metaData: { b: "x".repeat(40_000) } }), "catalog/invalid");
      expect(Object.keys((await catalog.readAsset(1, 1))!.metaData)).toEqual(["a"]);
    });

    guarantee("a change that is refused changes nothing", async ({ catalog }) => {
      await addFive(catalog);
      const before = await catalog.readAsset(1, 1);
      await catalog.createFolder({ organization: 1, space: 12, id: 9, name: "Elsewhere" });
      await catalog.createTag({ organization: 1, space: 12, id: 9, name: "elsewhere" });
      await catalog.createTag({ ...PLACE, id: 8, name: "of ideas", objectType: "idea" });
      for (const [changes, code] of [
        [{ alt: "A", folder: 9 }, "catalog/not-found"],
        [{ alt: "A", folder: 99 }, "catalog/not-found"],
        [{ alt: "A", tagIds: [1, 9] }, "catalog/not-found"],
        [{ alt: "A", tagIds: [8] }, "catalog/not-found"],
        [{ alt: "a\0b" }, "catalog/invalid"],
        [{ alt: "x".repeat(65_537) }, "catalog/invalid"],
        [{ alt: "A", publishAtMs: -1 }, "catalog/invalid"],
      ] as const) {
        await expectCode(catalog.updateAsset(1, 1, changes), code);
      }
      expect(await catalog.readAsset(1, 1)).toEqual(before);
      expect(await catalog.updateAsset(2, 1, { alt: "A" })).toBeNull();
      expect(await catalog.updateAsset(1, 99, { alt: "A" })).toBeNull();
    });

    guarantee("a changed text is found, its old one is not", async ({ catalog }) => {
      await addFive(catalog);
      await catalog.updateAsset(1, 1, { alt: "A harvest" });
      await catalog.updateAsset(1, 1, { alt: "A sunset" });
      const find = async (altContains: string) =>
        (await catalog.listAssets(1, 11, { trash: false, altContains }, OLDEST_FIRST, FIRST_PAGE)).total;
      expect([await find("harvest"), await find("sunset")]).toEqual([0, 1]);
    });
  });

  describe("several assets at once", () => {
    guarantee("those of the space go to the trash and back, the others are left out", async ({ catalog, clock }) => {
      await addFive(catalog);
      clock.set(LATER_MS);
      expect(await catalog.deleteAssets(1, 11, [3, 1, 1, 5, 99])).toEqual([1, 3]);
      expect(await total(catalog, true)).toBe(3);
      expect(await total(catalog, false)).toBe(1);
      clock.set(LATER_MS + 1);
      expect(await catalog.deleteAssets(1, 11, [1])).toEqual([1]);
      expect(await catalog.readAsset(1, 1)).toMatchObject({ deletedAtMs: LATER_MS, updatedAtMs: START_MS });
      expect(await catalog.restoreAssets(1, 11, [1, 2, 5])).toEqual([1, 2]);
      expect(await catalog.restoreAssets(2, 11, [3])).toEqual([]);
      expect((await catalog.readAsset(1, 1))!.deletedAtMs).toBeNull();
      expect([await total(catalog, true), await total(catalog, false)]).toEqual([2, 2]);
    });

    guarantee("a deletion is counted in the trash of the folder, once", async ({ catalog }) => {
      await addFive(catalog);
      await catalog.moveAssets(1, 11, [1, 2, 4], 1);
      expect(await catalog.deleteAssets(1, 11, [1, 2])).toEqual([1, 2]);
      expect([await total(catalog, false, 1), await total(catalog, true, 1)]).toEqual([0, 3]);
      expect([await total(catalog, false, null), await total(catalog, true, null)]).toEqual([1, 0]);
    });

    guarantee("they move into a folder of the space, or into none of them", async ({ catalog, clock }) => {
      await addFive(catalog);
      clock.set(LATER_MS);
      await catalog.createFolder({ organization: 1, space: 12, id: 9, name: "Elsewhere" });
      for (const folder of [9, 99]) await expectCode(catalog.moveAssets(1, 11, [1], folder), "catalog/not-found");
      expect(await catalog.moveAssets(1, 11, [1, 4, 5, 99], 1)).toEqual([1, 4]);
      expect(await catalog.readAsset(1, 1)).toMatchObject({ folder: 1, updatedAtMs: LATER_MS });
      expect([await total(catalog, false, 1), await total(catalog, true, 1)]).toEqual([1, 1]);
      expect(await catalog.moveAssets(1, 11, [1], null)).toEqual([1]);
      expect([await total(catalog, false, 1), await total(catalog, false, null)]).toEqual([0, 3]);
    });

    guarantee("each gets exactly its tags, or none of them changes", async ({ catalog }) => {
      await addFive(catalog);
      const tagsOf = async () =>
        (await catalog.readAssets(1, [1, 2, 5])).map(({ tags }) => tags.map(({ id }) => id).sort());
      const set = (tags: readonly (readonly [number, readonly number[]])[]) =>
        catalog.setAssetTags(1, 11, new Map(tags));
      expect(
        await set([
          [1, [1, 2]],
          [2, [2, 2]],
          [5, [1]],
          [99, [1]],
        ]),
      ).toEqual([1, 2]);
      expect(await tagsOf()).toEqual([[1, 2], [2], []]);
      await expectCode(
        set([
          [1, []],
          [2, [99]],
        ]),
        "catalog/not-found",
      );
      expect(await tagsOf()).toEqual([[1, 2], [2], []]);
      await set([[1, []]]);
      expect(await tagsOf()).toEqual([[], [2], []]);
    });
  });

  describe("deletion for good", () => {
    guarantee(
      "ends what is in the trash of the space: no list, no reading, no change; the record stays",
      async ({ catalog, clock }) => {
        await addFive(catalog);
        await catalog.updateAsset(1, 4, { folder: 1, tagIds: [1], alt: "gone" });
        await catalog.deleteAssets(1, 12, [5]);
        clock.set(LATER_MS);
        expect(await catalog.purgeTrash(1, 11, 10)).toEqual({ assets: 1, fileBytes: [] });
        expect(await catalog.purgeTrash(1, 11, 10)).toEqual({ assets: 0, fileBytes: [] });
        expect(await total(catalog, true)).toBe(0);
        for (const folder of [null, 1]) expect(await total(catalog, true, folder)).toBe(0);
        const found = { trash: true, altContains: "gone" };
        expect((await catalog.listAssets(1, 11, found, OLDEST_FIRST, FIRST_PAGE)).total).toBe(0);
        expect(await catalog.readAsset(1, 4)).toBeNull();
        expect(await catalog.deleteAsset(1, 4)).toBeNull();
        expect(await catalog.updateAsset(1, 4, { alt: "A" })).toBeNull();
        expect(await catalog.restoreAssets(1, 11, [4])).toEqual([]);
        const [record] = await catalog.readAssets(1, [4]);
        expect(record).toMatchObject({
          id: 4,
          deletedAtMs: START_MS,
          purgedAtMs: LATER_MS,
          alt: "gone",
          tags: [],
          folder: null,
        });
        expect((await catalog.readAsset(1, 5))!.deletedAtMs).toBe(START_MS);
        expect(await catalog.deleteFolder(1, 1, false)).toBe(true);
        expect(await catalog.deleteTag(1, 1)).toBe(true);
      },
    );

    guarantee("takes the oldest first, no more than asked for", async ({ catalog }) => {
      await addFive(catalog);
      await catalog.deleteAssets(1, 11, [1, 2, 3]);
      expect((await catalog.purgeTrash(1, 11, 3)).assets).toBe(3);
      const { assets } = await catalog.listAssets(1, 11, { trash: true }, OLDEST_FIRST, FIRST_PAGE);
      expect(assets.map(({ id }) => id)).toEqual([4]);
      await expectCode(catalog.purgeTrash(1, 11, 0), "catalog/invalid");
      await expectCode(catalog.purgeTrash(1, 99, 1), "catalog/not-found");
    });

    guarantee("usage of its path still finds the record", async ({ catalog }) => {
      await addFive(catalog);
      await catalog.purgeTrash(1, 11, 10);
      expect(await catalog.resolveAssetPaths(1, [{ space: 11, path: "/4" }], true)).toEqual([4]);
      expect(await catalog.readAsset(1, 4)).toBeNull();
    });
  });
}

/** Assets 1 to 4 of space 11, the fourth in the trash, and 5 of space 12; a folder 1; tags 1 red and 2 blue. */
async function addFive(catalog: Catalog): Promise<void> {
  await catalog.createFolder({ ...PLACE, id: 1, name: "Press" });
  await catalog.createTag({ ...PLACE, id: 1, name: "red" });
  await catalog.createTag({ ...PLACE, id: 2, name: "blue" });
  for (const id of [1, 2, 3, 4]) await catalog.createAsset({ ...PLACE, id, path: `/${id}` });
  await catalog.createAsset({ organization: 1, space: 12, id: 5, path: "/5" });
  await catalog.deleteAsset(1, 4);
}

async function total(catalog: Catalog, trash: boolean, folder?: number | null): Promise<number> {
  const filter = folder === undefined ? { trash } : { trash, folder };
  return (await catalog.listAssets(1, 11, filter, OLDEST_FIRST, FIRST_PAGE)).total;
}
