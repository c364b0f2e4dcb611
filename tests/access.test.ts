/**
 * Walks every route of every dialect of the whole server: nobody gets in without a token, without the scope, or into
 * another organization. A new route is walked without a word being added here.
 */
import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWholeServer, type WholeServer } from "../src/dialects/whole-server.contract.ts";
import type { Route, RouteScope } from "../src/model/route.ts";
import { SCOPES } from "../src/model/token.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00Z");

/** Stands in every name of organization 42 and in nothing else. */
const MARK = "marked42";
const BUCKET = "0b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c42";
/** Bytes sent in organization 42: a number that no other sum of this test is. */
const MARKED_BYTES = 424_242;

const server: WholeServer = await openWholeServer(NOW_MS);
const routes = server.dialects.flatMap((dialect) =>
  dialect.routes.flatMap((route) => {
    const paths = dialect.mountedUnder === null ? [route.path] : [route.path, dialect.mountedUnder + route.path];
    return paths.map((path) => ({ dialect, route, path, name: `${route.method} ${path}` }));
  }),
);
const closed = routes.filter(({ route }) => route.scope !== "none");

/** Values for path parameters that exist in organization 42; a parameter that is not here gets the space's id. */
const VALUES: Readonly<Record<string, string>> = {
  id: "7",
  name: MARK,
  date: "2026-11-20",
  bucket: BUCKET,
};

const fillIn = (path: string): string =>
  path.replaceAll(/(?<!:):(\w+)/g, (_, name: string) => VALUES[name] ?? "606").replaceAll("::", ":");

/** A query that most routes accept: vendors ignore parameters they do not know, the native API refuses them. */
const QUERY = "start_date=2026-11-01&end_date=2026-11-20&startDate=2026-11-01&endDate=2026-11-20&granularity=DAILY";

function ask(route: Route, path: string, token: string | null, query = ""): Promise<{ status: number; text: string }> {
  const request: InjectOptions = {
    method: route.method,
    url: fillIn(path) + query,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    ...(["POST", "PUT", "PATCH"].includes(route.method) ? { payload: [] } : {}),
  };
  return server.app.inject(request).then(({ statusCode, body }) => ({ status: statusCode, text: body }));
}

beforeAll(async () => {
  const { catalog, createToken } = server;
  for (const organization of [42, 43]) {
    await catalog.createOrganization({ id: organization, name: organization === 42 ? MARK : "Other" });
    await createToken(`admin-${organization}`, { organization });
    await createToken(`nothing-${organization}`, { organization, scopes: [] });
    for (const scope of SCOPES) await createToken(`only-${scope}-${organization}`, { organization, scopes: [scope] });
  }
  await createToken("revoked");
  const [revoked] = (await catalog.listTokens(42)).filter(({ name }) => name === "revoked");
  await catalog.revokeToken(42, revoked!.id);
  await createToken("expired", { expiresAtMs: NOW_MS });
  await createToken("future", { expiresAtMs: NOW_MS + 1 });
  await catalog.createSpace({ organization: 42, id: 606, name: MARK });
  await catalog.createBucket({ organization: 42, id: BUCKET, name: MARK, space: 606 });
  await catalog.createAsset({ organization: 42, id: 7, path: `/${MARK}.png`, space: 606 });
  const data = { space_id: 606, asset_id: 7, bucket_id: BUCKET, bytes_out: MARKED_BYTES, operation: MARK };
  const event = { specversion: "1.0", source: MARK, time: "2026-11-20T10:00:00Z", data };
  const sent = await server.app.inject({
    method: "POST",
    url: "/usage/v1/events",
    headers: { authorization: "Bearer admin-42", "content-type": "application/cloudevents-batch+json" },
    payload: JSON.stringify([
      { ...event, id: "1", type: "assetmeter.delivery" },
      { ...event, id: "2", type: "assetmeter.api" },
      { ...event, id: "3", type: MARK },
    ]),
  });
  expect(sent.json()).toMatchObject({ accepted: 2, rejected: 1 });
});
afterAll(() => server.close());

/** Scopes that open a route beside `admin`. */
const opens = (scope: RouteScope, held: string): boolean => scope === "any-token" || scope === held;

describe("every route with a scope", () => {
  test("is among the routes that are walked", () => {
    expect(server.dialects.map(({ name }) => name)).toEqual(["usage", "Storyblok", "Flashback", "FileSpin"]);
    expect(closed.length).toBeGreaterThan(10);
  });

  describe.each(closed)("$name", ({ route, path, dialect }) => {
    test.each([null, "unknown", "revoked", "expired"])("refuses the token %s with 401", async (token) => {
      expect((await ask(route, path, token)).status).toBe(401);
    });

    test("lets a token in that expires in a millisecond", async () => {
      expect((await ask(route, path, "future")).status).not.toBe(401);
    });

    test("refuses a token without its scope", async () => {
      const others = SCOPES.filter((scope) => scope !== "admin" && !opens(route.scope, scope));
      for (const token of route.scope === "any-token"
        ? []
        : ["nothing-42", ...others.map((scope) => `only-${scope}-42`)]) {
        const answers = [await ask(route, path, token), await ask(route, path, token, `?${QUERY}`)];
        // Vendors that look at parameters first may refuse them; what they must not do is answer.
        const refusals = dialect.refusesFirst === "scope" ? [403] : [400, 403, 404];
        for (const { status, text } of answers) {
          expect(refusals).toContain(status);
          expect(text).not.toContain(MARK);
        }
      }
    });

    test("shows a token of another organization nothing of this one", async () => {
      for (const query of ["", `?${QUERY}`]) {
        const { text } = await ask(route, path, "admin-43", query);
        // The path itself may be repeated in the answer: that much the asker knew.
        const shown = text.replaceAll(`"source":"${MARK}"`, "");
        expect(shown).not.toContain(MARK);
        expect(shown).not.toContain(String(MARKED_BYTES));
        expect(shown).not.toContain(BUCKET);
      }
    });

    test("answers a foreign id exactly as an unknown one", async () => {
      if (!path.includes("/:")) return;
      const foreign = await ask(route, path, "admin-43");
      const unknown = await ask(route, path.replaceAll(/(?<!:):(?!date)(\w+)/g, "999999"), "admin-43");
      const plain = (text: string) => text.replaceAll(/606|999999|marked42|\b7\b/g, "…");
      expect([foreign.status, plain(foreign.text)]).toEqual([unknown.status, plain(unknown.text)]);
    });
  });
});

test("the marks are there to be found: whoever may see them does", async () => {
  const texts = await Promise.all(
    closed
      .filter(({ route }) => route.method === "GET")
      .flatMap(({ route, path }) => ["", `?${QUERY}`].map((query) => ask(route, path, "admin-42", query))),
  );
  const seen = texts.filter(
    ({ text }) => text.includes(MARK) || text.includes(String(MARKED_BYTES)) || text.includes(BUCKET),
  );
  expect(seen.length).toBeGreaterThan(5);
});
