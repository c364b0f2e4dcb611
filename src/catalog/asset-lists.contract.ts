/**
 * The catalogue's suite: lists of assets. Every filter is asked of the same seven assets.
 */
import { describe, expect } from "vitest";
import type { AssetFilter, AssetSort } from "../model/asset.ts";
import type { Catalog, NewAsset } from "./catalog.ts";
import { type ContractTests, expectCode, START_MS } from "./contract-tests.contract.ts";

const FIRST_PAGE = { page: 1, perPage: 25 };
const OLDEST_FIRST: AssetSort = { by: "createdAtMs", direction: "asc" };

/** SQLite takes 32,766 parameters of one statement. */
const MANY_NAMES = Array.from({ length: 32_800 }, (_, index) => `none ${index}`);

/** Declares the tests of lists. */
export function describeAssetLists(guarantee: ContractTests): void {
  describe("lists of assets", () => {
    const cases: readonly (readonly [string, AssetFilter, readonly number[]])[] = [
      ["no condition lists all that are not in the trash", { trash: false }, [1, 2, 3, 4, 5, 6]],
      ["the trash lists what was deleted", { trash: true }, [7]],
      ["the root lists assets without a folder", { trash: false, folder: null }, [3, 4, 5, 6]],
      ["a folder lists its own assets", { trash: false, folder: 1 }, [1]],
      [
        "a folder does not list those of folders inside it, nor do these list its own",
        { trash: false, folder: 2 },
        [2],
      ],
      ["an unknown folder lists nothing", { trash: false, folder: 99 }, []],
      ["a folder's trash lists what was deleted in it", { trash: true, folder: 1 }, [7]],
      ["the root's trash is another one", { trash: true, folder: null }, []],
      ["private ones only", { trash: false, privateAtMs: START_MS }, [2, 4]],
      ["a part of the file name, ignoring case", { trash: false, filenameContains: "SUN" }, [1, 2]],
      ["a part of the file name, in the trash", { trash: true, filenameContains: "sun" }, [7]],
      ["two characters of the file name", { trash: false, filenameContains: "Q9" }, [3]],
      ["one character of the file name", { trash: false, filenameContains: "%" }, [4]],
      ["a percent sign between others is a percent sign", { trash: false, filenameContains: "50%off" }, [4]],
      ["an underscore of two characters is an underscore", { trash: false, filenameContains: "_b" }, [5]],
      ["an underscore of four characters is an underscore", { trash: false, filenameContains: "a_b." }, [5]],
      ["a backslash is a backslash", { trash: false, filenameContains: "\\" }, [6]],
      ["a quote is a quote", { trash: false, filenameContains: `"q"` }, [6]],
      ["words of a search language are words", { trash: false, filenameContains: "sun OR" }, []],
      ["a star stands for itself", { trash: false, filenameContains: "sun*" }, []],
      ["an emoji is one character", { trash: false, altContains: "😀" }, [1]],
      ["letters beyond ASCII ignore case, three and more", { trash: false, altContains: "ÄPFEL" }, [1]],
      ["letters beyond ASCII ignore case, one or two", { trash: false, altContains: "Ä" }, [1]],
      ["accents count", { trash: false, altContains: "apfel" }, []],
      ["a text is looked for in its own field only", { trash: false, titleContains: "äpfel" }, []],
      ["a part of the title", { trash: false, titleContains: "harvest" }, [2]],
      ["a part of the copyright", { trash: false, copyrightContains: "agency" }, [3]],
      ["a copyright sign", { trash: false, copyrightContains: "©" }, [3]],
      ["a text with a NUL is nowhere", { trash: false, altContains: "äpf\0el" }, []],
      ["two texts must both match", { trash: false, filenameContains: "sun", titleContains: "harvest" }, [2]],
      ["an external id, exactly", { trash: false, extId: "x-1" }, [2]],
      ["a part of an external id is another one", { trash: false, extId: "x-" }, []],
      ["one tag", { trash: false, tagNames: ["red"] }, [1, 3]],
      ["one of several tags, each asset once", { trash: false, tagNames: ["red", "blue", "none"] }, [1, 2, 3]],
      ["one of more tags than a statement has parameters", { trash: false, tagNames: [...MANY_NAMES, "red"] }, [1, 3]],
      ["a name with a NUL, or half a character, is no tag's", { trash: false, tagNames: ["red\0", "\ud83d"] }, []],
      ["the case of a tag counts", { trash: false, tagNames: ["RED"] }, []],
      ["no tag to have", { trash: false, tagNames: [] }, []],
      ["a tag in the trash", { trash: true, tagNames: ["red"] }, [7]],
      ["created from, inclusive", { trash: false, createdFromMs: START_MS + 5 }, [5, 6]],
      ["created to, inclusive", { trash: false, createdToMs: START_MS + 2 }, [1, 2]],
      ["created between", { trash: false, createdFromMs: START_MS + 3, createdToMs: START_MS + 3 }, [3]],
      ["updated from", { trash: false, updatedFromMs: START_MS + 95 }, [1, 2, 3, 4, 5]],
      ["updated to", { trash: false, updatedToMs: START_MS + 95 }, [5, 6]],
      ["expiring from, without those that never do", { trash: false, expireFromMs: START_MS + 1_000 }, [1, 2]],
      ["expiring to, without those that never do", { trash: false, expireToMs: START_MS + 1_000 }, [1]],
      [
        "all kinds of conditions together",
        {
          trash: false,
          folder: 2,
          privateAtMs: START_MS,
          filenameContains: "sun",
          extId: "x-1",
          tagNames: ["blue"],
          createdFromMs: START_MS,
          updatedToMs: START_MS + 100,
          expireFromMs: START_MS,
        },
        [2],
      ],
    ];

    guarantee("each filter lists what matches it and counts it", async ({ catalog }) => {
      await addSevenAssets(catalog);
      for (const [name, filter, expected] of cases) {
        const { assets, total } = await catalog.listAssets(1, 11, filter, OLDEST_FIRST, FIRST_PAGE);
        expect([name, assets.map((asset) => asset.id), total]).toEqual([name, expected, expected.length]);
      }
    });

    guarantee("each order is kept in both directions, ties by id in the same direction", async ({ catalog }) => {
      const times = [
        { id: 3, createdAtMs: 10, updatedAtMs: 30, shortFilename: "b" },
        { id: 1, createdAtMs: 10, updatedAtMs: 20, shortFilename: "b" },
        { id: 2, createdAtMs: 5, updatedAtMs: 20, shortFilename: "a" },
        { id: 4, createdAtMs: 20, updatedAtMs: 20, shortFilename: "B" },
      ];
      for (const one of times) await catalog.createAsset({ organization: 1, space: 11, path: `/${one.id}`, ...one });
      const expected: readonly (readonly [AssetSort["by"], readonly number[]])[] = [
        ["createdAtMs", [2, 1, 3, 4]],
        ["updatedAtMs", [1, 2, 4, 3]],
        ["shortFilename", [4, 2, 1, 3]],
      ];
      for (const [by, ids] of expected) {
        for (const filter of [{ trash: false }, { trash: false, createdFromMs: 0 }, { trash: false, folder: null }]) {
          const list = async (direction: "asc" | "desc") =>
            (await catalog.listAssets(1, 11, filter, { by, direction }, FIRST_PAGE)).assets.map((asset) => asset.id);
          expect([by, await list("asc")]).toEqual([by, ids]);
          expect([by, await list("desc")]).toEqual([by, [...ids].reverse()]);
        }
      }
    });

    guarantee("three pages cover all assets once, also when all were created at once", async ({ catalog }) => {
      const paths = Array.from({ length: 25 }, (_, index) => ({ space: 11, path: `/picture-${index}.jpg` }));
      const ids = await catalog.resolveAssetPaths(1, paths, true);
      for (const filter of [{ trash: false }, { trash: false, filenameContains: "picture" }]) {
        const seen: number[] = [];
        for (const page of [1, 2, 3]) {
          const listed = await catalog.listAssets(1, 11, filter, OLDEST_FIRST, { page, perPage: 10 });
          expect(listed.total).toBe(25);
          seen.push(...listed.assets.map((asset) => asset.id));
        }
        expect(seen).toEqual(ids);
      }
    });

    guarantee("a page past the end is empty and still says the total", async ({ catalog }) => {
      await addSevenAssets(catalog);
      const list = (page: number) => catalog.listAssets(1, 11, { trash: false }, OLDEST_FIRST, { page, perPage: 3 });
      expect((await list(2)).assets.map((asset) => asset.id)).toEqual([4, 5, 6]);
      expect(await list(3)).toEqual({ assets: [], total: 6 });
      expect(await list(Number.MAX_SAFE_INTEGER)).toEqual({ assets: [], total: 6 });
    });

    guarantee("a page is a pair of integers from 1", async ({ catalog }) => {
      for (const page of [
        { page: 0, perPage: 1 },
        { page: 1, perPage: 0 },
        { page: 1.5, perPage: 1 },
        { page: 1, perPage: Number.NaN },
      ]) {
        await expectCode(catalog.listAssets(1, 11, { trash: false }, OLDEST_FIRST, page), "catalog/invalid");
      }
    });

    guarantee("a list has the assets of its own space and organization only", async ({ catalog }) => {
      await addSevenAssets(catalog);
      await catalog.createAsset({ organization: 1, id: 101, space: 12, path: "/sun.jpg" });
      await catalog.createAsset({ organization: 2, id: 1, space: 11, path: "/sun.jpg" });
      await catalog.createAsset({ organization: 1, id: 102, path: "/sun.jpg" });
      const list = async (organization: number, space: number, filter: AssetFilter) => {
        const { assets, total } = await catalog.listAssets(organization, space, filter, OLDEST_FIRST, FIRST_PAGE);
        return [assets.map((asset) => asset.id), total];
      };
      for (const filter of [{ trash: false }, { trash: false, filenameContains: "sun" }]) {
        expect(await list(1, 12, filter)).toEqual([[101], 1]);
        expect(await list(2, 11, filter)).toEqual([[1], 1]);
        expect(await list(2, 12, filter)).toEqual([[], 0]);
        expect(await list(99, 11, filter)).toEqual([[], 0]);
      }
      expect(await list(2, 11, { trash: false, tagNames: ["red"] })).toEqual([[], 0]);
    });

    guarantee(
      "the total is exact after uploads, registrations and deletions in several folders",
      async ({ catalog }) => {
        await addSevenAssets(catalog);
        await catalog.resolveAssetPaths(1, [{ space: 11, path: "/new.jpg" }], true);
        await catalog.resolveAssetIds(1, [{ id: 50, space: 11 }], true);
        await catalog.deleteAsset(1, 1);
        await catalog.deleteAsset(1, 1);
        await catalog.deleteAsset(1, 3);
        const total = async (filter: AssetFilter) =>
          (await catalog.listAssets(1, 11, filter, OLDEST_FIRST, FIRST_PAGE)).total;
        // 7 + 2 assets, of which 7, 1 and 3 are in the trash; 1 and 7 are in folder 1, 2 in folder 2.
        expect(await total({ trash: false })).toBe(6);
        expect(await total({ trash: true })).toBe(3);
        expect(await total({ trash: false, folder: 1 })).toBe(0);
        expect(await total({ trash: true, folder: 1 })).toBe(2);
        expect(await total({ trash: false, folder: null })).toBe(5);
      },
    );
  });
}

