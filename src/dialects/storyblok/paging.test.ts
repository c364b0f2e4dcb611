import { describe, expect, test } from "vitest";
import { buildPagingHeaders, readPage } from "./paging.ts";

const page = (text: string) => readPage(new URLSearchParams(text));

describe("readPage", () => {
  test("the first 25 rows are asked for by default", () => {
    expect(page("")).toEqual({ page: 1, perPage: 25 });
  });

  test("a page and its size are taken as they are, up to 1,000 rows", () => {
    expect(page("page=3&per_page=2")).toEqual({ page: 3, perPage: 2 });
    expect(page("per_page=1000")).toEqual({ page: 1, perPage: 1000 });
    expect(page("per_page=1001")).toEqual({ page: 1, perPage: 1000 });
  });

  test.each(["page=0&per_page=0", "page=-1&per_page=-5", "page=x&per_page=many", "page=&per_page="])(
    "%s counts as absent",
    (text) => {
      expect(page(text)).toEqual({ page: 1, perPage: 25 });
    },
  );

  test("the offset of a page far past the end is an exact number", () => {
    const { page: number, perPage } = page("page=99999999999999999999&per_page=1000");
    expect(Number.isSafeInteger((number - 1) * perPage)).toBe(true);
  });
});

describe("buildPagingHeaders", () => {
  test("both headers are there, with the size that was used", () => {
    expect(buildPagingHeaders(60, { page: 2, perPage: 25 })).toEqual({ total: "60", "per-page": "25" });
  });
});
