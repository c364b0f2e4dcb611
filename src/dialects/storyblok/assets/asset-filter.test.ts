import { describe, expect, test } from "vitest";
import { FieldError } from "../errors.ts";
import { readAssetFilter } from "./asset-filter.ts";

const NOW_MS = Date.UTC(2026, 10, 20);
const filter = (text: string) => readAssetFilter(new URLSearchParams(text), NOW_MS);
const at = (text: string) => Date.parse(text);

describe("readAssetFilter", () => {
  test("without parameters all assets of all folders are listed, deleted ones never", () => {
    expect(filter("")).toEqual({ trash: false });
    expect(filter("created_at_gte=&expire_at_lte=&in_folder=&search=&ext_id=&with_tags=")).toEqual({ trash: false });
    expect(filter("filter[a]=1&version=published&by_ids[]=1")).toEqual({ trash: false });
  });

  test.each([
    ["in_folder=11", { trash: false, folder: 11 }],
    ["in_folder=0", { trash: false, folder: null }],
    ["in_folder=-1", { trash: true }],
    ["in_folder=x", { trash: false }],
    ["in_folder=", { trash: false }],
    ["in_folder=1.5", { trash: false }],
  ])("%s", (text, expected) => {
    expect(filter(text)).toEqual(expected);
  });

  test("a folder number that no folder can have lists nothing rather than everything", () => {
    for (const text of ["in_folder=-2", "in_folder=99999999999999999999"]) {
      expect(filter(text).folder).toBeLessThan(0);
    }
  });

  test.each([
    ["is_private=1", { trash: false, privateAtMs: NOW_MS }],
    ["is_private=true", { trash: false, privateAtMs: NOW_MS }],
    ["is_private=0", { trash: false }],
    ["is_private=false", { trash: false }],
    ["is_private=", { trash: false }],
  ])("%s", (text, expected) => {
    expect(filter(text)).toEqual(expected);
  });

  test("the forms that the vendor's page prints search without the quotes", () => {
    const text = 'search="filename"&by_alt="Image alt"&by_copyright="Copyright Text"&by_title="Image title"';
    expect(filter(text)).toEqual({
      trash: false,
      filenameContains: "filename",
      altContains: "Image alt",
      copyrightContains: "Copyright Text",
      titleContains: "Image title",
    });
  });

  test("an external id is compared as it is, quotes included", () => {
    expect(filter('ext_id="a"')).toEqual({ trash: false, extId: '"a"' });
    expect(filter("ext_id=")).toEqual({ trash: false });
  });

  test.each(["with_tags=a%2C%20b", "with_tag=a,b", "with_tags[]=a&with_tags[]=b", "with_tags=a&with_tag=b,a"])(
    "%s asks for assets with tag a or b",
    (text) => {
      expect(filter(text)).toEqual({ trash: false, tagNames: ["a", "b"] });
    },
  );

  test("bounds of time include what is written, be it a millisecond or a whole day", () => {
    expect(filter("created_at_gte=2026-01-01T00:00:00Z&created_at_lte=2026-01-31")).toEqual({
      trash: false,
      createdFromMs: at("2026-01-01T00:00:00Z"),
      createdToMs: at("2026-01-31T23:59:59.999Z"),
    });
    expect(filter("updated_at_gte=2026-01-01&updated_at_lte=2026-01-31T10:00:00.500Z")).toEqual({
      trash: false,
      updatedFromMs: at("2026-01-01T00:00:00Z"),
      updatedToMs: at("2026-01-31T10:00:00.500Z"),
    });
    expect(filter("expire_at_gte=2026-01-01 10:00&expire_at_lte=2026-01-01 10:00")).toEqual({
      trash: false,
      expireFromMs: at("2026-01-01T10:00:00Z"),
      expireToMs: at("2026-01-01T10:00:59.999Z"),
    });
  });

  test("every time that cannot be read is named", () => {
    expect(() => filter("created_at_gte=soon&expire_at_lte=2026-02-31&updated_at_gte=2026-01-01")).toThrow(
      new FieldError([
        { field: "created_at_gte", text: "is invalid" },
        { field: "expire_at_lte", text: "is invalid" },
      ]),
    );
  });
});
