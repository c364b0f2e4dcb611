/**
 * The catalogue's suite: logins, refresh tokens and signing keys.
 */
import { describe, expect } from "vitest";
import type { Catalog } from "./catalog.ts";
import { type ContractTests, expectCode, START_MS } from "./contract-tests.contract.ts";

const DAY_MS = 86_400_000;
const ANN = { organization: 1, id: 7, name: "Ann", email: "Ann@Example.com", role: "admin" } as const;

/** Declares the tests of logins and of what comes after them. */
export function describeSessions(guarantee: ContractTests): void {
  describeLogins(guarantee);
  describeRefreshTokens(guarantee);
  describeSigningKeys(guarantee);
}

function describeLogins(guarantee: ContractTests): void {
  describe("logins", () => {
    guarantee("a user with a password is found by the address, whatever its case", async ({ catalog }) => {
      const user = await catalog.createUser(ANN);
      expect(await catalog.findLogin("ann@example.com")).toBeNull();
      expect(await catalog.setPasswordHash(1, 7, "hash 1")).toBe(true);
      expect(await catalog.findLogin("ANN@example.COM")).toEqual({ user, passwordHash: "hash 1" });
      expect(await catalog.setPasswordHash(1, 7, "hash 2")).toBe(true);
      expect((await catalog.findLogin("ann@example.com"))?.passwordHash).toBe("hash 2");
      expect(JSON.stringify(await catalog.listUsers(1))).not.toContain("hash");
    });

    guarantee("addresses beyond ASCII are compared without regard to case as well", async ({ catalog }) => {
      await catalog.createUser({ ...ANN, email: "MÜLLER@example.com", passwordHash: "hash" });
      expect((await catalog.findLogin("müller@example.com"))?.user.id).toBe(7);
    });

    guarantee("one address is the login of one user of the whole server", async ({ catalog }) => {
      await catalog.createUser({ ...ANN, passwordHash: "hash" });
      const other = { ...ANN, organization: 2, email: "ann@example.com" };
      await expectCode(catalog.createUser({ ...other, passwordHash: "hash" }), "catalog/conflict");
      // Without a password the address is only a note.
      await catalog.createUser(other);
      await expectCode(catalog.setPasswordHash(2, 7, "hash"), "catalog/conflict");
      expect((await catalog.findLogin("ann@example.com"))?.user.organization).toBe(1);
    });

    guarantee("a user without an address gets no password, an unknown or foreign one neither", async ({ catalog }) => {
      await catalog.createUser({ ...ANN, email: null });
      await expectCode(catalog.setPasswordHash(1, 7, "hash"), "catalog/invalid");
      const unaddressed = { organization: 1, name: "Bob", role: "member", passwordHash: "hash" } as const;
      await expectCode(catalog.createUser(unaddressed), "catalog/invalid");
      expect(await catalog.setPasswordHash(2, 7, "hash")).toBe(false);
      expect(await catalog.setPasswordHash(1, 99, "hash")).toBe(false);
    });

    guarantee("a disabled user is still found, with the time; enabling takes it back", async ({ catalog, clock }) => {
      await catalog.createUser({ ...ANN, passwordHash: "hash" });
      expect(await catalog.setUserDisabled(1, 7, true)).toBe(true);
      clock.set(START_MS + 1);
      expect(await catalog.setUserDisabled(1, 7, true)).toBe(true);
      expect((await catalog.findLogin("ann@example.com"))?.user.disabledAtMs).toBe(START_MS);
      expect(await catalog.setUserDisabled(1, 7, false)).toBe(true);
      expect((await catalog.readUser(1, 7))?.disabledAtMs).toBeNull();
      expect(await catalog.setUserDisabled(2, 7, true)).toBe(false);
    });

    guarantee("users are paged by id with their number in all", async ({ catalog }) => {
      for (const id of [3, 1, 2]) await catalog.createUser({ organization: 1, id, name: `${id}`, role: "member" });
      await catalog.createUser({ organization: 2, id: 9, name: "foreign", role: "member" });
      const read = async (page: number) => {
        const { users, total } = await catalog.listUserPage(1, { page, perPage: 2 });
        return [users.map((user) => user.id), total];
      };
      expect(await read(1)).toEqual([[1, 2], 3]);
      expect(await read(2)).toEqual([[3], 3]);
      expect(await read(3)).toEqual([[], 3]);
      await expectCode(catalog.listUserPage(1, { page: 0, perPage: 2 }), "catalog/invalid");
    });
  });
}

