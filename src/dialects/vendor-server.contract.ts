/**
 * A server with vendors' dialects over a store and a catalogue of their own, for tests that ask as a vendor's client
 * asks. In a temporary folder, at a time that stands still.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteCatalog } from "../catalog/sqlite.ts";
import { hashTokenSecret } from "../catalog/token-secret.ts";
import { buildServer } from "../http/server.ts";
import { ROLE_SCOPES, type Token } from "../model/token.ts";
import type { UsageQuery } from "../model/usage-query.ts";
import type { UsageRow } from "../model/usage-row.ts";
import { buildFixedClock } from "../platform/clock.ts";
import { randomIds } from "../platform/ids.ts";
import { buildLogger } from "../platform/log.ts";
import { executeQuery } from "../query/execute.ts";
import { openDuckdbStore } from "../store/duckdb/open.ts";
import { buildBatch, buildRow } from "../store/usage-store.contract.ts";
import type { Dialect, DialectDeps } from "./dialect.ts";

/** The part of DialectDeps that the dialects under test use. */
export type VendorServerDeps = Pick<DialectDeps, "catalog" | "runQuery" | "clock" | "limits">;

const DAY_MS = 86_400_000;
const LIMITS = {
  batchRecordsMax: 1000,
  eventBytesMax: 65_536,
  queryRowsMax: 100_000,
  queryDaysMax: 3_660,
  requestsPerSecondMax: 0,
};

/** Opens everything with the clock at `nowMs`. Close it after the test. */
export async function openVendorServer(nowMs: number, buildDialect: (deps: VendorServerDeps) => Dialect) {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-vendor-"));
  const clock = buildFixedClock(nowMs);
  const catalog = await openSqliteCatalog({ file: join(folder, "catalog.sqlite"), clock, ids: randomIds });
  const store = await openDuckdbStore({
    file: ":memory:",
    memoryBytesMax: 128 * 1024 * 1024,
    threads: 1,
    dedupeHorizonMs: 35 * DAY_MS,
    clock,
  });
  const queries: UsageQuery[] = [];
  const queryDeps = {
    store,
    clock,
    listSources: (organization: number) => catalog.listSources(organization),
    limits: { rowsMax: LIMITS.queryRowsMax, daysMax: LIMITS.queryDaysMax },
  };
  const runQuery = (query: UsageQuery) => {
    queries.push(query);
    return executeQuery(query, queryDeps);
  };
  const app = buildServer({
    dialects: [buildDialect({ catalog, clock, runQuery, limits: LIMITS })],
    authenticate: async (secret) => {
      const token = await catalog.findToken(hashTokenSecret(secret));
      if (token === null) return { ok: false, why: "unknown" };
      return token.revokedAtMs === null ? { ok: true, principal: token } : { ok: false, why: "revoked" };
    },
    health: [],
    logger: buildLogger("silent"),
    limits: { bodyBytesMax: 1_000_000, requestsPerSecondMax: 0 },
    publicUrl: null,
    version: "0.0.0",
  });

  let appended = 0;
  return {
    app,
    catalog,
    clock,
    store,
    /** Every query that was run, in order. */
    queries,
    /** Counts usage of organization 42; each row is an event of its own. */
    async count(rows: readonly Partial<UsageRow>[]) {
      await store.append(buildBatch(rows.map((row) => buildRow(String(appended++), { organization: 42, ...row }))));
    },
    /** Makes a token of organization 42 whose secret is its name, and answers it. */
    async createToken(name: string, fields: Partial<Omit<Token, "id" | "name">> = {}): Promise<Token> {
      const role = fields.role ?? "admin";
      const { organization = 42, scopes = ROLE_SCOPES[role], spaces = null, user = null } = fields;
      const secretHash = hashTokenSecret(name);
      return catalog.createToken({ organization, name, role, scopes, spaces, user, expiresAtMs: null, secretHash });
    },
    /** Asks; the token is sent as `Bearer`, null sends none. */
    async get(url: string, token: string | null = "admin", headers: Readonly<Record<string, string>> = {}) {
      return this.send("GET", url, { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers });
    },
    async send(
      method: "GET" | "HEAD" | "POST" | "DELETE",
      url: string,
      headers: Readonly<Record<string, string>> = {},
    ) {
      const answer = await app.inject({ method, url, headers });
      const body: unknown = answer.body === "" ? null : JSON.parse(answer.body);
      return { status: answer.statusCode, headers: answer.headers, text: answer.body, body };
    },
    async close() {
      await app.close();
      await store.close();
      await catalog.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An open server; see openVendorServer. */
export type VendorServer = Awaited<ReturnType<typeof openVendorServer>>;
