/**
 * The catalogue's suite: uploads, files of assets, files that nobody has, secrets of the server.
 */
import { describe, expect } from "vitest";
import type { NewUpload } from "./asset-file-catalog.ts";
import type { Catalog } from "./catalog.ts";
import { type ContractTests, expectCode, START_MS } from "./contract-tests.contract.ts";

const SHA256 = "0".repeat(64);
const BY_CREATION = { by: "createdAtMs", direction: "asc" } as const;

const upload = (over: Partial<NewUpload> = {}): NewUpload => ({
  organization: 1,
  space: 11,
  replaces: null,
  path: "/f/11/x/0123456789/a.png",
  fields: {},
  ...over,
});

/** A file as it is after its bytes were stored: `a` is the key, `file-a`. */
const stored = (name: string, bytes = 5) => ({ key: `file-${name}`, bytes, sha256: SHA256 });

const countAssets = async (catalog: Catalog, folder?: number | null): Promise<number> => {
  const filter = { trash: false, ...(folder === undefined ? {} : { folder }) };
  return (await catalog.listAssets(1, 11, filter, BY_CREATION, { page: 1, perPage: 1 })).total;
};

/** Unused files of both kinds up to a time. */
const listUnused = (catalog: Catalog, untilMs: number) =>
  catalog.listUnusedFiles({ wantedUntilMs: untilMs, unwantedUntilMs: untilMs });

/** Announces an upload and completes it with five bytes. */
async function addFile(catalog: Catalog, name: string, over: Partial<NewUpload> = {}): Promise<number> {
  const { id } = await catalog.createUpload(upload({ path: `/f/11/x/0123456789/${name}`, ...over }));
  return (await catalog.completeUpload(id, stored(name))).asset.id;
}

