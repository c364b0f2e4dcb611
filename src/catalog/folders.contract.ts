/**
 * The catalogue's suite: folders of assets.
 */
import { describe, expect } from "vitest";
import type { Catalog } from "./catalog.ts";
import { type ContractTests, countReads, expectCode } from "./contract-tests.contract.ts";

const PLACE = { organization: 1, space: 11 };
const OLDEST_FIRST = { by: "createdAtMs", direction: "asc" } as const;
const FIRST_PAGE = { page: 1, perPage: 25 };

/** Declares the tests of folders. */
export function describeFolders(guarantee: ContractTests): void {
  describe("folders", () => {
    guarantee("folders are numbered within their organization, from 1, each with a UUID", async ({ catalog }) => {
      const press = await catalog.createFolder({ ...PLACE, name: "Press" });
      expect(press).toEqual({ ...PLACE, id: 1, uuid: press.uuid, name: "Press", parent: null, parentUuid: null });
      expect(press.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const inside = await catalog.createFolder({ ...PLACE, name: "Press", parent: 1 });
      expect(inside).toMatchObject({ id: 2, name: "Press", parent: 1, parentUuid: press.uuid });
      expect(await catalog.readFolder(1, 2)).toEqual(inside);
      expect((await catalog.createFolder({ organization: 2, space: 11, name: "Press" })).id).toBe(1);
    });

    guarantee("two folders of one place may share a name, not an id", async ({ catalog }) => {
      await catalog.createFolder({ ...PLACE, id: 3, name: "Press" });
      expect((await catalog.createFolder({ ...PLACE, name: "Press" })).id).toBe(4);
      await expectCode(catalog.createFolder({ ...PLACE, id: 3, name: "New" }), "catalog/conflict");
      for (const name of ["", "a\0b", "x".repeat(256)]) {
        await expectCode(catalog.createFolder({ ...PLACE, name }), "catalog/invalid");
      }
    });

    guarantee("an unknown space or parent is not found", async ({ catalog }) => {
      await catalog.createFolder({ ...PLACE, id: 3, name: "Press" });
      for (const input of [
        { organization: 1, space: 99, name: "New" },
        { organization: 1, space: 12, name: "New", parent: 3 },
        { organization: 2, space: 11, name: "New", parent: 3 },
      ]) {
        await expectCode(catalog.createFolder(input), "catalog/not-found");
      }
      expect(await catalog.readFolder(2, 3)).toBeNull();
    });

    guarantee("a list is of one space, by name, then id, and every condition narrows it", async ({ catalog }) => {
      await addTree(catalog);
      await catalog.createFolder({ organization: 1, space: 12, id: 9, name: "Elsewhere" });
      const uuid = (await catalog.readFolder(1, 4))!.uuid;
      for (const [filter, expected] of [
        [{}, [4, 3, 1, 2]],
        [{ parent: null }, [4, 1]],
        [{ parent: 1 }, [2]],
        [{ parent: 99 }, []],
        [{ nameContains: "ÄPF" }, [4]],
        [{ nameContains: "o" }, [3, 2]],
        [{ ids: [2, 4, 9, 99] }, [4, 2]],
        [{ ids: [] }, []],
        [{ uuids: [uuid] }, [4]],
        [{ nameContains: "o", parent: 1 }, [2]],
      ] as const) {
        const listed = await catalog.listFolders(1, 11, filter);
        expect([filter, listed.map(({ id }) => id)]).toEqual([filter, expected]);
      }
    });

    guarantee("a list of ids or UUIDs is gone through once, however many folders there are", async ({ catalog }) => {
      await addTree(catalog);
      const { uuid } = (await catalog.readFolder(1, 4))!;
      const ids = countReads([9, 1, 4]);
      const uuids = countReads(["none", uuid]);
      const listed = await catalog.listFolders(1, 11, { ids: ids.list, uuids: uuids.list });
      expect(listed.map(({ id }) => id)).toEqual([4]);
      expect([ids.reads(), uuids.reads()]).toEqual([1, 1]);
    });

    guarantee("a folder is renamed and moved, and keeps what is not said", async ({ catalog }) => {
      await addTree(catalog);
      expect(await catalog.updateFolder(1, 3, { name: "New" })).toMatchObject({ name: "New", parent: 2 });
      expect(await catalog.updateFolder(1, 3, { parent: 4 })).toMatchObject({ name: "New", parent: 4 });
      expect(await catalog.updateFolder(1, 3, { parent: null })).toMatchObject({ parent: null, parentUuid: null });
      expect(await catalog.updateFolder(1, 99, { name: "New" })).toBeNull();
      expect(await catalog.updateFolder(2, 3, { name: "New" })).toBeNull();
      await catalog.createFolder({ organization: 1, space: 12, id: 9, name: "Elsewhere" });
      await expectCode(catalog.updateFolder(1, 3, { parent: 9 }), "catalog/not-found");
      await expectCode(catalog.updateFolder(1, 3, { name: "" }), "catalog/invalid");
    });

    guarantee("no folder is inside itself, at any depth", async ({ catalog }) => {
      await addTree(catalog);
      for (const parent of [1, 2, 3]) {
        await expectCode(catalog.updateFolder(1, 1, { parent }), "catalog/conflict");
      }
      expect((await catalog.readFolder(1, 1))!.parent).toBeNull();
    });

    guarantee("deleting a folder lifts its folders, and its assets stay without one", async ({ catalog }) => {
      await addTree(catalog);
      expect(await catalog.deleteFolder(1, 2, false)).toBe(true);
      expect(await catalog.readFolder(1, 2)).toBeNull();
      expect((await catalog.readFolder(1, 3))!.parent).toBe(1);
      expect(await foldersOfAssets(catalog)).toEqual([1, null, 3, null]);
      const list = (folder: number | null, trash: boolean) =>
        catalog.listAssets(1, 11, { trash, folder }, OLDEST_FIRST, FIRST_PAGE);
      expect((await list(null, false)).total).toBe(1);
      expect((await list(null, true)).total).toBe(1);
      expect((await list(2, true)).total).toBe(0);
    });

    guarantee("deleting a folder with all inside it leaves the others, and every asset", async ({ catalog }) => {
      await addTree(catalog);
      expect(await catalog.deleteFolder(1, 1, true)).toBe(true);
      expect((await catalog.listFolders(1, 11, {})).map(({ id }) => id)).toEqual([4]);
      expect(await foldersOfAssets(catalog)).toEqual([null, null, null, null]);
      expect(await catalog.deleteFolder(1, 1, true)).toBe(false);
      expect(await catalog.deleteFolder(2, 4, true)).toBe(false);
    });
  });
}

/** Press (1) > Logos (2) > Old (3), and Äpfel (4); assets 1 in 1, 2 in 2, 3 in 3, and 4 in 2's trash. */
async function addTree(catalog: Catalog): Promise<void> {
  await catalog.createFolder({ ...PLACE, id: 1, name: "Press" });
  await catalog.createFolder({ ...PLACE, id: 2, name: "The Logos", parent: 1 });
  await catalog.createFolder({ ...PLACE, id: 3, name: "Older", parent: 2 });
  await catalog.createFolder({ ...PLACE, id: 4, name: "Apfel, Äpfel" });
  for (const [id, folder] of [1, 2, 3, 2].entries()) {
    await catalog.createAsset({ ...PLACE, id: id + 1, path: `/${id + 1}`, folder });
  }
  await catalog.deleteAsset(1, 4);
}

async function foldersOfAssets(catalog: Catalog): Promise<readonly (number | null)[]> {
  return (await catalog.readAssets(1, [1, 2, 3, 4])).map((asset) => asset.folder);
}
