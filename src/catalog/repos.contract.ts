/**
 * The catalogue's suite: repos, and which buckets are in them.
 */
import { describe, expect } from "vitest";
import { type ContractTests, expectCode, START_MS } from "./contract-tests.contract.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Declares the tests of repos. */
export function describeRepos(guarantee: ContractTests): void {
  describe("repos", () => {
    guarantee("a repo without an id gets a UUID", async ({ catalog }) => {
      const repo = await catalog.createRepo({ organization: 1, name: "Media", space: 11 });
      expect(repo).toEqual({ organization: 1, id: repo.id, name: "Media", space: 11, createdAtMs: START_MS });
      expect(repo.id).toMatch(UUID);
      expect(await catalog.listRepos(1)).toEqual([repo]);
      expect(await catalog.listRepos(2)).toEqual([]);
    });

    guarantee("repos are listed by creation, then id", async ({ catalog, clock }) => {
      await catalog.createRepo({ organization: 1, id: "b", name: "1" });
      await catalog.createRepo({ organization: 1, id: "a", name: "2" });
      clock.set(START_MS - 1);
      await catalog.createRepo({ organization: 1, id: "c", name: "3" });
      expect((await catalog.listRepos(1)).map((repo) => repo.id)).toEqual(["c", "a", "b"]);
    });

    guarantee("a taken id or name is a conflict, an unknown space is not found", async ({ catalog }) => {
      await catalog.createRepo({ organization: 1, id: "a", name: "Media" });
      await expectCode(catalog.createRepo({ organization: 1, id: "a", name: "New" }), "catalog/conflict");
      await expectCode(catalog.createRepo({ organization: 1, name: "Media" }), "catalog/conflict");
      await expectCode(catalog.createRepo({ organization: 2, name: "New", space: 12 }), "catalog/not-found");
      await expectCode(catalog.createRepo({ organization: 99, name: "New" }), "catalog/not-found");
    });

    guarantee("what is not named of a repo stays as it is when it is changed", async ({ catalog }) => {
      const repo = await catalog.createRepo({ organization: 1, id: "r", name: "Media", space: 11 });
      expect(await catalog.updateRepo(1, "r", {})).toEqual(repo);
      expect(await catalog.updateRepo(1, "r", { name: "Pictures" })).toEqual({ ...repo, name: "Pictures" });
      expect(await catalog.updateRepo(1, "r", { space: null })).toEqual({ ...repo, name: "Pictures", space: null });
      expect(await catalog.listRepos(1)).toEqual([{ ...repo, name: "Pictures", space: null }]);
    });

    guarantee("a repo that goes to another space keeps the buckets of that space only", async ({ catalog }) => {
      await catalog.createRepo({ organization: 1, id: "r", name: "Media" });
      await catalog.createRepo({ organization: 1, id: "other", name: "Other" });
      for (const [id, space] of [
        ["eleven", 11],
        ["twelve", 12],
        ["none", null],
      ] as const) {
        await catalog.createBucket({ organization: 1, id, name: id, space, repo: "r" });
      }
      await catalog.createBucket({ organization: 1, id: "elsewhere", name: "elsewhere", space: 12, repo: "other" });
      const repos = async () => (await catalog.listBuckets(1)).map((bucket) => `${bucket.id} ${bucket.repo}`);
      await catalog.updateRepo(1, "r", { name: "Renamed" });
      expect(await repos()).toEqual(["eleven r", "elsewhere other", "none r", "twelve r"]);
      await catalog.updateRepo(1, "r", { space: 11 });
      expect(await repos()).toEqual(["eleven r", "elsewhere other", "none null", "twelve null"]);
      await catalog.updateRepo(1, "r", { space: null });
      expect(await repos()).toEqual(["eleven r", "elsewhere other", "none null", "twelve null"]);
    });

    guarantee("a repo is changed neither to a taken name nor into an unknown space", async ({ catalog }) => {
      await catalog.createRepo({ organization: 1, id: "r", name: "Media" });
      await catalog.createRepo({ organization: 1, id: "taken", name: "Taken" });
      await expectCode(catalog.updateRepo(1, "r", { name: "Taken" }), "catalog/conflict");
      await expectCode(catalog.updateRepo(1, "r", { space: 99 }), "catalog/not-found");
      await expectCode(catalog.updateRepo(1, "r", { name: "" }), "catalog/invalid");
      expect(await catalog.updateRepo(1, "r", { name: "Media" })).toMatchObject({ name: "Media" });
    });

    guarantee(
      "a deleted repo leaves the list and its buckets; its name is free, its id is not",
      async ({ catalog }) => {
        await catalog.createRepo({ organization: 1, id: "old", name: "Media", space: 11 });
        await catalog.createRepo({ organization: 1, id: "kept", name: "Kept", space: 11 });
        await catalog.createBucket({ organization: 1, id: "b", name: "B", space: 11, repo: "old" });
        await catalog.createBucket({ organization: 1, id: "c", name: "C", space: 11, repo: "kept" });
        expect(await catalog.deleteRepo(1, "old")).toBe(true);
        expect(await catalog.deleteRepo(1, "old")).toBe(true);
        expect((await catalog.listRepos(1)).map((repo) => repo.id)).toEqual(["kept"]);
        expect(await catalog.listBuckets(1)).toMatchObject([
          { id: "b", space: 11, repo: null, deletedAtMs: null },
          { id: "c", repo: "kept" },
        ]);
        await expectCode(catalog.createRepo({ organization: 1, id: "old", name: "New" }), "catalog/conflict");
        await expectCode(catalog.updateBucket(1, "b", { repo: "old" }), "catalog/not-found");
        await expectCode(catalog.createBucket({ organization: 1, name: "D", repo: "old" }), "catalog/not-found");
        await catalog.createRepo({ organization: 1, id: "new", name: "Media" });
        await catalog.updateRepo(1, "new", { name: "Kept too" });
        expect(await catalog.updateRepo(1, "new", { name: "Media" })).toMatchObject({ id: "new", name: "Media" });
      },
    );

    guarantee("an unknown, foreign or deleted repo is neither changed nor deleted", async ({ catalog }) => {
      const repo = await catalog.createRepo({ organization: 1, id: "r", name: "Media" });
      await catalog.createBucket({ organization: 1, id: "b", name: "B", repo: "r" });
      expect(await catalog.updateRepo(2, "r", { name: "x" })).toBeNull();
      expect(await catalog.updateRepo(1, "unknown", { name: "x" })).toBeNull();
      expect(await catalog.deleteRepo(2, "r")).toBe(false);
      expect(await catalog.deleteRepo(1, "unknown")).toBe(false);
      expect(await catalog.listRepos(1)).toEqual([repo]);
      expect(await catalog.listBuckets(1)).toMatchObject([{ repo: "r" }]);
      await catalog.deleteRepo(1, "r");
      expect(await catalog.updateRepo(1, "r", { name: "x" })).toBeNull();
    });
  });
}