/** Declares the tests of uploads and files. */
export function describeAssetFiles(guarantee: ContractTests): void {
  describe("uploads", () => {
    guarantee("an asset is nowhere until its bytes are there, and then has all that was said", async ({ catalog }) => {
      const folder = await catalog.createFolder({ organization: 1, space: 11, id: 4, name: "Press" });
      await catalog.createTag({ organization: 1, space: 11, id: 8, name: "b" });
      const fields = {
        folder: folder.id,
        alt: "Alt",
        isPrivate: true,
        expireAtMs: START_MS + 1,
        metaData: { x: 1 },
        tagIds: [8],
      };
      const announced = await catalog.createUpload(upload({ fields }));
      expect(announced).toEqual({
        ...upload({ fields }),
        contentType: "image/png",
        id: expect.any(String),
        asset: 1_000_001,
        replaces: false,
        signedAtMs: START_MS,
        completedAtMs: null,
      });
      expect(await catalog.readUpload(announced.id)).toEqual(announced);
      expect(await catalog.awaitsUpload(1, 11, 1_000_001)).toBe(true);
      expect(await catalog.awaitsUpload(1, 12, 1_000_001)).toBe(false);
      expect(await catalog.awaitsUpload(2, 11, 1_000_001)).toBe(false);
      expect(await catalog.readAsset(1, 1_000_001)).toBeNull();
      expect(await countAssets(catalog)).toBe(0);
      expect(await catalog.findAssetFile(announced.path)).toBeNull();

      const { asset, bytesBefore } = await catalog.completeUpload(announced.id, stored("a"));
      expect(bytesBefore).toBeNull();
      expect(asset).toMatchObject({
        id: 1_000_001,
        space: 11,
        path: announced.path,
        shortFilename: "a.png",
        contentType: "image/png",
        contentBytes: 5,
        folder: 4,
        alt: "Alt",
        isPrivate: true,
        metaData: { x: 1 },
        tags: [{ id: 8, name: "b" }],
      });
      expect(await catalog.readAsset(1, 1_000_001)).toEqual(asset);
      expect(await countAssets(catalog, 4)).toBe(1);
      expect(await catalog.readUpload(announced.id)).toMatchObject({ completedAtMs: START_MS });
    });

    guarantee(
      "a key of metadata that is null is no key of a new asset, and removed from one that is there",
      async ({ catalog }) => {
        const metaData = { kept: [null], gone: null };
        const { id, asset } = await catalog.createUpload(upload({ fields: { metaData } }));
        expect((await catalog.completeUpload(id, stored("a"))).asset.metaData).toEqual({ kept: [null] });
        const again = upload({ replaces: asset, fields: { metaData: { kept: null, more: 1 } } });
        const replacing = await catalog.createUpload(again);
        expect((await catalog.completeUpload(replacing.id, stored("b"))).asset.metaData).toEqual({ more: 1 });
        const created = await catalog.createAsset({ organization: 1, space: 11, path: "/f/11/new.png", metaData });
        expect(created.metaData).toEqual({ kept: [null] });
      },
    );

    guarantee(
      "an asset that has been deleted for good awaits no upload, neither its own nor one in its place",
      async ({ catalog }) => {
        const { id, asset } = await catalog.createUpload(upload());
        await catalog.completeUpload(id, stored("a"));
        expect(await catalog.awaitsUpload(1, 11, asset)).toBe(false);
        await catalog.createUpload(upload({ replaces: asset }));
        await catalog.deleteAssets(1, 11, [asset]);
        await catalog.purgeTrash(1, 11, 1);
        expect(await catalog.awaitsUpload(1, 11, asset)).toBe(false);
      },
    );

    guarantee("a promised id is given to nobody else", async ({ catalog }) => {
      const first = await catalog.createUpload(upload());
      const second = await catalog.createUpload(upload({ path: "/f/11/x/0123456789/b.png" }));
      expect([first.asset, second.asset]).toEqual([1_000_001, 1_000_002]);
      expect(await catalog.resolveAssetPaths(1, [{ space: 11, path: "/c" }], true)).toEqual([1_000_003]);
      await catalog.completeUpload(second.id, stored("b"));
      await catalog.completeUpload(first.id, stored("a"));
      expect((await catalog.createAsset({ organization: 1, path: "/d" })).id).toBe(1_000_004);
    });

    guarantee("a promised id is not chosen among the gaps either", async ({ catalog }) => {
      const { asset } = await catalog.createUpload(upload());
      await catalog.createAsset({ organization: 1, id: Number.MAX_SAFE_INTEGER, path: "/last" });
      expect([asset, (await catalog.createAsset({ organization: 1, path: "/next" })).id]).toEqual([
        1_000_001, 1_000_002,
      ]);
    });

    guarantee(
      "an id that usage takes before the bytes come is a conflict that changes nothing",
      async ({ catalog }) => {
        const { id, asset } = await catalog.createUpload(upload());
        await catalog.resolveAssetIds(1, [{ id: asset, space: 12 }], true);
        await catalog.noteUnusedFile("file-a");
        await expectCode(catalog.completeUpload(id, stored("a")), "catalog/conflict");
        expect(await catalog.readAsset(1, asset)).toMatchObject({ space: 12, contentBytes: null });
        expect(await listUnused(catalog, START_MS)).toEqual(["file-a"]);
      },
    );

    guarantee("a path is taken by files and by uploads of any organization", async ({ catalog }) => {
      await catalog.createUpload(upload());
      await expectCode(catalog.createUpload(upload()), "catalog/conflict");
      await expectCode(catalog.createUpload(upload({ organization: 2 })), "catalog/conflict");
      await addFile(catalog, "b.png");
      await catalog.deleteUploads(START_MS + 1);
      await expectCode(catalog.createUpload(upload({ path: "/f/11/x/0123456789/b.png" })), "catalog/conflict");
      await catalog.createUpload(upload({ organization: 2 }));
    });

    guarantee("what is not in the space is not found: space, folder, tag, asset to replace", async ({ catalog }) => {
      await catalog.createFolder({ organization: 1, space: 12, id: 4, name: "Press" });
      await catalog.createTag({ organization: 1, space: 12, id: 8, name: "b" });
      await catalog.createAsset({ organization: 1, space: 12, id: 5, path: "/elsewhere" });
      await catalog.createAsset({ organization: 2, space: 11, id: 6, path: "/foreign" });
      await catalog.createAsset({ organization: 1, space: 11, id: 7, path: "/gone" });
      await catalog.deleteAsset(1, 7);
      const refused: readonly Partial<NewUpload>[] = [
        { space: 99 },
        { organization: 9 },
        { fields: { folder: 4 } },
        { fields: { tagIds: [8] } },
        { replaces: 5 },
        { replaces: 6 },
        { replaces: 7 },
        { replaces: 99 },
      ];
      for (const over of refused) await expectCode(catalog.createUpload(upload(over)), "catalog/not-found");
    });

    guarantee("a folder or tag that goes before the bytes come is left out", async ({ catalog }) => {
      await catalog.createTag({ organization: 1, space: 11, id: 8, name: "b" });
      const { id } = await catalog.createUpload(upload({ fields: { tagIds: [8] } }));
      expect((await catalog.completeUpload(id, stored("a"))).asset.tags).toEqual([{ id: 8, name: "b" }]);
    });

    guarantee(
      "a replaced file keeps id and path; its fields change when the bytes come",
      async ({ catalog, clock }) => {
        const asset = await addFile(catalog, "a.png", {
          fields: { alt: "Old", title: "Title", metaData: { a: 1, b: 2 } },
        });
        await catalog.createFolder({ organization: 1, space: 11, id: 4, name: "Press" });
        clock.set(START_MS + 1_000);
        const announced = await catalog.createUpload(
          upload({
            replaces: asset,
            path: "/f/other",
            fields: { alt: "New", folder: 4, metaData: { b: null, c: 3 } },
          }),
        );
        expect(announced).toMatchObject({ asset, replaces: true, path: "/f/11/x/0123456789/a.png" });
        expect(announced.contentType).toBe("image/png");
        expect(await catalog.readAsset(1, asset)).toMatchObject({ alt: "Old", contentBytes: 5, updatedAtMs: START_MS });
        const completed = await catalog.completeUpload(announced.id, stored("new", 7));
        expect(completed.bytesBefore).toBe(5);
        expect(completed.asset).toMatchObject({
          id: asset,
          alt: "New",
          title: "Title",
          folder: 4,
          contentBytes: 7,
          createdAtMs: START_MS,
          updatedAtMs: START_MS + 1_000,
        });
        expect([await countAssets(catalog), await countAssets(catalog, null), await countAssets(catalog, 4)]).toEqual([
          1, 0, 1,
        ]);
        expect(await catalog.findAssetFile("/f/11/x/0123456789/a.png")).toMatchObject({ key: "file-new", bytes: 7 });
        expect(await listUnused(catalog, START_MS + 1_000)).toEqual(["file-a.png"]);
      },
    );

    guarantee("bytes that come again replace the bytes only", async ({ catalog }) => {
      const { id, asset } = await catalog.createUpload(upload({ fields: { alt: "First" } }));
      await catalog.completeUpload(id, stored("a"));
      const other = await catalog.createUpload(upload({ replaces: asset, fields: { alt: "Later" } }));
      await catalog.completeUpload(other.id, stored("b"));
      const again = await catalog.completeUpload(id, stored("c", 9));
      expect([again.bytesBefore, again.asset.alt, again.asset.contentBytes]).toEqual([5, "Later", 9]);
      expect(await listUnused(catalog, START_MS)).toEqual(["file-a", "file-b"]);
    });

    guarantee(
      "bytes for an asset in the trash and for a forgotten upload are not found",
      async ({ catalog, clock }) => {
        const { id, asset } = await catalog.createUpload(upload());
        await catalog.completeUpload(id, stored("a"));
        await catalog.deleteAsset(1, asset);
        await expectCode(catalog.completeUpload(id, stored("b")), "catalog/not-found");
        clock.set(START_MS + 1);
        const young = await catalog.createUpload(upload({ path: "/f/young" }));
        expect(await catalog.deleteUploads(START_MS + 1)).toBe(1);
        await expectCode(catalog.completeUpload(id, stored("c")), "catalog/not-found");
        expect(await catalog.readUpload(id)).toBeNull();
        expect(await catalog.readUpload(young.id)).toEqual(young);
      },
    );
  });

  describe("files", () => {
    guarantee(
      "a file is found by its path and by its asset, whoever asks and wherever the asset is",
      async ({ catalog }) => {
        const asset = await addFile(catalog, "a.png", { fields: { isPrivate: true, publishAtMs: 7, expireAtMs: 9 } });
        const file = {
          organization: 1,
          space: 11,
          asset,
          path: "/f/11/x/0123456789/a.png",
          key: "file-a.png",
          sha256: SHA256,
          bytes: 5,
          shortFilename: "a.png",
          contentType: "image/png",
          isPrivate: true,
          publishAtMs: 7,
          expireAtMs: 9,
          deletedAtMs: null,
        };
        expect(await catalog.findAssetFile(file.path)).toEqual(file);
        expect(await catalog.readAssetFile(1, asset)).toEqual(file);
        await catalog.deleteAsset(1, asset);
        expect(await catalog.findAssetFile(file.path)).toEqual({ ...file, deletedAtMs: START_MS });
      },
    );

    guarantee(
      "paths and assets without a file have none, nor has an asset of another organization",
      async ({ catalog }) => {
        const asset = await addFile(catalog, "a.png");
        await catalog.createAsset({ organization: 1, space: 11, id: 5, path: "/f/11/none.png" });
        expect(await catalog.findAssetFile("/f/11/none.png")).toBeNull();
        expect(await catalog.findAssetFile("/f/11/x/0123456789/A.png")).toBeNull();
        expect(await catalog.readAssetFile(1, 5)).toBeNull();
        expect(await catalog.readAssetFile(2, asset)).toBeNull();
      },
    );

    guarantee("released files are unused, and the assets stay without them", async ({ catalog }) => {
      const assets = [
        await addFile(catalog, "a.png"),
        await addFile(catalog, "b.png"),
        await addFile(catalog, "c.png"),
      ];
      expect(await catalog.releaseAssetFiles(2, assets)).toEqual([]);
      expect(await catalog.releaseAssetFiles(1, [assets[0]!, assets[2]!, assets[0]!, 99])).toEqual([5, 5]);
      expect(await listUnused(catalog, START_MS)).toEqual(["file-a.png", "file-c.png"]);
      expect(await catalog.readAssetFile(1, assets[0]!)).toBeNull();
      expect(await catalog.readAssetFile(1, assets[1]!)).not.toBeNull();
      expect(await catalog.readAsset(1, assets[0]!)).not.toBeNull();
    });

    guarantee("a noted file is unused until an asset has it or it is forgotten", async ({ catalog, clock }) => {
      await catalog.noteUnusedFile("file-a");
      await catalog.noteUnusedFile("file-a");
      clock.set(START_MS + 1);
      await catalog.noteUnusedFile("file-b");
      expect(await listUnused(catalog, START_MS - 1)).toEqual([]);
      expect(await listUnused(catalog, START_MS)).toEqual(["file-a"]);
      const { id } = await catalog.createUpload(upload());
      await catalog.completeUpload(id, stored("a"));
      expect(await listUnused(catalog, START_MS + 1)).toEqual(["file-b"]);
      await catalog.releaseAssetFiles(1, [1_000_001]);
      expect(await catalog.listUnusedFiles({ wantedUntilMs: 0, unwantedUntilMs: START_MS + 1 })).toEqual(["file-a"]);
      expect(await catalog.listUnusedFiles({ wantedUntilMs: START_MS + 1, unwantedUntilMs: 0 })).toEqual(["file-b"]);
      await catalog.forgetUnusedFiles(["file-a", "file-b", "file-z"]);
      expect(await listUnused(catalog, START_MS + 1)).toEqual([]);
    });
  });

  describe("secrets of the server", () => {
    guarantee("a secret is made once, the same for every process, another one for every name", async (opened) => {
      const { catalog, connectAgain } = opened;
      const other = await connectAgain();
      const [mine, theirs] = await Promise.all([catalog.ensureServerSecret("a"), other.ensureServerSecret("a")]);
      expect(mine).toMatch(/^[\w-]{43}$/);
      expect(theirs).toBe(mine);
      expect(await catalog.ensureServerSecret("b")).not.toBe(mine);
    });
  });
}
