/**
 * The whole server over a store and a catalogue of its own, for tests that send usage in and read it back: every part
 * is the real one, put together as the program does it; only the clock stands still. In a temporary folder.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openParts } from "../app.ts";
import { hashTokenSecret } from "../catalog/token-secret.ts";
import { type Config, readConfig } from "../config.ts";
import { ROLE_SCOPES, type Token } from "../model/token.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { buildLogger } from "../platform/log.ts";
import { NO_FAULTS } from "../test-faults.ts";

/** Small, so that a test can reach every bound. */
const LIMITS: Partial<Config> = {
  bodyBytesMax: 100_000,
  batchRecordsMax: 10,
  eventBytesMax: 1_000,
  queryRowsMax: 100_000,
  sourcesPerOrganizationMax: 5,
  storeMemoryBytesMax: 128 * 1024 * 1024,
  storeThreads: 1,
};

/** Opens everything with the clock at `nowMs`. Close it after the test. */
export async function openWholeServer(nowMs: number, settings: Partial<Config> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-server-"));
  const clock = buildFixedClock(nowMs);
  const overrides = { ...LIMITS, dataDir: folder, logLevel: "silent", ...settings } as const;
  // The time of a test is what its clock says: by the seconds that a test takes a store would remember every id.
  const faults = { ...NO_FAULTS, clockIsBelieved: true };
  const parts = await openParts(readConfig({ environment: {}, overrides }), clock, buildLogger("silent"), { faults });
  const { catalog, dialects, intake, server, store } = parts;
  return {
    app: server,
    catalog,
    clock,
    dialects,
    intake,
    store,
    /** The secret that the command line on the server's machine asks with, for an organization. */
    issueOwnSecret: parts.issueOwnSecret,
    /** Makes a token whose secret is its name. An admin's of organization 42 where nothing else is said. */
    async createToken(name: string, fields: Partial<Omit<Token, "id" | "name">> = {}): Promise<Token> {
      const role = fields.role ?? "admin";
      const plain = { organization: 42, role, scopes: ROLE_SCOPES[role], spaces: null, user: null, expiresAtMs: null };
      return catalog.createToken({ ...plain, ...fields, name, secretHash: hashTokenSecret(name) });
    },
    async close() {
      await parts.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An open server; see openWholeServer. */
export type WholeServer = Awaited<ReturnType<typeof openWholeServer>>;
