/**
 * The catalogue's suite: tags.
 */
import { describe, expect } from "vitest";
import { type ContractTests, countReads, expectCode } from "./contract-tests.contract.ts";

const PLACE = { organization: 1, space: 11 };
const FIRST_PAGE = { page: 1, perPage: 25 };

/** Declares the tests of tags. */
export function describeTags(guarantee: ContractTests): void {
  describe("tags", () => {
    guarantee("tags are numbered within their organization, from 1", async ({ catalog }) => {
      const red = await catalog.createTag({ ...PLACE, name: "red" });
      expect(red).toEqual({ ...PLACE, id: 1, name: "red", objectType: "asset" });
      expect(await catalog.readTag(1, 1)).toEqual(red);
      expect((await catalog.createTag({ organization: 2, space: 11, name: "red" })).id).toBe(1);
      expect(await catalog.readTag(2, 2)).toBeNull();
    });

    guarantee("a name is taken within its space and object type", async ({ catalog }) => {
      await catalog.createTag({ ...PLACE, id: 3, name: "red" });
      await expectCode(catalog.createTag({ ...PLACE, name: "red" }), "catalog/conflict");
      await expectCode(catalog.createTag({ ...PLACE, id: 3, name: "new" }), "catalog/conflict");
      expect((await catalog.createTag({ organization: 1, space: 12, name: "red" })).id).toBe(4);
      expect((await catalog.createTag({ ...PLACE, name: "red", objectType: "idea" })).id).toBe(5);
      await expectCode(catalog.createTag({ organization: 1, space: 99, name: "new" }), "catalog/not-found");
      await expectCode(catalog.createTag({ ...PLACE, name: "" }), "catalog/invalid");
    });

    guarantee(
      "a list is of one space, by name, then id, in pages, and every condition narrows it",
      async ({ catalog }) => {
        await catalog.createTag({ ...PLACE, id: 1, name: "red" });
        await catalog.createTag({ ...PLACE, id: 2, name: "Ärger" });
        await catalog.createTag({ ...PLACE, id: 3, name: "blue", objectType: "component" });
        await catalog.createTag({ ...PLACE, id: 4, name: "blue" });
        await catalog.createTag({ organization: 1, space: 12, id: 5, name: "elsewhere" });
        for (const [filter, page, expected, total] of [
          [{}, FIRST_PAGE, [3, 4, 1, 2], 4],
          [{}, { page: 2, perPage: 3 }, [2], 4],
          [{}, { page: 2, perPage: 4 }, [], 4],
          [{}, { page: Number.MAX_SAFE_INTEGER, perPage: 1000 }, [], 4],
          [{ objectType: "asset" }, FIRST_PAGE, [4, 1, 2], 3],
          [{ nameContains: "äR" }, FIRST_PAGE, [2], 1],
          [{ nameContains: "R" }, { page: 1, perPage: 1 }, [1], 2],
          [{ nameContains: "R" }, { page: 2, perPage: 1 }, [2], 2],
          [{ ids: [5, 4, 1] }, FIRST_PAGE, [4, 1], 2],
          [{ ids: [] }, FIRST_PAGE, [], 0],
        ] as const) {
          const { tags, total: counted } = await catalog.listTags(1, 11, filter, page);
          expect([filter, page, tags.map(({ id }) => id), counted]).toEqual([filter, page, expected, total]);
        }
        await expectCode(catalog.listTags(1, 11, {}, { page: 0, perPage: 1 }), "catalog/invalid");
      },
    );

    guarantee("a list of ids is gone through once, however many tags there are", async ({ catalog }) => {
      for (const id of [1, 2, 3]) await catalog.createTag({ ...PLACE, id, name: `${id}` });
      const { list, reads } = countReads([9, 3, 1]);
      const { tags } = await catalog.listTags(1, 11, { ids: list }, FIRST_PAGE);
      expect(tags.map(({ id }) => id)).toEqual([1, 3]);
      expect(reads()).toBe(1);
    });

    guarantee("a tag is renamed to a free name, and its assets have the new one", async ({ catalog }) => {
      await catalog.createTag({ ...PLACE, id: 1, name: "red" });
      await catalog.createTag({ ...PLACE, id: 2, name: "blue" });
      await catalog.createAsset({ ...PLACE, id: 5, path: "/a", tagIds: [1] });
      expect(await catalog.renameTag(1, 1, "crimson")).toMatchObject({ id: 1, name: "crimson" });
      expect(await catalog.renameTag(1, 1, "crimson")).toMatchObject({ id: 1, name: "crimson" });
      expect((await catalog.readAsset(1, 5))!.tags).toEqual([{ id: 1, name: "crimson" }]);
      await expectCode(catalog.renameTag(1, 1, "blue"), "catalog/conflict");
      await expectCode(catalog.renameTag(1, 1, ""), "catalog/invalid");
      expect(await catalog.renameTag(2, 1, "blue")).toBeNull();
    });

    guarantee(
      "a tag counts the assets that are not in the trash, and leaves them when it is deleted",
      async ({ catalog }) => {
        await catalog.createTag({ ...PLACE, id: 1, name: "red" });
        await catalog.createTag({ ...PLACE, id: 2, name: "blue" });
        await catalog.createTag({ ...PLACE, id: 3, name: "unused" });
        for (const id of [5, 6, 7])
          await catalog.createAsset({ ...PLACE, id, path: `/${id}`, tagIds: [1, 2].slice(0, id - 4) });
        await catalog.deleteAsset(1, 7);
        expect(await catalog.countTagAssets(1, [1, 2, 3])).toEqual(
          new Map([
            [1, 2],
            [2, 1],
          ]),
        );
        expect(await catalog.countTagAssets(2, [1])).toEqual(new Map());
        expect(await catalog.deleteTag(2, 1)).toBe(false);
        expect(await catalog.deleteTag(1, 1)).toBe(true);
        expect(await catalog.deleteTag(1, 1)).toBe(false);
        const assets = await catalog.readAssets(1, [5, 6, 7]);
        expect(assets.map(({ tags }) => tags.map(({ id }) => id))).toEqual([[], [2], [2]]);
      },
    );
  });
}
