/**
 * The OpenAPI document: valid by the standard's own schema, complete, and the page that shows it.
 */
import { Validator } from "@seriousme/openapi-schema-validator";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildSmallServer, CHECKED_ROUTES, SMALL_ROUTES } from "./small-dialect.contract.ts";

let app: FastifyInstance;
beforeEach(() => {
  app = buildSmallServer();
});
afterEach(() => app.close());

const readDocument = async () => (await app.inject("/openapi.json")).json();

describe("GET /openapi.json", () => {
  test("is a valid OpenAPI 3.1 document, without a token", async () => {
    const document = await readDocument();
    expect(document.openapi).toBe("3.1.0");
    expect(await new Validator().validate(document)).toEqual({ valid: true });
  });

  test("has every route of every dialect once, and not the second path of a route", async () => {
    const { paths } = await readDocument();
    const listed = Object.entries(paths as Record<string, object>).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = [...SMALL_ROUTES, ...CHECKED_ROUTES].map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`,
    );
    expect(listed.sort()).toEqual([...routes, "GET /healthz", "GET /readyz"].sort());
  });

  test("says of each route who may ask, which parameters it has, and what it answers", async () => {
    const { paths, components } = await readDocument();
    const operation = paths["/checked"].get;
    expect(operation.tags).toEqual(["checked"]);
    expect(operation.security).toEqual([{ "checked-bearer": [] }]);
    expect(operation.description).toBe("Needs a token with the scope `stats:read`.");
    expect(operation.parameters.map((parameter: { name: string }) => parameter.name)).toEqual([
      "window",
      "limit",
      "from",
      "metric",
      "exact",
    ]);
    expect(Object.keys(operation.responses["200"].content)).toEqual(["application/json"]);
    expect(components.securitySchemes["checked-bearer"]).toEqual({ type: "http", scheme: "bearer" });
    expect(paths["/small/open"].get.security).toEqual([]);
    expect(Object.keys(paths["/small/lines"].post.requestBody.content)).toEqual([
      "application/json",
      "application/x-ndjson",
    ]);
  });
});

describe("the refusals of a route in GET /openapi.json", () => {
  const refusalsOf = async (path: string, method = "get") => {
    const { responses } = (await readDocument()).paths[path][method];
    return Object.keys(responses).filter((status) => Number(status) >= 400);
  };

  test("are those that the server itself answers: by its scope, its parameters and its path", async () => {
    expect(await refusalsOf("/checked")).toEqual(["400", "401", "403", "503"]);
    expect(await refusalsOf("/small/open")).toEqual(["503"]);
    expect(await refusalsOf("/small/lines", "post")).toEqual(["400", "401", "403", "503"]);
  });

  test("have the body of the dialect's errors, where it says what that is", async () => {
    const { paths } = await readDocument();
    const schema = { type: "object", properties: { checked: { type: "string" } }, required: ["checked"] };
    expect(paths["/checked"].get.responses["401"].content).toEqual({ "application/json": { schema } });
    expect(paths["/small/lines"].post.responses["401"].content).toBeUndefined();
  });
});

describe("GET /docs", () => {
  test.each(["/docs", "/docs/"])("%s is a page whose scripts and styles come from this server", async (url) => {
    const page = await app.inject(url);
    expect([page.statusCode, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      // As a browser resolves it from the page's address.
      const { origin, pathname } = new URL(link, `http://server${url}`);
      expect(origin).toBe("http://server");
      expect((await app.inject(pathname)).statusCode).toBe(200);
    }
  });

  test("the page asks no other host: the validator is off", async () => {
    const script = await app.inject("/docs/static/swagger-initializer.js");
    expect(script.body).toContain('"validatorUrl":null');
  });
});
