/**
 * The catalogue's suite: assets that usage names by path or id.
 */
import { describe, expect } from "vitest";
import { type ContractTests, expectCode, START_MS } from "./contract-tests.contract.ts";

const OLDEST_FIRST = { by: "createdAtMs", direction: "asc" } as const;

/** Declares the tests of resolving and registering assets. */
export function describeRegistration(guarantee: ContractTests): void {
  describe("paths that usage names", () => {
    guarantee("known paths answer their ids in the order asked, unknown ones null", async ({ catalog }) => {
      await catalog.createAsset({ organization: 1, id: 5, space: 11, path: "/a" });
      await catalog.createAsset({ organization: 1, id: 6, path: "/b" });
      const asked = [
        { space: null, path: "/b" },
        { space: 11, path: "/unknown" },
        { space: 11, path: "/a" },
        { space: 12, path: "/a" },
        { space: null, path: "/a" },
        { space: 11, path: "/a" },
      ];
      expect(await catalog.resolveAssetPaths(1, asked, false)).toEqual([6, null, 5, null, null, 5]);
      expect(await catalog.resolveAssetPaths(2, asked, false)).toEqual([null, null, null, null, null, null]);
      expect(await catalog.resolveAssetPaths(1, [], true)).toEqual([]);
    });

    guarantee("new paths become assets once, with a content type by extension", async ({ catalog }) => {
      const asked = [
        { space: 11, path: "/x/sun.jpg" },
        { space: null, path: "/x/sun.jpg" },
        { space: 11, path: "/x/sun.jpg" },
        { space: 11, path: "/folder/" },
      ];
      const ids = [1_000_001, 1_000_002, 1_000_001, 1_000_003];
      for (const _ of [1, 2]) expect(await catalog.resolveAssetPaths(1, asked, true)).toEqual(ids);
      expect(await catalog.readAsset(1, 1_000_001)).toMatchObject({
        space: 11,
        path: "/x/sun.jpg",
        shortFilename: "sun.jpg",
        contentType: "image/jpeg",
        contentBytes: null,
        createdAtMs: START_MS,
      });
      expect(await catalog.readAsset(1, 1_000_003)).toMatchObject({
        shortFilename: "/folder/",
        contentType: "application/octet-stream",
      });
    });

    guarantee("a path in the trash is known and does not come back", async ({ catalog }) => {
      await catalog.createAsset({ organization: 1, id: 5, space: 11, path: "/a" });
      await catalog.deleteAsset(1, 5);
      expect(await catalog.resolveAssetPaths(1, [{ space: 11, path: "/a" }], true)).toEqual([5]);
      expect((await catalog.readAsset(1, 5))?.deletedAtMs).toBe(START_MS);
    });

    guarantee("any text is a path: quotes, wildcards, emoji, NUL, broken surrogates", async ({ catalog }) => {
      const texts = [
        `/'"%_\\`,
        "/%",
        "/_",
        "/😀",
        "/é",
        "/e\u0301",
        "/a\0b",
        "/a\0c",
        "/\ud83d",
        "/A",
        "/a",
        "no/slash",
      ];
      const asked = texts.map((path) => ({ space: 11, path }));
      const ids = await catalog.resolveAssetPaths(1, asked, true);
      expect(new Set(ids).size).toBe(texts.length);
      expect(await catalog.resolveAssetPaths(1, asked, false)).toEqual(ids);
    });

    guarantee("2,500 new paths in three spaces are registered in one call", async ({ catalog }) => {
      const paths = Array.from({ length: 2_500 }, (_, index) => ({
        space: [11, 12, null][index % 3] as number | null,
        path: `/p/${index}.jpg`,
      }));
      const ids = await catalog.resolveAssetPaths(1, paths, true);
      expect(new Set(ids).size).toBe(2_500);
      expect(await catalog.resolveAssetPaths(1, paths, false)).toEqual(ids);
      const { total } = await catalog.listAssets(1, 11, { trash: false }, OLDEST_FIRST, { page: 1, perPage: 1 });
      expect(total).toBe(834);
    });

    guarantee("a call that names an unknown space or organization registers nothing", async ({ catalog }) => {
      const asked = [
        { space: 11, path: "/good" },
        { space: 99, path: "/bad" },
      ];
      await expectCode(catalog.resolveAssetPaths(1, asked, true), "catalog/not-found");
      await expectCode(catalog.resolveAssetPaths(99, [{ space: null, path: "/a" }], true), "catalog/not-found");
      await expectCode(catalog.resolveAssetPaths(1, [{ space: 11, path: "" }], true), "catalog/invalid");
      expect(await catalog.resolveAssetPaths(1, asked, false)).toEqual([null, null]);
    });

    guarantee("two connections that register the same paths at once answer the same ids", async (opened) => {
      const other = await opened.connectAgain();
      const paths = Array.from({ length: 300 }, (_, index) => ({ space: 11, path: `/p/${index}` }));
      const calls = Array.from({ length: 12 }, (_, call) => {
        const part = paths.slice(call * 10, call * 10 + 180);
        return (call % 2 === 0 ? opened.catalog : other).resolveAssetPaths(1, part, true);
      });
      const answers = await Promise.all(calls);
      const ids = await other.resolveAssetPaths(1, paths.slice(0, 290), false);
      for (const [call, answer] of answers.entries()) expect(answer).toEqual(ids.slice(call * 10, call * 10 + 180));
      const { total } = await opened.catalog.listAssets(1, 11, { trash: false }, OLDEST_FIRST, { page: 1, perPage: 1 });
      expect([new Set(ids).size, total]).toEqual([290, 290]);
    });
  });

  describe("asset ids that usage names", () => {
    guarantee("known ids answer their own space, unknown ones are left out", async ({ catalog }) => {
      await catalog.createAsset({ organization: 1, id: 5, space: 11, path: "/a" });
      await catalog.createAsset({ organization: 1, id: 6, path: "/b" });
      const asked = [5, 6, 7].map((id) => ({ id, space: 12 }));
      const answer = await catalog.resolveAssetIds(1, asked, false);
      expect([...answer].sort()).toEqual([
        [5, { space: 11 }],
        [6, { space: null }],
      ]);
      expect((await catalog.resolveAssetIds(2, asked, false)).size).toBe(0);
    });

    guarantee("new ids become assets named by their id, under the first space given", async ({ catalog }) => {
      const largest = Number.MAX_SAFE_INTEGER;
      const asked = [
        { id: 7, space: 12 },
        { id: 7, space: 11 },
        { id: largest, space: null },
      ];
      for (const _ of [1, 2]) {
        const answer = await catalog.resolveAssetIds(1, asked, true);
        expect([answer.get(7), answer.get(largest), answer.size]).toEqual([{ space: 12 }, { space: null }, 2]);
      }
      expect(await catalog.readAsset(1, 7)).toMatchObject({ path: "/7", shortFilename: "7", space: 12 });
    });

    guarantee("an id is registered even when its path belongs to another asset", async ({ catalog }) => {
      await catalog.createAsset({ organization: 1, id: 5, space: 11, path: "/7" });
      await catalog.resolveAssetIds(1, [{ id: 7, space: 11 }], true);
      expect((await catalog.readAsset(1, 7))?.path).toMatch(/^\/7-/);
      expect((await catalog.readAsset(1, 7))?.shortFilename).toBe("7");
      expect(await catalog.resolveAssetPaths(1, [{ space: 11, path: "/7" }], true)).toEqual([5]);
    });

    guarantee("an unknown space or a bad id registers nothing", async ({ catalog }) => {
      const good = { id: 7, space: 11 };
      await expectCode(catalog.resolveAssetIds(1, [good, { id: 8, space: 99 }], true), "catalog/not-found");
      await expectCode(catalog.resolveAssetIds(1, [good, { id: 0, space: 11 }], true), "catalog/invalid");
      await expectCode(catalog.resolveAssetIds(1, [good, { id: 2 ** 53, space: 11 }], true), "catalog/invalid");
      expect((await catalog.resolveAssetIds(1, [good], false)).size).toBe(0);
    });

    guarantee("two connections that register the same ids at once agree", async (opened) => {
      const other = await opened.connectAgain();
      const asked = (space: number) => Array.from({ length: 200 }, (_, index) => ({ id: index + 1, space }));
      const [first, second] = await Promise.all([
        opened.catalog.resolveAssetIds(1, asked(11), true),
        other.resolveAssetIds(1, asked(12), true),
      ]);
      expect([...first]).toEqual([...second]);
      expect(first.size).toBe(200);
    });
  });
}
