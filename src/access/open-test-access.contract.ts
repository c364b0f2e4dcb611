/**
 * Logins over a catalogue in a temporary folder, for the tests of this folder: organization 42 with Ann, 7, an admin.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteCatalog } from "../catalog/sqlite.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { randomIds } from "../platform/ids.ts";
import { openAccess } from "./open-access.ts";

/** 2026-03-02T12:00:00Z; its UNIX second is 1772452800. */
export const NOW_MS = Date.UTC(2026, 2, 2, 12);

/** Ann's password. Her hash is of little cost, so that a test does not take as long as an attacker should. */
export const PASSWORD = "correct horse";
/** Argon2id with 8 KiB and one pass, made with hash-wasm 4.13.0. */
const CHEAP_HASH_OPTIONS = { iterations: 1, parallelism: 1, memorySize: 8, hashLength: 32 } as const;

/** Opens it; close it after the test. */
export async function openTestAccess(ed25519Pem: string | null = null) {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-access-"));
  const clock = buildFixedClock(NOW_MS);
  const catalog = await openSqliteCatalog({ file: join(folder, "catalog.sqlite"), clock, ids: randomIds });
  await catalog.createOrganization({ id: 42, name: "group" });
  const { argon2id } = await import("hash-wasm");
  const passwordHash = await argon2id({
    password: PASSWORD,
    salt: "sixteen bytes...",
    ...CHEAP_HASH_OPTIONS,
    outputType: "encoded",
  });
  const ann = { organization: 42, id: 7, name: "Ann", email: "ann@example.com", role: "admin" } as const;
  const user = await catalog.createUser({ ...ann, passwordHash });
  const deps = { catalog, clock, ids: randomIds };
  const access = await openAccess({ ...deps, ed25519Pem });
  return {
    ...deps,
    access,
    user,
    /** The same catalogue under another key, as after a restart with another configuration. */
    reopen: (pem: string | null) => openAccess({ ...deps, ed25519Pem: pem }),
    close: async () => {
      await access.close();
      await catalog.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
