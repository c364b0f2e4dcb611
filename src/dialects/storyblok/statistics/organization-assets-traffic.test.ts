import { describe, expect, test } from "vitest";
import type { Asset } from "../../../model/asset.ts";
import type { DimensionValue } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import { toJson } from "../../../platform/json.ts";
import pageExample from "../fixtures/assets-traffic-page-example.response.json" with { type: "json" };
import { fromUsageResult, toAssetIds } from "./organization-assets-traffic.ts";

const VIEW = { baseUrl: "http://127.0.0.1:8787", nowMs: Date.parse("2026-11-20T12:00:00Z") };

const APPOINTMENT: Asset = {
  organization: 1,
  id: 88_042_181_064_935,
  space: 44_203,
  path: "/f/286977613018464/6ea061149c/premium-appointment.jpg",
  shortFilename: "premium-appointment.jpg",
  contentType: "image/jpeg",
  contentBytes: 25_600,
  folder: 12_345,
  alt: "Image alt text",
  title: null,
  copyright: null,
  source: null,
  focus: null,
  extId: null,
  isPrivate: false,
  publishAtMs: null,
  expireAtMs: null,
  metaData: {},
  tags: [],
  createdAtMs: 0,
  updatedAtMs: 0,
  deletedAtMs: null,
  purgedAtMs: null,
};

const buildResult = (rows: readonly (readonly [DimensionValue, bigint])[]): UsageResult => ({
  windows: [{ startMs: 0, fromMs: 0, untilMs: 1 }],
  rows: rows.map(([asset, bytes_out]) => ({ windowIndex: 0, group: { asset }, rest: false, values: { bytes_out } })),
  completeUntilMs: 1,
});

describe("fromUsageResult", () => {
  test("the example of the vendor's page is answered as it stands", () => {
    const body = fromUsageResult(buildResult([[APPOINTMENT.id, 8_400n]]), [APPOINTMENT], VIEW);
    expect(JSON.parse(toJson(body))).toEqual(pageExample.body);
  });

  test("most bytes come first, equals by id, and an asset with revalidations only is last with 0", () => {
    const assets = [1, 2, 3, 4].map((id) => ({ ...APPOINTMENT, id }));
    const result = buildResult([
      [1, 0n],
      [2, 10n],
      [3, 20n],
      [4, 10n],
    ]);
    const rows = fromUsageResult(result, assets, VIEW).assets;
    expect(rows.map((row) => [row.id, row.total_bytes])).toEqual([
      [3, 20n],
      [2, 10n],
      [4, 10n],
      [1, 0n],
    ]);
  });

  test("a deleted asset keeps its row, and a length that nobody has said is null", () => {
    const asset = { ...APPOINTMENT, deletedAtMs: 0, contentBytes: null, alt: null, folder: null };
    expect(fromUsageResult(buildResult([[asset.id, 1n]]), [asset], VIEW).assets[0]).toMatchObject({
      deleted_at: "1970-01-01T00:00:00.000Z",
      content_length: null,
      alt: null,
      asset_folder_id: null,
    });
  });

  test("no data is an empty list", () => {
    expect(fromUsageResult(buildResult([]), [], VIEW)).toEqual({ assets: [] });
  });
});

describe("toAssetIds", () => {
  test("deliveries of no asset name none", () => {
    const result = buildResult([
      [7, 1n],
      [null, 5n],
    ]);
    expect(toAssetIds(result)).toEqual([7]);
  });
});
