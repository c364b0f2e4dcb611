/**
 * The catalogue's suite: buckets.
 */
import { describe, expect } from "vitest";
import { type ContractTests, expectCode, START_MS } from "./contract-tests.contract.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Declares the tests of buckets. */
export function describeBuckets(guarantee: ContractTests): void {
  describe("buckets", () => {
    guarantee("a bucket is listed as it was created", async ({ catalog }) => {
      const repo = await catalog.createRepo({ organization: 1, name: "Media" });
      const given = {
        ...{ organization: 1, id: "b1", name: "Images", space: 11, repo: repo.id, endpoint: "https://s3" },
        ...{ region: "eu-1", storageName: "acme-images", storageType: "S3" },
      };
      const bucket = await catalog.createBucket(given);
      expect(bucket).toEqual({ ...given, createdAtMs: START_MS, deletedAtMs: null });
      expect(await catalog.listBuckets(1)).toEqual([bucket]);
    });

    guarantee("a bucket of which only the name is said has a UUID and nothing else", async ({ catalog }) => {
      const bucket = await catalog.createBucket({ organization: 1, name: "Images" });
      expect(bucket).toMatchObject({ space: null, repo: null, endpoint: "" });
      expect(bucket).toMatchObject({ region: "", storageName: "", storageType: "" });
      expect(bucket.id).toMatch(UUID);
    });

    guarantee("buckets are listed by creation, then id; with ids only those that exist", async ({ catalog, clock }) => {
      await catalog.createBucket({ organization: 1, id: "b", name: "1" });
      await catalog.createBucket({ organization: 1, id: "a", name: "2" });
      clock.set(START_MS - 1);
      await catalog.createBucket({ organization: 1, id: "c", name: "3" });
      await catalog.createBucket({ organization: 2, id: "d", name: "foreign" });
      const list = async (ids?: string[]) => (await catalog.listBuckets(1, ids)).map((bucket) => bucket.id);
      expect(await list()).toEqual(["c", "a", "b"]);
      expect(await list(["b", "c", "d", "unknown", "b"])).toEqual(["c", "b"]);
      expect(await list([])).toEqual([]);
      const many = Array.from({ length: 2_500 }, (_, index) => `none-${index}`);
      expect(await list([...many, "a"])).toEqual(["a"]);
    });

    guarantee("a deleted bucket leaves the lists and gives its name free, but not its id", async ({ catalog }) => {
      await catalog.createBucket({ organization: 1, id: "old", name: "Images" });
      await expectCode(catalog.createBucket({ organization: 1, name: "Images" }), "catalog/conflict");
      expect(await catalog.deleteBucket(1, "old")).toBe(true);
      expect(await catalog.deleteBucket(1, "old")).toBe(true);
      expect(await catalog.listBuckets(1, ["old"])).toEqual([]);
      await expectCode(catalog.createBucket({ organization: 1, id: "old", name: "Again" }), "catalog/conflict");
      await catalog.createBucket({ organization: 1, id: "new", name: "Images" });
      expect((await catalog.listBuckets(1)).map((bucket) => bucket.id)).toEqual(["new"]);
    });

    guarantee("an endpoint that may hold a credential is refused, and not repeated", async ({ catalog }) => {
      await catalog.createBucket({ organization: 1, id: "b", name: "Images" });
      for (const endpoint of ["https://key:hunter2@s3.example.com", "AccountName=acme;AccountKey=hunter2"]) {
        await expectCode(catalog.createBucket({ organization: 1, name: "More", endpoint }), "catalog/invalid");
        const refused = await catalog.updateBucket(1, "b", { endpoint }).catch((error: unknown) => error);
        expect(refused).toMatchObject({ code: "catalog/invalid" });
        expect(String(refused)).not.toContain("hunter2");
      }
      expect(await catalog.listBuckets(1)).toMatchObject([{ endpoint: "" }]);
    });

    guarantee("what is not named of a bucket stays as it is when it is changed", async ({ catalog }) => {
      const repo = await catalog.createRepo({ organization: 1, name: "Media" });
      const given = { organization: 1, id: "b", name: "Images", space: 11, repo: repo.id, region: "eu-1" };
      const bucket = await catalog.createBucket(given);
      expect(await catalog.updateBucket(1, "b", {})).toEqual(bucket);
      const changes = { name: "Pictures", endpoint: "https://s3", storageType: "S3" };
      expect(await catalog.updateBucket(1, "b", changes)).toEqual({ ...bucket, ...changes });
      const moved = { space: 12, repo: null, region: "", storageName: "x" };
      expect(await catalog.updateBucket(1, "b", moved)).toEqual({ ...bucket, ...changes, ...moved });
      expect(await catalog.listBuckets(1)).toEqual([{ ...bucket, ...changes, ...moved }]);
    });

    guarantee("a bucket that goes to another space leaves a repo of the one before", async ({ catalog }) => {
      await catalog.createRepo({ organization: 1, id: "eleven", name: "Eleven", space: 11 });
      await catalog.createRepo({ organization: 1, id: "any", name: "Any" });
      await catalog.createBucket({ organization: 1, id: "b", name: "B", space: 11, repo: "eleven" });
      expect(await catalog.updateBucket(1, "b", { space: 11 })).toMatchObject({ repo: "eleven" });
      expect(await catalog.updateBucket(1, "b", { space: 12 })).toMatchObject({ space: 12, repo: null });
      await catalog.updateBucket(1, "b", { space: 11, repo: "eleven" });
      expect(await catalog.updateBucket(1, "b", { space: null })).toMatchObject({ space: null, repo: null });
      await catalog.updateBucket(1, "b", { repo: "any" });
      expect(await catalog.updateBucket(1, "b", { space: 12 })).toMatchObject({ space: 12, repo: "any" });
    });

    guarantee("a repo of a space takes no buckets of others", async ({ catalog }) => {
      await catalog.createRepo({ organization: 1, id: "r", name: "Eleven", space: 11 });
      await catalog.createBucket({ organization: 1, id: "b", name: "B", space: 12 });
      await expectCode(catalog.updateBucket(1, "b", { repo: "r" }), "catalog/invalid");
      await expectCode(catalog.updateBucket(1, "b", { repo: "r", space: null }), "catalog/invalid");
      await expectCode(catalog.createBucket({ organization: 1, name: "C", repo: "r" }), "catalog/invalid");
      expect(await catalog.listBuckets(1)).toMatchObject([{ id: "b", space: 12, repo: null }]);
    });

    guarantee("a bucket is changed neither to a taken name nor into an unknown space or repo", async ({ catalog }) => {
      await catalog.createBucket({ organization: 1, id: "b", name: "Images" });
      await catalog.createBucket({ organization: 1, id: "c", name: "Taken" });
      await expectCode(catalog.updateBucket(1, "b", { name: "Taken" }), "catalog/conflict");
      await expectCode(catalog.updateBucket(1, "b", { space: 99 }), "catalog/not-found");
      await expectCode(catalog.updateBucket(1, "b", { repo: "unknown" }), "catalog/not-found");
      await expectCode(catalog.updateBucket(1, "b", { name: "" }), "catalog/invalid");
      expect(await catalog.updateBucket(1, "b", { name: "Images" })).toMatchObject({ name: "Images" });
      await catalog.deleteBucket(1, "c");
      expect(await catalog.updateBucket(1, "b", { name: "Taken" })).toMatchObject({ name: "Taken" });
    });

    guarantee("an unknown, foreign or deleted bucket is not changed", async ({ catalog }) => {
      await catalog.createBucket({ organization: 1, id: "b", name: "Images" });
      expect(await catalog.updateBucket(2, "b", { endpoint: "x" })).toBeNull();
      expect(await catalog.updateBucket(1, "unknown", { endpoint: "x" })).toBeNull();
      await catalog.deleteBucket(1, "b");
      expect(await catalog.updateBucket(1, "b", { endpoint: "x" })).toBeNull();
    });

    guarantee("names differ by case", async ({ catalog }) => {
      await catalog.createBucket({ organization: 1, name: "Images" });
      expect((await catalog.createBucket({ organization: 1, name: "images" })).name).toBe("images");
    });

    guarantee("an unknown or foreign bucket is not deleted", async ({ catalog }) => {
      await catalog.createBucket({ organization: 1, id: "b", name: "Images" });
      expect(await catalog.deleteBucket(1, "unknown")).toBe(false);
      expect(await catalog.deleteBucket(2, "b")).toBe(false);
      expect(await catalog.listBuckets(1)).toHaveLength(1);
    });

    guarantee("a bucket in an unknown space or repo is not found", async ({ catalog }) => {
      const repo = await catalog.createRepo({ organization: 1, name: "Media" });
      await expectCode(catalog.createBucket({ organization: 2, name: "B", space: 12 }), "catalog/not-found");
      await expectCode(catalog.createBucket({ organization: 2, name: "B", repo: repo.id }), "catalog/not-found");
      await expectCode(catalog.createBucket({ organization: 99, name: "B" }), "catalog/not-found");
      expect(await catalog.listBuckets(2)).toEqual([]);
    });

    guarantee("buckets that usage names are registered once, under the first space given", async ({ catalog }) => {
      await catalog.createBucket({ organization: 1, id: "known", name: "Images" });
      const named = [
        { id: "known", space: 12 },
        { id: "new", space: 11 },
        { id: "new", space: 12 },
      ];
      expect([...(await catalog.resolveBuckets(1, named, false))]).toEqual([["known", { space: null }]]);
      for (const _ of [1, 2]) {
        expect([...(await catalog.resolveBuckets(1, named, true))].sort()).toEqual([
          ["known", { space: null }],
          ["new", { space: 11 }],
        ]);
      }
      expect((await catalog.listBuckets(1)).map(({ id, name, space }) => [id, name, space])).toEqual([
        ["known", "Images", null],
        ["new", "new", 11],
      ]);
    });

    guarantee("a deleted bucket is still known to usage and does not come back", async ({ catalog }) => {
      await catalog.createBucket({ organization: 1, id: "old", name: "Images" });
      await catalog.deleteBucket(1, "old");
      const resolved = await catalog.resolveBuckets(1, [{ id: "old", space: null }], true);
      expect([...resolved.keys()]).toEqual(["old"]);
      expect(await catalog.listBuckets(1)).toEqual([]);
    });

    guarantee(
      "usage registers no more buckets than are allowed, deleted ones counted, and all are known as before",
      async ({ catalog }) => {
        await catalog.createBucket({ organization: 1, id: "old", name: "Images" });
        await catalog.deleteBucket(1, "old");
        await catalog.createBucket({ organization: 2, id: "foreign", name: "Foreign" });
        const named = ["a", "old", "b", "c"].map((id) => ({ id, space: null }));
        expect([...(await catalog.resolveBuckets(1, named, true, 3)).keys()].sort()).toEqual(["a", "b", "old"]);
        expect([...(await catalog.resolveBuckets(1, named, true, 3)).keys()].sort()).toEqual(["a", "b", "old"]);
        const asking = ["d", "e"].map((id) => catalog.resolveBuckets(1, [{ id, space: null }], true, 4));
        expect((await Promise.all(asking)).flatMap((found) => [...found.keys()])).toHaveLength(1);
        expect(await catalog.listBuckets(1)).toHaveLength(3);
      },
    );

    guarantee("a bucket is registered even when another one is named like its id", async ({ catalog }) => {
      await catalog.createBucket({ organization: 1, id: "first", name: "second" });
      await catalog.resolveBuckets(1, [{ id: "second", space: null }], true);
      const [, second] = await catalog.listBuckets(1);
      expect(second?.id).toBe("second");
      expect(second?.name).toMatch(/^second /);
    });

    guarantee("registering under an unknown space registers nothing", async ({ catalog }) => {
      const named = [
        { id: "good", space: 11 },
        { id: "bad", space: 99 },
      ];
      await expectCode(catalog.resolveBuckets(1, named, true), "catalog/not-found");
      expect(await catalog.listBuckets(1)).toEqual([]);
    });
  });
}
