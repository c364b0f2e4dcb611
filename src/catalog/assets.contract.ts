/**
 * The catalogue's suite: single assets.
 */
import { describe, expect } from "vitest";
import { type ContractTests, expectCode, START_MS } from "./contract-tests.contract.ts";

const BY_CREATION = { by: "createdAtMs", direction: "asc" } as const;
const FIRST_PAGE = { page: 1, perPage: 25 };

/** Declares the tests of single assets. */
export function describeAssets(guarantee: ContractTests): void {
  describe("assets", () => {
    guarantee("an asset of which only the path is said has null, empty or false for the rest", async ({ catalog }) => {
      const asset = await catalog.createAsset({ organization: 1, path: "/f/11/a.JPG" });
      expect(asset).toEqual({
        organization: 1,
        id: 1_000_001,
        space: null,
        path: "/f/11/a.JPG",
        shortFilename: "a.JPG",
        contentType: "image/jpeg",
        contentBytes: null,
        folder: null,
        alt: null,
        title: null,
        copyright: null,
        source: null,
        focus: null,
        extId: null,
        isPrivate: false,
        publishAtMs: null,
        expireAtMs: null,
        metaData: {},
        tags: [],
        createdAtMs: START_MS,
        updatedAtMs: START_MS,
        deletedAtMs: null,
        purgedAtMs: null,
      });
      expect(await catalog.readAsset(1, 1_000_001)).toEqual(asset);
    });

    guarantee("an asset keeps everything that is said of it", async ({ catalog }) => {
      const folder = await catalog.createFolder({ organization: 1, space: 11, id: 4, name: "Press" });
      await catalog.createTag({ organization: 1, space: 11, id: 8, name: "b" });
      await catalog.createTag({ organization: 1, space: 11, id: 9, name: "a" });
      const given = {
        organization: 1,
        id: Number.MAX_SAFE_INTEGER,
        space: 11,
        path: `/f/é 😀 " % _ ' \\.png`,
        shortFilename: `é 😀 " % _ ' \\.png`,
        contentType: "image/x-own",
        contentBytes: Number.MAX_SAFE_INTEGER,
        folder: folder.id,
        alt: "Alt",
        title: "Title",
        copyright: "©",
        source: "Source",
        focus: "1x2:3x4",
        extId: "ext-1",
        isPrivate: true,
        publishAtMs: START_MS + 1,
        expireAtMs: START_MS + 2,
        metaData: { alt__i18n__de: "Bild", nested: { list: [1, null, "x"] } },
        createdAtMs: START_MS - 3,
        updatedAtMs: START_MS - 2,
        deletedAtMs: START_MS - 1,
      };
      const tags = [
        { id: 9, name: "a" },
        { id: 8, name: "b" },
      ];
      expect(await catalog.createAsset({ ...given, tagIds: [8, 9, 8] })).toEqual({ ...given, tags, purgedAtMs: null });
      expect(await catalog.readAsset(1, Number.MAX_SAFE_INTEGER)).toEqual({ ...given, tags, purgedAtMs: null });
    });

    guarantee("an asset without an id gets the one after the largest, from 1,000,001", async ({ catalog }) => {
      await catalog.createAsset({ organization: 1, id: 5, path: "/5" });
      expect((await catalog.createAsset({ organization: 1, path: "/a" })).id).toBe(1_000_001);
      await catalog.createAsset({ organization: 1, id: 2_000_000, path: "/b" });
      expect((await catalog.createAsset({ organization: 1, path: "/c" })).id).toBe(2_000_001);
      expect((await catalog.createAsset({ organization: 2, path: "/a" })).id).toBe(1_000_001);
    });

    guarantee("ids below are chosen when the largest possible one is taken", async ({ catalog }) => {
      await catalog.createAsset({ organization: 1, id: Number.MAX_SAFE_INTEGER, path: "/last" });
      await catalog.createAsset({ organization: 1, id: 1_000_002, path: "/between" });
      const paths = ["/a", "/b", "/c"].map((path) => ({ space: null, path }));
      expect(await catalog.resolveAssetPaths(1, paths, true)).toEqual([1_000_001, 1_000_003, 1_000_004]);
    });

    guarantee("a taken id is a conflict, a taken path only in the same space", async ({ catalog }) => {
      await catalog.createAsset({ organization: 1, id: 5, space: 11, path: "/a" });
      await catalog.createAsset({ organization: 1, path: "/b" });
      await expectCode(catalog.createAsset({ organization: 1, id: 5, path: "/new" }), "catalog/conflict");
      await expectCode(catalog.createAsset({ organization: 1, space: 11, path: "/a" }), "catalog/conflict");
      await expectCode(catalog.createAsset({ organization: 1, path: "/b" }), "catalog/conflict");
      await catalog.createAsset({ organization: 1, space: 12, path: "/a" });
      await catalog.createAsset({ organization: 1, path: "/a" });
      await catalog.createAsset({ organization: 2, id: 5, space: 11, path: "/a" });
    });

    guarantee("an unknown place or tag is not found, and no asset is left behind", async ({ catalog }) => {
      const folder = await catalog.createFolder({ organization: 1, space: 11, name: "Press" });
      const tag = await catalog.createTag({ organization: 1, space: 11, name: "red" });
      const refused = [
        { organization: 99, path: "/a" },
        { organization: 2, space: 12, path: "/a" },
        { organization: 1, space: 11, path: "/a", folder: 99 },
        { organization: 1, space: 12, path: "/a", folder: folder.id },
        { organization: 1, path: "/a", folder: folder.id },
        { organization: 2, space: 11, path: "/a", folder: folder.id },
        { organization: 1, space: 12, path: "/a", tagIds: [tag.id] },
        { organization: 1, space: 11, path: "/a", tagIds: [99] },
      ];
      for (const input of refused) await expectCode(catalog.createAsset(input), "catalog/not-found");
      for (const organization of [1, 2]) {
        expect((await catalog.listAssets(organization, 11, { trash: false }, BY_CREATION, FIRST_PAGE)).total).toBe(0);
      }
    });

    guarantee("a path begins with a slash and has at most 4,096 bytes", async ({ catalog }) => {
      const longest = `/${"é".repeat(2_047)}x`;
      expect((await catalog.createAsset({ organization: 1, path: longest, shortFilename: "x" })).path).toBe(longest);
      for (const path of ["", "a", `${longest}x`, "/a\0b"]) {
        await expectCode(catalog.createAsset({ organization: 1, path }), "catalog/invalid");
      }
      await expectCode(catalog.createAsset({ organization: 1, path: "/a", contentBytes: 1.5 }), "catalog/invalid");
      await expectCode(catalog.createAsset({ organization: 1, id: 0, path: "/a" }), "catalog/invalid");
    });

    guarantee("2,500 ids are read at once, each asset once, by id; unknown ones left out", async ({ catalog }) => {
      const paths = Array.from({ length: 2_500 }, (_, index) => ({ space: 11, path: `/${index}` }));
      const ids = (await catalog.resolveAssetPaths(1, paths, true)) as number[];
      const read = await catalog.readAssets(1, [...ids, 7, ...ids].reverse());
      expect(read.map((asset) => asset.id)).toEqual(Array.from({ length: 2_500 }, (_, index) => 1_000_001 + index));
      expect(await catalog.readAssets(2, ids)).toEqual([]);
      expect(await catalog.readAssets(1, [])).toEqual([]);
    });

    guarantee(
      "a deleted asset is in the trash since its first deletion and can still be read",
      async ({ catalog, clock }) => {
        await catalog.createAsset({ organization: 1, id: 5, space: 11, path: "/a" });
        clock.set(START_MS + 10);
        const deleted = await catalog.deleteAsset(1, 5);
        expect(deleted).toMatchObject({ id: 5, updatedAtMs: START_MS, deletedAtMs: START_MS + 10 });
        clock.set(START_MS + 20);
        expect(await catalog.deleteAsset(1, 5)).toEqual(deleted);
        expect(await catalog.readAsset(1, 5)).toEqual(deleted);
        expect(await catalog.readAssets(1, [5])).toEqual([deleted]);
        const list = (trash: boolean) => catalog.listAssets(1, 11, { trash }, BY_CREATION, FIRST_PAGE);
        expect(await list(false)).toEqual({ assets: [], total: 0 });
        expect(await list(true)).toEqual({ assets: [deleted], total: 1 });
      },
    );

    guarantee("an unknown or foreign asset is null and is not deleted", async ({ catalog }) => {
      await catalog.createAsset({ organization: 1, id: 5, space: 11, path: "/a" });
      expect(await catalog.readAsset(1, 6)).toBeNull();
      expect(await catalog.readAsset(2, 5)).toBeNull();
      expect(await catalog.deleteAsset(1, 6)).toBeNull();
      expect(await catalog.deleteAsset(2, 5)).toBeNull();
      expect((await catalog.readAsset(1, 5))?.deletedAtMs).toBeNull();
    });
  });
}
