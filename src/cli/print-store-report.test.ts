import { describe, expect, it } from "vitest";
import type { StoreReport } from "../model/operations.ts";
import { DAY_MS } from "../model/time-range.ts";
import { toStoreFacts, toStoreJson } from "./print-store-report.ts";

/** A store of 1,000 bytes with so many raw rows. */
function buildReport(rawRows: number, keptFrom: StoreReport["keptFrom"] = {}): StoreReport {
  const lists = { unclusteredRows: {}, slowQueries: [], miscounts: [] };
  const sizes = { bytesOnDisk: 1000, bytesUsed: 1000, rows: { usage_raw: rawRows } };
  return { engine: "duckdb", ...sizes, ...lists, waitingFacts: 0, keptFrom, rememberedFromMs: 0, clockAheadMs: 0 };
}

const bytesPerEvent = (report: StoreReport) => [
  toStoreJson(report).bytes_per_event,
  toStoreFacts(report).find(({ what }) => what === "bytes per event")?.is,
];

describe("bytes per event", () => {
  it("are said of a store that has all its events, and of no other: those of dropped ones are in it too", () => {
    expect(bytesPerEvent(buildReport(10))).toEqual([100, "100.0"]);
    expect(bytesPerEvent(buildReport(10, { usage_bucket_per_minute: 86_400_000 }))).toEqual([100, "100.0"]);
    expect(bytesPerEvent(buildReport(10, { usage_raw: 86_400_000 }))).toEqual([null, undefined]);
    expect(bytesPerEvent(buildReport(0))).toEqual([null, undefined]);
  });
});

describe("since when ids are remembered", () => {
  const remembered = (clockAheadMs: number) => {
    const report = { ...buildReport(0), clockAheadMs };
    return toStoreFacts(report).find(({ what }) => what === "ids are remembered from")?.is;
  };

  it("is said with how far the clock is ahead of the time that is believed, from a day on", () => {
    expect(remembered(DAY_MS - 1)).toBe("1970-01-01T00:00:00.000Z");
    expect(remembered(9_000.5 * DAY_MS)).toBe(
      "1970-01-01T00:00:00.000Z; the clock is 9,000 days ahead of the time that is believed",
    );
    expect(toStoreJson({ ...buildReport(0), clockAheadMs: 5 }).clock_ahead_ms).toBe(5);
  });
});
