/** Which requests are counted as the same operation. */
import { describe, expect, test } from "vitest";
import { toOperationTemplate } from "./operation-template.ts";

describe("toOperationTemplate", () => {
  test.each([
    ["/api/v1/assets/123/data", "/api/v1/assets/{ASSET_ID}/data"],
    ["/api/v1/assets/0123456789abcdef/data", "/api/v1/assets/{ASSET_ID}/data"],
    ["/v1/spaces/17/assets/5", "/v1/spaces/{ID}/assets/{ASSET_ID}"],
    ["/users/6F1C2D3E-0000-4000-8000-00000000A001", "/users/{ID}"],
    ["/commit/0123456789ABCDEF", "/commit/{ID}"],
    ["/commit/0123456789abcde", "/commit/0123456789abcde"],
    ["/commit/0123456789abcdefg", "/commit/0123456789abcdefg"],
    ["/v1/assets", "/v1/assets"],
    ["/v1/assets/", "/v1/assets/"],
    ["/assets/readme", "/assets/readme"],
    ["/Assets/1", "/Assets/{ID}"],
    ["/2024/05", "/{ID}/{ID}"],
    ["/", "/"],
    ["", ""],
    ["*", "*"],
    ["//a//b", "//a//b"],
  ])("%s is counted as %s", (path, operation) => {
    expect(toOperationTemplate(path)).toBe(operation);
  });

  test("eight segments are kept and the rest is one ellipsis", () => {
    expect(toOperationTemplate("/1a/2b/3c/4d/5e/6f/7g/8h")).toBe("/1a/2b/3c/4d/5e/6f/7g/8h");
    expect(toOperationTemplate("/1a/2b/3c/4d/5e/6f/7g/8h/9i")).toBe("/1a/2b/3c/4d/5e/6f/7g/8h/…");
    expect(toOperationTemplate("/1a/2b/3c/4d/5e/6f/7g/8h/9i/10j/")).toBe("/1a/2b/3c/4d/5e/6f/7g/8h/…");
  });

  test("an operation has at most 512 characters and is never cut inside of one", () => {
    const operation = toOperationTemplate(`/${"😀".repeat(400)}`);
    expect(operation.length).toBeLessThanOrEqual(512);
    expect(operation.isWellFormed()).toBe(true);
    expect(operation.endsWith("…")).toBe(true);
  });
});