function describeRefreshTokens(guarantee: ContractTests): void {
  const begin = async (catalog: Catalog, secretHash = "first", expiresAtMs = START_MS + DAY_MS) => {
    if ((await catalog.readUser(1, 7)) === null) await catalog.createUser({ ...ANN, passwordHash: "hash" });
    const passwordHash = (await catalog.findLogin(ANN.email))?.passwordHash ?? "";
    return catalog.createRefreshToken({ organization: 1, user: 7, passwordHash, secretHash, expiresAtMs });
  };
  const exchange = (catalog: Catalog, secretHash: string, nextSecretHash: string) =>
    catalog.exchangeRefreshToken({ secretHash, nextSecretHash, expiresAtMs: START_MS + 2 * DAY_MS });

  describe("refresh tokens", () => {
    guarantee("a refresh token is exchanged once, for one that can be exchanged in turn", async ({ catalog }) => {
      const first = await begin(catalog);
      const second = await exchange(catalog, "first", "second");
      expect(second).toMatchObject({ organization: 1, user: 7 });
      expect(second?.id).not.toBe(first?.id);
      expect(await exchange(catalog, "second", "third")).toMatchObject({ user: 7 });
      expect(await exchange(catalog, "unknown", "fourth")).toBeNull();
    });

    guarantee("a used refresh token revokes its whole family and no other", async ({ catalog }) => {
      await begin(catalog);
      await begin(catalog, "elsewhere");
      await exchange(catalog, "first", "second");
      await exchange(catalog, "second", "third");
      expect(await exchange(catalog, "first", "stolen")).toBeNull();
      expect(await exchange(catalog, "third", "fourth")).toBeNull();
      expect(await exchange(catalog, "stolen", "fifth")).toBeNull();
      expect(await exchange(catalog, "elsewhere", "sixth")).toMatchObject({ user: 7 });
    });

    guarantee("of two exchanges at the same moment one succeeds", async (opened) => {
      await begin(opened.catalog);
      const other = await opened.connectAgain();
      const both = await Promise.all([exchange(opened.catalog, "first", "a"), exchange(other, "first", "b")]);
      expect(both.filter((owner) => owner !== null)).toHaveLength(1);
    });

    guarantee("a refresh token ends at its time, and is dropped when the next one is made", async (opened) => {
      const { catalog, clock } = opened;
      await begin(catalog);
      clock.set(START_MS + DAY_MS - 1);
      await exchange(catalog, "first", "second");
      clock.set(START_MS + 2 * DAY_MS);
      expect(await exchange(catalog, "second", "third")).toBeNull();
      // Dropped: its hash may be stored anew.
      await begin(catalog, "first", START_MS + 3 * DAY_MS);
      expect(await exchange(catalog, "first", "fourth")).toMatchObject({ user: 7 });
    });

    guarantee("a new password and disabling revoke every refresh token of the user", async ({ catalog }) => {
      await begin(catalog);
      await catalog.setPasswordHash(1, 7, "new");
      expect(await exchange(catalog, "first", "a")).toBeNull();
      await begin(catalog, "second");
      await catalog.setUserDisabled(1, 7, true);
      await catalog.setUserDisabled(1, 7, false);
      expect(await exchange(catalog, "second", "b")).toBeNull();
    });

    guarantee("a token is made only for the password its user has, while they are enabled", async ({ catalog }) => {
      await begin(catalog);
      await catalog.createUser({ organization: 2, id: 7, name: "Bob", role: "admin" });
      const create = (passwordHash: string, organization = 1, user = 7) =>
        catalog.createRefreshToken({
          ...{ organization, user, passwordHash },
          ...{ secretHash: `of ${passwordHash}`, expiresAtMs: START_MS + DAY_MS },
        });
      await catalog.setPasswordHash(1, 7, "new");
      expect(await create("hash")).toBeNull();
      expect(await exchange(catalog, "of hash", "a")).toBeNull();
      await catalog.setUserDisabled(1, 7, true);
      expect(await create("new")).toBeNull();
      expect(await exchange(catalog, "of new", "b")).toBeNull();
      // Bob has no password, and nobody is 99.
      expect([await create("new", 2), await create("new", 1, 99)]).toEqual([null, null]);
      await catalog.setUserDisabled(1, 7, false);
      expect(await create("new")).toMatchObject({ organization: 1, user: 7 });
      expect(await exchange(catalog, "of new", "c")).toMatchObject({ user: 7 });
    });
  });
}

