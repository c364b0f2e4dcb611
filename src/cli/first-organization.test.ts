/**
 * Tokens of a catalogue that commands work with: who gets the first one, and what a command leaves of its own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openApp } from "../app.ts";
import type { CatalogAccess } from "./app-access.ts";
import { ensureFirstOrganization, ensureFirstToken, FIRST_ID } from "./first-organization.ts";
import { withServerToken } from "./server-client.ts";

const USE = { organization: FIRST_ID, scope: "stats:read", name: "query command", nowMs: Date.now() } as const;

let dataDir: string;
let catalog: CatalogAccess;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "assetmeter-tokens-"));
  catalog = await openApp({ dataDir, logLevelDefault: "silent" }).openCatalog();
  await ensureFirstOrganization(catalog);
});
afterEach(async () => {
  await catalog.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("withServerToken", () => {
  it("leaves no token behind, whether the command succeeds or fails", async () => {
    expect(await withServerToken(catalog, USE, async () => (await catalog.listTokens(FIRST_ID)).length)).toBe(1);
    const failed = withServerToken(catalog, USE, async () => {
      throw new Error("no answer");
    });
    await expect(failed).rejects.toThrow("no answer");
    expect(await catalog.listTokens(FIRST_ID)).toEqual([]);
  });
});

describe("ensureFirstToken", () => {
  it("issues one where only a command has a token, which nobody knows", async () => {
    const issued = await withServerToken(catalog, USE, () => ensureFirstToken(catalog));
    expect(issued?.token).toMatchObject({ organization: FIRST_ID, name: "first admin token" });
  });

  it("issues none where somebody has a token, also one that is called as a command's", async () => {
    const { organization, name } = USE;
    const fields = { role: "admin", scopes: ["stats:read"], spaces: null, user: null, expiresAtMs: null } as const;
    await catalog.issueToken({ organization, name, ...fields });
    expect(await ensureFirstToken(catalog)).toBeNull();
  });
});
