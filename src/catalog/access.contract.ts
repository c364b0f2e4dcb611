/**
 * The catalogue's suite: tokens, sources, and the connection itself.
 */

import { describe, expect } from "vitest";
import { DEFAULT_SETTINGS } from "../model/source-settings.ts";
import type { NewToken } from "./catalog.ts";
import { type ContractTests, expectCode, START_MS } from "./contract-tests.contract.ts";

const TOKEN: NewToken = {
  organization: 1,
  name: "Dashboard",
  role: "manager",
  scopes: ["stats:read", "ingest"],
  spaces: null,
  user: null,
  expiresAtMs: null,
  secretHash: "a".repeat(64),
};

/** Declares the tests of tokens, sources and connections. */
export function describeAccess(guarantee: ContractTests): void {
  describe("tokens", () => {
    guarantee("a token is found by its hash, without anything secret", async ({ catalog }) => {
      await catalog.createUser({ organization: 1, id: 5, name: "Ada", role: "admin" });
      const given = { ...TOKEN, spaces: [12, 11], user: 5, expiresAtMs: START_MS + 1 };
      const created = await catalog.createToken(given);
      const { secretHash, ...rest } = given;
      expect(created).toEqual({ ...rest, id: created.id, createdAtMs: START_MS, revokedAtMs: null });
      expect(await catalog.findToken(secretHash)).toEqual(created);
      expect(await catalog.listTokens(1)).toEqual([created]);
      expect(await catalog.listTokens(2)).toEqual([]);
      expect(await catalog.findToken("b".repeat(64))).toBeNull();
    });

    guarantee("a token for all spaces and one for no space are told apart", async ({ catalog }) => {
      await catalog.createToken(TOKEN);
      await catalog.createToken({ ...TOKEN, spaces: [], scopes: [], secretHash: "none" });
      expect((await catalog.findToken(TOKEN.secretHash))?.spaces).toBeNull();
      expect(await catalog.findToken("none")).toMatchObject({ spaces: [], scopes: [] });
    });

    guarantee("tokens are listed newest first and may share a name", async ({ catalog, clock }) => {
      for (const [index, secretHash] of ["first", "second", "third"].entries()) {
        clock.set(START_MS + index);
        await catalog.createToken({ ...TOKEN, secretHash });
      }
      const listed = await catalog.listTokens(1);
      expect(listed.map((token) => token.createdAtMs - START_MS)).toEqual([2, 1, 0]);
    });

    guarantee("a revoked token is still found, with the time of its first revocation", async ({ catalog, clock }) => {
      const { id } = await catalog.createToken(TOKEN);
      expect(await catalog.revokeToken(2, id)).toBe(false);
      expect(await catalog.revokeToken(1, "unknown")).toBe(false);
      expect((await catalog.findToken(TOKEN.secretHash))?.revokedAtMs).toBeNull();
      clock.set(START_MS + 10);
      expect(await catalog.revokeToken(1, id)).toBe(true);
      clock.set(START_MS + 20);
      expect(await catalog.revokeToken(1, id)).toBe(true);
      expect((await catalog.findToken(TOKEN.secretHash))?.revokedAtMs).toBe(START_MS + 10);
    });

    guarantee(
      "a deleted token is neither found nor listed, and another organization deletes none",
      async ({ catalog }) => {
        const { id } = await catalog.createToken(TOKEN);
        expect(await catalog.deleteToken(2, id)).toBe(false);
        expect(await catalog.findToken(TOKEN.secretHash)).not.toBeNull();
        expect(await catalog.deleteToken(1, id)).toBe(true);
        expect([await catalog.findToken(TOKEN.secretHash), await catalog.listTokens(1)]).toEqual([null, []]);
        expect(await catalog.deleteToken(1, id)).toBe(false);
      },
    );

    guarantee("a secret belongs to one token in all organizations", async ({ catalog }) => {
      await catalog.createToken(TOKEN);
      await expectCode(catalog.createToken({ ...TOKEN, organization: 2 }), "catalog/conflict");
    });

    guarantee("a token for an unknown organization, space or user is not found", async ({ catalog }) => {
      await catalog.createUser({ organization: 1, id: 5, name: "Ada", role: "admin" });
      const refused = [{ organization: 99 }, { spaces: [11, 99] }, { user: 6 }, { organization: 2, user: 5 }];
      for (const change of refused) await expectCode(catalog.createToken({ ...TOKEN, ...change }), "catalog/not-found");
      await expectCode(catalog.createToken({ ...TOKEN, name: "" }), "catalog/invalid");
      expect(await catalog.findToken(TOKEN.secretHash)).toBeNull();
    });
  });

  describe("sources", () => {
    guarantee("what is changed of a source stays changed, and everything else as it was", async ({ catalog }) => {
      const rule = { match: { path: "/health" }, ignore: true } as const;
      const given = { organization: 1, name: "cdn", format: "combined", space: 11 } as const;
      const source = await catalog.ensureSource({ ...given, settings: { sampleRate: 0.5 } });
      const changed = await catalog.updateSource(1, "cdn", { latenessBoundMs: 60_000, settings: { rules: [rule] } });
      const settings = { ...DEFAULT_SETTINGS, sampleRate: 0.5, rules: [rule] };
      expect(changed).toEqual({ ...source, latenessBoundMs: 60_000, settings });
      expect(await catalog.readSource(1, "cdn")).toEqual(changed);
      expect(await catalog.updateSource(1, "cdn", { space: null })).toEqual({ ...changed, space: null });
      expect(await catalog.updateSource(1, "unknown", {})).toBeNull();
      await expect(catalog.updateSource(1, "cdn", { space: 999 })).rejects.toMatchObject({ code: "catalog/not-found" });
    });

    guarantee("a source of which little is said has the documented rest", async ({ catalog }) => {
      const source = await catalog.ensureSource({ organization: 1, name: "cdn", format: "combined" });
      expect(source).toEqual({
        organization: 1,
        name: "cdn",
        format: "combined",
        space: null,
        latenessBoundMs: 0,
        tracksWatermark: false,
        registersUnknown: true,
        settings: DEFAULT_SETTINGS,
        createdAtMs: START_MS,
      });
      expect(await catalog.readSource(1, "cdn")).toEqual(source);
    });

    guarantee("a source that is there is answered as it is", async ({ catalog }) => {
      const given = { organization: 1, name: "cdn", format: "common", space: 11, latenessBoundMs: 60_000 } as const;
      const source = await catalog.ensureSource({ ...given, tracksWatermark: true, registersUnknown: false });
      expect(source).toMatchObject({ ...given, tracksWatermark: true, registersUnknown: false });
      expect(await catalog.ensureSource({ organization: 1, name: "cdn", format: "cloudevents" })).toEqual(source);
    });

    guarantee("sources are listed by name, each organization's own", async ({ catalog }) => {
      for (const name of ["b", "a", "B"]) await catalog.ensureSource({ organization: 1, name, format: "combined" });
      await catalog.ensureSource({ organization: 2, name: "a", format: "common" });
      expect((await catalog.listSources(1)).map((source) => source.name)).toEqual(["B", "a", "b"]);
      expect((await catalog.readSource(2, "a"))?.format).toBe("common");
      expect(await catalog.readSource(2, "b")).toBeNull();
      expect(await catalog.listSources(99)).toEqual([]);
    });

    guarantee("a source of an unknown organization or space is not found", async ({ catalog }) => {
      const source = { name: "cdn", format: "combined" } as const;
      await expectCode(catalog.ensureSource({ ...source, organization: 99 }), "catalog/not-found");
      await expectCode(catalog.ensureSource({ ...source, organization: 2, space: 12 }), "catalog/not-found");
      await expectCode(catalog.ensureSource({ ...source, organization: 1, name: "" }), "catalog/invalid");
      expect(await catalog.readSource(1, "cdn")).toBeNull();
    });

    guarantee("many calls for one new source at once make one", async (opened) => {
      const other = await opened.connectAgain();
      const calls = Array.from({ length: 10 }, (_, call) =>
        (call % 2 === 0 ? opened.catalog : other).ensureSource({
          organization: 1,
          name: "cdn",
          format: "combined",
          latenessBoundMs: call,
        }),
      );
      const answers = await Promise.all(calls);
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(await opened.catalog.listSources(1)).toHaveLength(1);
    });

    guarantee(
      "of many new sources at once no more are made than the bound, and one name does not count",
      async (opened) => {
        const other = await opened.connectAgain();
        const bound = { sourcesMax: 3, uncounted: "rest" };
        await opened.catalog.ensureSource({ organization: 1, name: "rest", format: "cloudevents" });
        await opened.catalog.ensureSource({ organization: 2, name: "theirs", format: "cloudevents" });
        const ensure = (name: string, from = opened.catalog) =>
          from.ensureSourceWithin({ organization: 1, name, format: "cloudevents" }, bound);
        const calls = Array.from({ length: 10 }, (_, call) =>
          ensure(`s${call}`, call % 2 === 0 ? opened.catalog : other),
        );
        const made = (await Promise.all(calls)).flatMap((source) => source?.name ?? []);
        expect(made).toHaveLength(3);
        const listed = (await opened.catalog.listSources(1)).map(({ name }) => name);
        expect(listed).toEqual(["rest", ...made].sort());
        // What is there is answered whatever the bound.
        expect((await ensure(made[0] ?? ""))?.name).toBe(made[0]);
        expect((await ensure("rest"))?.name).toBe("rest");
        expect(await ensure("one more")).toBeNull();
      },
    );
  });

  describe("connections", () => {
    guarantee("a closed catalogue refuses, closing it again is harmless", async ({ catalog }) => {
      await catalog.ping();
      await catalog.close();
      await catalog.close();
      await expectCode(catalog.ping(), "catalog/unavailable");
      await expectCode(catalog.createSpace({ organization: 1, name: "Late" }), "catalog/unavailable");
    });

    guarantee("closing waits for what is running", async (opened) => {
      const running = opened.catalog.resolveAssetPaths(1, [{ space: 11, path: "/a" }], false);
      const creating = opened.catalog.createSpace({ organization: 1, name: "Last" });
      await opened.catalog.close();
      expect(await running).toEqual([null]);
      expect((await creating).name).toBe("Last");
    });

    guarantee("another connection sees what was written, and everything is there after reopening", async (opened) => {
      const other = await opened.connectAgain();
      await opened.catalog.createFolder({ organization: 1, space: 11, id: 4, name: "Press" });
      await opened.catalog.createTag({ organization: 1, space: 11, id: 8, name: "red" });
      const place = { organization: 1, space: 11, folder: 4, tagIds: [8] };
      const asset = await opened.catalog.createAsset({ ...place, path: "/a.jpg", alt: "An apple" });
      const user = await opened.catalog.createUser({ organization: 1, name: "Ada", role: "admin" });
      const bucket = await opened.catalog.createBucket({ organization: 1, name: "Images" });
      const token = await opened.catalog.createToken(TOKEN);
      const source = await opened.catalog.ensureSource({ organization: 1, name: "cdn", format: "combined" });
      expect(await other.readAsset(1, asset.id)).toEqual(asset);
      await opened.catalog.close();
      await other.close();
      const again = await opened.connectAgain();
      const page = { page: 1, perPage: 25 };
      const order = { by: "createdAtMs", direction: "asc" } as const;
      expect((await again.listAssets(1, 11, { trash: false, altContains: "apple" }, order, page)).assets).toEqual([
        asset,
      ]);
      expect(await again.listUsers(1)).toEqual([user]);
      expect(await again.listBuckets(1)).toEqual([bucket]);
      expect(await again.listTokens(1)).toEqual([token]);
      expect(await again.listSources(1)).toEqual([source]);
      expect((await again.listSpaces(1)).map((space) => space.id)).toEqual([11, 12]);
    });

    guarantee("what many callers create at once gets different ids", async (opened) => {
      const other = await opened.connectAgain();
      const calls = Array.from({ length: 20 }, (_, call) =>
        (call % 2 === 0 ? opened.catalog : other).createSpace({ organization: 1, name: `Space ${call}` }),
      );
      const ids = (await Promise.all(calls)).map((space) => space.id).sort((a, b) => a - b);
      expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => 13 + index));
    });
  });
}
