import { describe, expect, test } from "vitest";
import type { Asset } from "../../model/asset.ts";
import { isPrivateAt, toAssetRow } from "./asset-object.ts";
import listExample from "./fixtures/list-assets-page-example.response.json" with { type: "json" };

const at = (text: string) => Date.parse(text);
const VIEW = { baseUrl: "http://127.0.0.1:8787", nowMs: at("2026-11-20T12:00:00Z") };

const MYPIC: Asset = {
  organization: 1,
  id: 111,
  space: 606,
  path: "/f/606/x/3af265ee08/mypic.jpg",
  shortFilename: "mypic.jpg",
  contentType: "image/jpeg",
  contentBytes: 3_094_788,
  folder: 12_345,
  alt: "A",
  title: null,
  copyright: null,
  source: null,
  focus: null,
  extId: null,
  isPrivate: false,
  publishAtMs: null,
  expireAtMs: null,
  metaData: {},
  tags: [{ id: 7, name: "featured" }],
  createdAtMs: at("2025-01-18T08:01:02.759Z"),
  updatedAtMs: at("2025-01-19T08:01:08.652Z"),
  deletedAtMs: null,
  purgedAtMs: null,
};

describe("toAssetRow", () => {
  test("an asset has exactly the keys and values of the vendor's list rows", () => {
    expect(toAssetRow(MYPIC, VIEW)).toEqual(listExample.body.assets[0]);
  });

  test("times are ISO-8601 with milliseconds, the time of deletion too", () => {
    const row = toAssetRow({ ...MYPIC, deletedAtMs: at("2026-02-03T04:05:06Z"), expireAtMs: 0, publishAtMs: 1 }, VIEW);
    expect(row.deleted_at).toBe("2026-02-03T04:05:06.000Z");
    expect(row.expire_at).toBe("1970-01-01T00:00:00.000Z");
    expect(row.publish_at).toBe("1970-01-01T00:00:00.001Z");
  });

  test("an asset that was first seen in a log has length 0, and the path of the log is its URL", () => {
    const row = toAssetRow({ ...MYPIC, path: "/images/logo.png", contentBytes: null }, VIEW);
    expect(row.content_length).toBe(0);
    expect(row.filename).toBe("http://127.0.0.1:8787/images/logo.png");
  });

  test("the four texts of the default language stand in meta_data too, beside what is there", () => {
    const metaData = { alt: "stale", title: "gone", alt__i18n__de: "Bild", rights: ["x"] };
    const row = toAssetRow({ ...MYPIC, metaData, source: "S", copyright: "C" }, VIEW);
    expect(row.meta_data).toEqual({ alt: "A", source: "S", copyright: "C", alt__i18n__de: "Bild", rights: ["x"] });
  });

  test("ids and names of tags are in one order", () => {
    const tags = [
      { id: 9, name: "a" },
      { id: 7, name: "b" },
    ];
    const row = toAssetRow({ ...MYPIC, tags }, VIEW);
    expect(row.internal_tag_ids).toEqual([9, 7]);
    expect(row.internal_tags_list).toEqual(tags);
  });
});

describe("isPrivateAt", () => {
  test("a private asset becomes public at publish_at", () => {
    expect(isPrivateAt({ isPrivate: true, publishAtMs: null }, 1_000)).toBe(true);
    expect(isPrivateAt({ isPrivate: true, publishAtMs: 1_001 }, 1_000)).toBe(true);
    expect(isPrivateAt({ isPrivate: true, publishAtMs: 1_000 }, 1_000)).toBe(false);
    expect(isPrivateAt({ isPrivate: false, publishAtMs: 1_001 }, 1_000)).toBe(false);
  });
});
