import { describe, expect, test } from "vitest";
import { buildRouteRequest } from "../fixtures/route-request.contract.ts";
import { parseSort, toParameters } from "./list-assets.ts";

const NOW_MS = Date.UTC(2026, 10, 20);

describe("parseSort", () => {
  test.each([
    ["created_at:asc", "createdAtMs", "asc"],
    ["created_at:desc", "createdAtMs", "desc"],
    ["updated_at:asc", "updatedAtMs", "asc"],
    ["updated_at:desc", "updatedAtMs", "desc"],
    ["short_filename:asc", "shortFilename", "asc"],
    ["short_filename:desc", "shortFilename", "desc"],
  ])("%s", (text, by, direction) => {
    expect(parseSort(text)).toEqual({ by, direction });
  });

  test.each([null, "", "created_at", "size:asc", "constructor:asc", "short_filename:up"])(
    "%j is the newest first",
    (text) => {
      expect(parseSort(text)).toEqual({ by: "createdAtMs", direction: "desc" });
    },
  );
});

describe("toParameters", () => {
  test("what storyblok-js-client sends is read", () => {
    const url = "/v1/spaces/606/assets?page=1&per_page=2&with_tags=a%2Cb&is_private=1&search=x%20y";
    expect(toParameters(buildRouteRequest(url, { params: { space_id: "606" } }), NOW_MS)).toMatchObject({
      space: 606,
      filter: { trash: false, privateAtMs: NOW_MS, filenameContains: "x y", tagNames: ["a", "b"] },
      page: { page: 1, perPage: 2 },
    });
  });

  test.each(["0", "-1", "abc", "1.5", "9007199254740992"])("a space %s is not found", (space) => {
    expect(() => toParameters(buildRouteRequest("/v1/x", { params: { space_id: space } }), NOW_MS)).toThrow(
      "This record could not be found",
    );
  });
});
