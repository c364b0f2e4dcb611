/**
 * The whole server over a store and a catalogue of its own, for tests that send usage in and read it back: every part
 * is the real one, only the clock stands still. In a temporary folder.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteCatalog } from "../catalog/sqlite.ts";
import { hashTokenSecret } from "../catalog/token-secret.ts";
import type { Authentication } from "../http/access.ts";
import { buildServer } from "../http/server.ts";
import { ROLE_SCOPES, type Token } from "../model/token.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { randomIds } from "../platform/ids.ts";
import { buildLogger } from "../platform/log.ts";
import { readCompleteness } from "../query/completeness.ts";
import { executeQuery } from "../query/execute.ts";
import { importFile } from "../sources/access-log/import-file.ts";
import { buildIntake } from "../sources/group-commit.ts";
import { openDuckdbStore } from "../store/duckdb/open.ts";
import { buildDialects } from "./registry.ts";

const DAY_MS = 86_400_000;

/** Small, so that a test can reach every bound. */
const LIMITS = {
  batchRecordsMax: 10,
  eventBytesMax: 1_000,
  queryRowsMax: 100_000,
  queryDaysMax: 3_660,
  requestsPerSecondMax: 0,
};

const INTAKE_LIMITS = {
  lineBytesMax: 65_536,
  operationsPerSourceMax: 1_000,
  sourcesPerOrganizationMax: 5,
  futureToleranceMs: 600_000,
  commitRowsMax: 50_000,
  queueRecordsMax: 200_000,
};

/** Opens everything with the clock at `nowMs`. Close it after the test. */
export async function openWholeServer(nowMs: number) {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-server-"));
  const clock = buildFixedClock(nowMs);
  const logger = buildLogger("silent");
  const catalog = await openSqliteCatalog({ file: join(folder, "catalog.sqlite"), clock, ids: randomIds });
  const store = await openDuckdbStore({
    file: ":memory:",
    memoryBytesMax: 128 * 1024 * 1024,
    threads: 1,
    dedupeHorizonMs: 35 * DAY_MS,
    clock,
  });
  const intake = buildIntake({ store, catalog, clock, logger, limits: INTAKE_LIMITS });
  const completenessDeps = { store, clock, listSources: (organization: number) => catalog.listSources(organization) };
  const dialects = buildDialects({
    catalog,
    intake,
    clock,
    limits: LIMITS,
    runQuery: (query) =>
      executeQuery(query, {
        ...completenessDeps,
        limits: { rowsMax: LIMITS.queryRowsMax, daysMax: LIMITS.queryDaysMax },
      }),
    importLog: ({ bytes, ...log }) =>
      importFile({ ...log, chunks: bytes, bytesTotal: null, lineBytesMax: INTAKE_LIMITS.lineBytesMax, intake, clock }),
    readCompleteness: (organization) => readCompleteness(completenessDeps, organization),
    readSourceCounts: (organization) => store.readSourceCounts(organization),
    readRejected: (organization, source) => store.readRejected(organization, source),
  });
  const authenticate = async (secret: string): Promise<Authentication> => {
    const token = await catalog.findToken(hashTokenSecret(secret));
    if (token === null) return { ok: false, why: "unknown" };
    if (token.revokedAtMs !== null) return { ok: false, why: "revoked" };
    const hasExpired = token.expiresAtMs !== null && token.expiresAtMs <= clock.now();
    return hasExpired ? { ok: false, why: "expired" } : { ok: true, principal: token };
  };
  const app = buildServer({
    dialects,
    authenticate,
    health: [
      { name: "store", ping: () => store.ping() },
      { name: "catalogue", ping: () => catalog.ping() },
    ],
    logger,
    limits: { bodyBytesMax: 100_000, requestsPerSecondMax: 0 },
    publicUrl: null,
    version: "0.0.0",
  });
  return {
    app,
    catalog,
    clock,
    dialects,
    intake,
    store,
    /** Makes a token whose secret is its name. An admin's of organization 42 where nothing else is said. */
    async createToken(name: string, fields: Partial<Omit<Token, "id" | "name">> = {}): Promise<Token> {
      const role = fields.role ?? "admin";
      const plain = { organization: 42, role, scopes: ROLE_SCOPES[role], spaces: null, user: null, expiresAtMs: null };
      return catalog.createToken({ ...plain, ...fields, name, secretHash: hashTokenSecret(name) });
    },
    async close() {
      await app.close();
      await intake.close();
      await store.close();
      await catalog.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An open server; see openWholeServer. */
export type WholeServer = Awaited<ReturnType<typeof openWholeServer>>;
