import { METHODS } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toOperationKey, toStoredOperations } from "./operation-key.ts";

describe("toOperationKey", () => {
  test.each([
    ["/api/v1/search", "/api/v1/search"],
    ["GET /api/v1/search", "/api/v1/search"],
    ["M-SEARCH /api/v1/search", "/api/v1/search"],
    ["GET GET /x", "GET /x"],
    ["GET  /x", " /x"],
    ["get /x", "get /x"],
    ["GETTER /x", "GETTER /x"],
    ["", "unknown"],
    ["GET ", "unknown"],
    ["GET", "GET"],
  ])("the api operation %j is counted under %j", (operation, key) => {
    expect(toOperationKey("api", operation)).toBe(key);
  });

  test("ids of addons and transcodes are never cut", () => {
    expect(toOperationKey("addons", "POST PROCESSING")).toBe("POST PROCESSING");
    expect(toOperationKey("transcodes", "")).toBe("unknown");
  });
});

describe("toStoredOperations", () => {
  const operations = fc.tuple(
    fc.constantFrom("", "GET ", "PATCH ", "GET"),
    fc.constantFrom("", "/x", "unknown", "GET /x"),
  );
  const types = fc.constantFrom("api" as const, "addons" as const);

  test("an operation is found under its key and under no other", () => {
    fc.assert(
      fc.property(types, operations, operations, (type, a, b) => {
        const [stored, key] = [a.join(""), toOperationKey(type, b.join(""))];
        expect(toStoredOperations(type, key).includes(stored)).toBe(toOperationKey(type, stored) === key);
      }),
    );
  });

  test("each spelling is named once", () => {
    const spellings = toStoredOperations("api", "/x");
    expect(spellings).toHaveLength(METHODS.length + 1);
    expect(new Set(spellings).size).toBe(spellings.length);
  });

  test("a key with a method in front finds only what was stored with two", () => {
    expect(toStoredOperations("api", "GET /x")).not.toContain("GET /x");
    expect(toStoredOperations("api", "GET /x")).toContain("GET GET /x");
  });
});