/** Seven assets of space 11, ids 1 to 7, asset n created at START_MS + n; the seventh is in the trash. */
async function addSevenAssets(catalog: Catalog): Promise<void> {
  const place = { organization: 1, space: 11 };
  await catalog.createFolder({ ...place, id: 1, name: "Press" });
  await catalog.createFolder({ ...place, id: 2, name: "Logos", parent: 1 });
  await catalog.createTag({ ...place, id: 1, name: "red" });
  await catalog.createTag({ ...place, id: 2, name: "blue" });
  const details: readonly Partial<NewAsset>[] = [
    { shortFilename: "Sunset.jpg", folder: 1, alt: "Grüne Äpfel 😀", tagIds: [1, 2], expireAtMs: START_MS + 1_000 },
    {
      shortFilename: "sunrise.jpg",
      folder: 2,
      title: "The Harvest",
      isPrivate: true,
      extId: "x-1",
      tagIds: [2],
      expireAtMs: START_MS + 2_000,
    },
    { shortFilename: "q9.png", copyright: "© An Agency", tagIds: [1] },
    { shortFilename: "50%off.gif", isPrivate: true },
    { shortFilename: "a_b.gif" },
    { shortFilename: `c\\"q".gif`, extId: "x-10" },
    { shortFilename: "sun.txt", folder: 1, tagIds: [1], deletedAtMs: START_MS + 500 },
  ];
  for (const [index, detail] of details.entries()) {
    const id = index + 1;
    // Newest first by change: asset 1 at +99, asset 5 at +95.
    const times = { createdAtMs: START_MS + id, updatedAtMs: START_MS + 100 - id };
    await catalog.createAsset({ ...place, id, path: `/path/${id}`, ...times, ...detail });
  }
}
