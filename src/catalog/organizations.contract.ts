/**
 * The catalogue's suite: organizations, spaces and users.
 */
import { describe, expect } from "vitest";
import { type ContractTests, expectCode, START_MS } from "./contract-tests.contract.ts";

/** Declares the tests of organizations, spaces and users. */
export function describeOrganizations(guarantee: ContractTests): void {
  describe("organizations", () => {
    guarantee("an organization is read as it was created", async ({ catalog }) => {
      const fields = { id: 7, name: "Seven", monthlyTrafficBytesMax: 5_000, cdnHost: "cdn.example.com" };
      const created = await catalog.createOrganization(fields);
      expect(created).toEqual({ ...fields, createdAtMs: START_MS });
      expect(await catalog.readOrganization(7)).toEqual(created);
    });

    guarantee("an organization without a limit has the limit 0, without a CDN host none", async ({ catalog }) => {
      expect(await catalog.readOrganization(1)).toMatchObject({ monthlyTrafficBytesMax: 0, cdnHost: null });
    });

    guarantee("what is changed of an organization is read so, the rest and other ones stay", async ({ catalog }) => {
      const two = await catalog.readOrganization(2);
      const one = { id: 1, name: "One", monthlyTrafficBytesMax: 0, cdnHost: "cdn.example.com", createdAtMs: START_MS };
      expect(await catalog.updateOrganization(1, { cdnHost: "cdn.example.com" })).toEqual(one);
      const renamed = { ...one, name: "Uno", monthlyTrafficBytesMax: 7 };
      expect(await catalog.updateOrganization(1, { name: "Uno", monthlyTrafficBytesMax: 7 })).toEqual(renamed);
      // Its own name is not taken.
      const without = { ...renamed, cdnHost: null };
      expect(await catalog.updateOrganization(1, { name: "Uno", cdnHost: null })).toEqual(without);
      expect(await catalog.updateOrganization(1, {})).toEqual(without);
      expect(await catalog.readOrganization(1)).toEqual(without);
      expect(await catalog.readOrganization(2)).toEqual(two);
    });

    guarantee("a change to a name that is taken or a value out of its bounds changes nothing", async ({ catalog }) => {
      const before = await catalog.readOrganization(1);
      const taken = catalog.updateOrganization(1, { cdnHost: "a.example", name: "Two" });
      await expectCode(taken, "catalog/conflict");
      await expect(taken).rejects.toThrow('There is already an organization with the name "Two".');
      for (const changes of [{ name: "" }, { monthlyTrafficBytesMax: -1 }, { cdnHost: "https://a.example" }]) {
        await expectCode(catalog.updateOrganization(1, { cdnHost: "a.example", ...changes }), "catalog/invalid");
      }
      expect(await catalog.readOrganization(1)).toEqual(before);
      expect(await catalog.updateOrganization(99, { name: "New" })).toBeNull();
    });

    guarantee("a CDN host is a host name without scheme, port and path", async ({ catalog }) => {
      for (const cdnHost of ["", "https://cdn.example", "cdn.example:8080", "cdn.example/a", "a".repeat(254)]) {
        await expectCode(catalog.createOrganization({ name: "New", cdnHost }), "catalog/invalid");
      }
      expect((await catalog.createOrganization({ name: "New", cdnHost: "CDN.example" })).cdnHost).toBe("CDN.example");
    });

    guarantee("an organization without an id gets the one after the largest", async ({ catalog }) => {
      await catalog.createOrganization({ id: 40, name: "Forty" });
      expect((await catalog.createOrganization({ name: "Next" })).id).toBe(41);
    });

    guarantee("an id or name that another organization has is a conflict", async ({ catalog }) => {
      await expectCode(catalog.createOrganization({ id: 1, name: "New" }), "catalog/conflict");
      await expectCode(catalog.createOrganization({ name: "One" }), "catalog/conflict");
      expect((await catalog.listOrganizations()).map((one) => one.name)).toEqual(["One", "Two"]);
    });

    guarantee("organizations are listed by id", async ({ catalog }) => {
      await catalog.createOrganization({ id: 100, name: "A" });
      await catalog.createOrganization({ id: 9, name: "Z" });
      expect((await catalog.listOrganizations()).map((one) => one.id)).toEqual([1, 2, 9, 100]);
    });

    guarantee("an unknown organization is null, and its lists are empty", async ({ catalog }) => {
      expect(await catalog.readOrganization(99)).toBeNull();
      expect(await catalog.listSpaces(99)).toEqual([]);
      expect(await catalog.listUsers(99)).toEqual([]);
    });

    guarantee("ids and limits up to 2^53-1 are kept exactly", async ({ catalog }) => {
      const largest = Number.MAX_SAFE_INTEGER;
      await catalog.createOrganization({ id: largest, name: "Large", monthlyTrafficBytesMax: largest });
      const read = await catalog.readOrganization(largest);
      expect([read?.id, read?.monthlyTrafficBytesMax]).toEqual([9_007_199_254_740_991, 9_007_199_254_740_991]);
    });

    guarantee("names have 1 to 255 characters, ids are integers from 1 to 2^53-1", async ({ catalog }) => {
      const longest = "😀".repeat(255);
      expect((await catalog.createOrganization({ id: 3, name: longest })).name).toBe(longest);
      for (const name of ["", `${longest}x`, "a\0b", "\ud800"]) {
        await expectCode(catalog.createOrganization({ name }), "catalog/invalid");
      }
      for (const id of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
        await expectCode(catalog.createOrganization({ id, name: "New" }), "catalog/invalid");
      }
      await expectCode(catalog.createOrganization({ name: "New", monthlyTrafficBytesMax: -1 }), "catalog/invalid");
    });

    guarantee("names with quotes, wildcards and emoji are kept as they are", async ({ catalog }) => {
      const name = `'; drop table spaces; -- " % _ \\ 😀 é`;
      await catalog.createSpace({ organization: 1, id: 13, name });
      expect((await catalog.readSpace(1, 13))?.name).toBe(name);
    });
  });

  describe("spaces", () => {
    guarantee("a space is read as it was created", async ({ catalog }) => {
      const created = await catalog.createSpace({ organization: 1, id: 606, name: "Blog" });
      const times = { createdAtMs: START_MS, updatedAtMs: START_MS };
      expect(created).toEqual({ organization: 1, id: 606, name: "Blog", ...times });
      expect(await catalog.readSpace(1, 606)).toEqual(created);
    });

    guarantee("spaces without an id are numbered within their organization, from 1", async ({ catalog }) => {
      await catalog.createOrganization({ id: 3, name: "Three" });
      expect((await catalog.createSpace({ organization: 3, name: "First" })).id).toBe(1);
      expect((await catalog.createSpace({ organization: 3, name: "Second" })).id).toBe(2);
      expect((await catalog.createSpace({ organization: 1, name: "After 12" })).id).toBe(13);
    });

    guarantee("a space with the id of another organization's space is another space", async ({ catalog }) => {
      expect((await catalog.readSpace(1, 11))?.name).toBe("Site");
      expect((await catalog.readSpace(2, 11))?.name).toBe("Other");
      expect(await catalog.readSpace(2, 12)).toBeNull();
      expect((await catalog.listSpaces(2)).map((space) => space.id)).toEqual([11]);
    });

    guarantee("an id or name that another space of the organization has is a conflict", async ({ catalog }) => {
      await expectCode(catalog.createSpace({ organization: 1, id: 11, name: "New" }), "catalog/conflict");
      await expectCode(catalog.createSpace({ organization: 1, name: "Site" }), "catalog/conflict");
      expect((await catalog.createSpace({ organization: 2, name: "Site" })).id).toBe(12);
    });

    guarantee("a space of an unknown organization is not found", async ({ catalog }) => {
      await expectCode(catalog.createSpace({ organization: 99, name: "Nowhere" }), "catalog/not-found");
    });
  });

  describe("users", () => {
    guarantee("a user is read as created, an e-mail address left out is null", async ({ catalog }) => {
      const ada = await catalog.createUser({ organization: 1, name: "Ada", email: "ada@example.com", role: "admin" });
      const bob = await catalog.createUser({ organization: 1, name: "Bob", role: "member" });
      const rest = { organization: 1, createdAtMs: START_MS, disabledAtMs: null };
      expect(ada).toEqual({ id: 1, name: "Ada", email: "ada@example.com", role: "admin", ...rest });
      expect(bob).toEqual({ id: 2, name: "Bob", email: null, role: "member", ...rest });
      expect(await catalog.readUser(1, 1)).toEqual(ada);
      expect(await catalog.listUsers(1)).toEqual([ada, bob]);
    });

    guarantee("two users may have one name, but not one id", async ({ catalog }) => {
      await catalog.createUser({ organization: 1, id: 5, name: "Ada", role: "admin" });
      await catalog.createUser({ organization: 1, id: 6, name: "Ada", role: "admin" });
      await expectCode(catalog.createUser({ organization: 1, id: 5, name: "Eve", role: "admin" }), "catalog/conflict");
    });

    guarantee("a user of another organization is unknown", async ({ catalog }) => {
      await catalog.createUser({ organization: 1, id: 5, name: "Ada", role: "admin" });
      expect(await catalog.readUser(2, 5)).toBeNull();
      expect(await catalog.listUsers(2)).toEqual([]);
      expect([...(await catalog.resolveUsers(2, [5], false))]).toEqual([]);
    });

    guarantee("users that usage names are registered once, as members named by their id", async ({ catalog }) => {
      await catalog.createUser({ organization: 1, id: 5, name: "Ada", role: "admin" });
      expect([...(await catalog.resolveUsers(1, [5, 77], false))]).toEqual([5]);
      for (const _ of [1, 2]) {
        expect([...(await catalog.resolveUsers(1, [77, 5, 77], true))].sort()).toEqual([5, 77]);
      }
      expect((await catalog.listUsers(1)).map(({ id, name, role }) => [id, name, role])).toEqual([
        [5, "Ada", "admin"],
        [77, "77", "member"],
      ]);
    });

    guarantee(
      "registering users for an unknown organization or under a bad id changes nothing",
      async ({ catalog }) => {
        await expectCode(catalog.resolveUsers(99, [1], true), "catalog/not-found");
        await expectCode(catalog.resolveUsers(1, [1, -1], true), "catalog/invalid");
        expect(await catalog.listUsers(1)).toEqual([]);
      },
    );

    guarantee("2,500 users are registered in one call", async ({ catalog }) => {
      const ids = Array.from({ length: 2_500 }, (_, index) => index + 1);
      expect((await catalog.resolveUsers(1, ids, true)).size).toBe(2_500);
      expect((await catalog.resolveUsers(1, ids, false)).size).toBe(2_500);
    });
  });
}
