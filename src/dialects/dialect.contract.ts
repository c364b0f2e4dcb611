/**
 * What holds for every dialect, whatever its vendor: its routes are its own, they say what they need and answer, and its
 * errors are JSON that shows nothing but the public message.
 */
import { describe, expect, test } from "vitest";
import type { Route } from "../model/route.ts";
import { AppError, ERROR_STATUS, type ErrorCode } from "../platform/errors.ts";
import { toJson } from "../platform/json.ts";
import type { Dialect } from "./dialect.ts";

const CODES = Object.keys(ERROR_STATUS) as ErrorCode[];

const REQUEST = { method: "GET", path: "/x", allowedMethods: ["POST"] };

/** Runs the suite over one dialect. */
export function runDialectContract(dialect: Dialect): void {
  describe(`the dialect ${dialect.name}`, () => {
    describe.each(dialect.routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
      "%s",
      (_, route) => {
        runRouteContract(dialect, route);
      },
    );

    test("has no two routes for the same method and path", () => {
      const names = dialect.routes.map(({ method, path }) => `${method} ${path.replaceAll(/(?<!:):\w+/g, ":")}`);
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    });

    test("has prefixes of whole segments, without a slash at the end", () => {
      const prefixes = [...dialect.pathPrefixes, ...(dialect.mountedUnder === null ? [] : [dialect.mountedUnder])];
      for (const prefix of prefixes) expect(prefix).toMatch(/^(\/|(\/[^/]+)+)$/);
    });

    test("finds no credential where there is none", () => {
      expect(dialect.readCredential({ path: "/x", query: new URLSearchParams(), headers: {} })).toBeNull();
      expect(
        dialect.readCredential({ path: "/x", query: new URLSearchParams(), headers: { authorization: "" } }),
      ).toBeNull();
    });

    test("finds a bearer token, whatever the scheme's case", () => {
      for (const authorization of ["Bearer am_x", "bearer am_x"]) {
        const request = { path: "/x", query: new URLSearchParams(), headers: { authorization } };
        expect(dialect.readCredential(request)).toBe("am_x");
      }
    });

    test.each(CODES)("words %s as JSON, with the cause and internal details left out", (code) => {
      const cause = new Error("hidden-cause");
      const error = new AppError(code, "Public words.", { cause, internal: { sql: "hidden-internal" } });
      const answer = dialect.toErrorAnswer(error, REQUEST);
      expect(answer.body).toBeTypeOf("object");
      const printed = toJson(answer);
      expect(printed).not.toContain("hidden");
      expect(answer.status).toBeGreaterThanOrEqual(400);
      // A client may be told another refusal than ours, but never that its mistake is a fault of the server or the
      // other way round: it would try again in vain, or not at all.
      expect(Math.floor(answer.status / 100)).toBe(Math.floor(error.status / 100));
    });

    test.each([
      ["access/no-token", 401],
      ["access/invalid-token", 401],
      ["access/scope-missing", 403],
      ["request/not-found", 404],
      ["request/too-many", 429],
      ["internal/unexpected", 500],
      ["store/unavailable", 503],
    ] as const)("keeps the status of %s: %d", (code, status) => {
      expect(dialect.toErrorAnswer(new AppError(code, "Public words."), REQUEST).status).toBe(status);
    });
  });
}

function runRouteContract(dialect: Dialect, route: Route): void {
  test("lies under the dialect's prefixes", () => {
    const own = dialect.pathPrefixes.filter(
      (prefix) => prefix === "/" || route.path === prefix || route.path.startsWith(`${prefix}/`),
    );
    expect(own).not.toEqual([]);
  });

  test("says in one line what it does, and describes an answer that is no error, or that nothing is there", () => {
    expect(route.summary).toMatch(/^[^\n]{5,}$/);
    // 404 alone: a route for things of which there are none; 501: one that the vendor has and this server does not.
    const statuses = Object.keys(route.responses).map(Number);
    expect(statuses.some((status) => (status >= 200 && status < 400) || [404, 501].includes(status))).toBe(true);
  });

  test("describes only path parameters that its path has", () => {
    const named = [...route.path.matchAll(/(?<!:):(\w+)/g)].map((match) => match[1]);
    const described = Object.keys((route.pathParameters as { properties?: object } | undefined)?.properties ?? {});
    expect(described.filter((name) => !named.includes(name))).toEqual([]);
  });
}