function describeSigningKeys(guarantee: ContractTests): void {
  const key = (id: string, algorithm: "HS256" | "EdDSA" = "HS256") => ({ id, algorithm, material: `of ${id}` });

  describe("signing keys", () => {
    guarantee("the first key of an algorithm stays, also when two processes start at once", async (opened) => {
      const other = await opened.connectAgain();
      const [a, b] = await Promise.all([opened.catalog.ensureSigningKey(key("a")), other.ensureSigningKey(key("b"))]);
      expect(a).toEqual(b);
      expect(await opened.catalog.ensureSigningKey(key("c"))).toEqual(a);
      expect((await opened.catalog.ensureSigningKey(key("d", "EdDSA"))).id).toBe("d");
    });

    guarantee("a rotated key signs, the one before it only checks", async ({ catalog, clock }) => {
      await catalog.ensureSigningKey(key("old"));
      await catalog.ensureSigningKey(key("other", "EdDSA"));
      clock.set(START_MS + 5);
      expect(await catalog.rotateSigningKey(key("new"), 0)).toMatchObject({ id: "new", retiredAtMs: null });
      expect((await catalog.ensureSigningKey(key("x"))).id).toBe("new");
      expect(await catalog.readSigningKey("old")).toMatchObject({ material: "of old", retiredAtMs: START_MS + 5 });
      expect(await catalog.readSigningKey("other")).toMatchObject({ retiredAtMs: null });
      expect(await catalog.readSigningKey("unknown")).toBeNull();
    });

    guarantee("rotating to the same key changes nothing, to a retired one takes it back", async (opened) => {
      const { catalog, clock } = opened;
      await catalog.rotateSigningKey(key("a"), 0);
      clock.set(START_MS + 5);
      expect(await catalog.rotateSigningKey(key("a"), 0)).toMatchObject({ createdAtMs: START_MS, retiredAtMs: null });
      await catalog.rotateSigningKey(key("b"), 0);
      await catalog.rotateSigningKey(key("a"), 0);
      expect((await catalog.ensureSigningKey(key("x"))).id).toBe("a");
      expect((await catalog.readSigningKey("b"))?.retiredAtMs).toBe(START_MS + 5);
    });

    guarantee("keys that retired long ago are dropped by the next rotation", async ({ catalog, clock }) => {
      await catalog.rotateSigningKey(key("a"), 0);
      await catalog.rotateSigningKey(key("b"), 0);
      clock.set(START_MS + 10);
      await catalog.rotateSigningKey(key("c"), START_MS + 1);
      expect(await catalog.readSigningKey("a")).toBeNull();
      expect(await catalog.readSigningKey("b")).not.toBeNull();
    });
  });
}
