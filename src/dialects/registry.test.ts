/**
 * Every dialect of the registry keeps the contract, and together they make one server and one OpenAPI document.
 */
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, describe, expect, test } from "vitest";
import { runDialectContract } from "./dialect.contract.ts";
import { openWholeServer } from "./whole-server.contract.ts";

const server = await openWholeServer(Date.parse("2026-11-20T12:00:00Z"));
afterAll(() => server.close());

for (const dialect of server.dialects) runDialectContract(dialect);

describe("buildDialects", () => {
  test("no two dialects own the same prefix or name a route alike", async () => {
    const prefixes = server.dialects.flatMap(({ pathPrefixes, mountedUnder }) =>
      [...pathPrefixes, mountedUnder ?? []].flat(),
    );
    expect(prefixes.filter((prefix, index) => prefixes.indexOf(prefix) !== index)).toEqual([]);
    await expect(server.app.ready()).resolves.toBeDefined();
  });

  test("the routes of all dialects make one valid OpenAPI document that has every one of them", async () => {
    const document = (await server.app.inject("/openapi.json")).json();
    expect(await new Validator().validate(document)).toEqual({ valid: true });
    const ids = Object.values(document.paths as Record<string, Record<string, { operationId?: string }>>)
      .flatMap((operations) => Object.values(operations).map(({ operationId }) => operationId))
      .filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    const routes = server.dialects.flatMap(({ routes }) => routes.filter(({ method }) => method !== "OPTIONS"));
    expect(ids.length).toBe(routes.length);
  });
});
