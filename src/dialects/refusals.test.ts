/**
 * Who is refused at Flashback's and FileSpin's endpoints, and in which words: every one of them without a credential, and with
 * one that lacks the right.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AskedServer } from "./ask-server.contract.ts";
import { A, createBuckets, openWithTokens } from "./flashback/worked-example.contract.ts";

/** What a bucket may be made and changed with: a request that nothing but its credential is wrong with. */
const BUCKET = JSON.stringify({ name: "new", bucket: "bk", storageType: "S3", workspaceId: "5" });

const VENDORS = [
  {
    vendor: "Flashback",
    unauthorized: { success: false, message: "Unauthorized" },
    forbidden: { success: false, message: "Insufficient permissions" },
    readers: [
      "GET /bucket/stats",
      "GET /unit/stats",
      "GET /repo/stats",
      "GET /stats/daily",
      "GET /stats/minute",
      "GET /v2/stats/storage",
      "GET /v2/stats/storage/breakdown/buckets",
      "GET /v2/stats/storage/breakdown/repos",
      "GET /v2/stats/storage/breakdown/workspaces",
      "GET /bucket",
      "POST /bucket/:id/validate",
    ],
    /** Refused to a token that may only read as well. */
    writers: ["POST /bucket", "PUT /bucket/:id", "DELETE /bucket/:id"],
    open: ["POST /user/login", "POST /user/refresh"],
  },
  {
    vendor: "FileSpin",
    unauthorized: { status: "ERROR", message: "Unauthorized" },
    forbidden: { status: "ERROR", message: "Forbidden" },
    readers: [
      "GET /api/v1/users",
      ...["api", "addons", "transcodes", "storage", "cdn"].flatMap((type) => [
        `GET /api/v1/stats/${type}`,
        `GET /api/v1/stats/timeseries/${type}`,
      ]),
    ],
    writers: [],
    open: ["POST /api/v1/login", "GET /api/v1/auth/validate", "POST /api/v1/auth/validate"],
  },
] as const;

let server: AskedServer;
beforeAll(async () => {
  server = await openWithTokens();
  await createBuckets(server);
  await server.createToken("ingest", { scopes: ["ingest"] });
  await server.createToken("assets", { scopes: ["assets:read", "assets:write"] });
  await server.createToken("stats", { scopes: ["stats:read"], role: "admin" });
  const ann = { organization: 42, id: 7, name: "Ann", email: "ann@example.com", role: "admin" } as const;
  await server.catalog.createUser({ ...ann, passwordHash: "none" });
  await server.createToken("disabled", { user: 7 });
  await server.catalog.setUserDisabled(42, 7, true);
});
afterAll(() => server.close());

type Method = Parameters<AskedServer["send"]>[0];

/** Asks an endpoint that is written as `METHOD path`, with a body where it takes one. */
async function ask(endpoint: string, headers: Readonly<Record<string, string>>) {
  const [method, path] = endpoint.split(" ") as [Method, string];
  const takesBody = method === "POST" || method === "PUT";
  const type: Readonly<Record<string, string>> = takesBody ? { "content-type": "application/json" } : {};
  return server.send(method, path.replace(":id", A), { ...type, ...headers }, takesBody ? BUCKET : undefined);
}

describe.each(VENDORS)("$vendor", ({ vendor, unauthorized, forbidden, readers, writers, open }) => {
  const guarded: readonly string[] = [...readers, ...writers];

  test("has no endpoint that is not in this table", () => {
    const routes = server.dialects.find(({ name }) => name.includes(vendor))?.routes ?? [];
    expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...guarded, ...open].sort());
  });

  test.each(guarded)("401: %s without a credential, and with one that is nobody's or of another form", async (path) => {
    for (const headers of [{}, { authorization: "Bearer nobody's" }, { authorization: "Basic YWRtaW46" }]) {
      const answer = await ask(path, headers);
      expect([answer.status, answer.body]).toEqual([401, unauthorized]);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
      expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
    }
  });

  test.each(guarded)("403: %s without the right to read statistics", async (path) => {
    for (const token of ["ingest", "assets"]) {
      const answer = await ask(path, { authorization: `Bearer ${token}` });
      expect([answer.status, answer.body]).toEqual([403, forbidden]);
    }
  });

  test.each(guarded)("403: %s for a user who was disabled", async (path) => {
    const answer = await ask(path, { authorization: "Bearer disabled" });
    expect([answer.status, answer.body]).toEqual([403, forbidden]);
  });

  test.each(writers)("403: %s with the right to read alone", async (path) => {
    const answer = await ask(path, { authorization: "Bearer stats" });
    expect([answer.status, answer.body]).toEqual([403, forbidden]);
  });
});

describe("a method that no path answers", () => {
  // QUERY is one that Fastify knows and wants a Content-Type of, PROPFIND one that only Node knows.
  test.each(["QUERY", "PROPFIND"])(
    "%s is 405 with Allow at a known path, 404 elsewhere, without a token",
    async (method) => {
      const ask = async (url: string) => {
        const { statusCode, headers, body } = await server.app.inject({ method: method as "GET", url });
        return [statusCode, headers.allow, JSON.parse(body)];
      };
      const notAllowed = { success: false, message: "Method not allowed" };
      expect(await ask("/bucket/stats")).toEqual([405, "GET, HEAD", notAllowed]);
      expect(await ask(`/bucket/${A}`)).toEqual([405, "DELETE, PUT", notAllowed]);
      expect(await ask("/bucket/a/b")).toEqual([404, undefined, { success: false, message: "Not found" }]);
      expect(await ask("/api/v1/login")).toEqual([405, "POST", { status: "ERROR", message: "Method not allowed" }]);
      expect(await ask("/api/v1/assets")).toEqual([404, undefined, { status: "ERROR", message: "Not found" }]);
      const ofOurs = (await ask("/usage/v1/sources")) as [number, string, { readonly code: string }];
      expect([ofOurs[0], ofOurs[1], ofOurs[2].code]).toEqual([405, "GET, HEAD, POST", "request/method-not-allowed"]);
      // This vendor knows no 405.
      expect((await ask("/v1/spaces"))[0]).toBe(404);
    },
  );
});
