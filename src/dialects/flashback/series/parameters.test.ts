import { describe, expect, test } from "vitest";
import { readSeriesRequest } from "./parameters.ts";
import { SERIES } from "./routes.ts";

/** 2026-03-02T12:00:00Z. */
const NOW_MS = 1_772_452_800_000;

const read = (text: string) => readSeriesRequest(new URLSearchParams(text), SERIES.daily, NOW_MS);
const readMinute = (text: string) => readSeriesRequest(new URLSearchParams(text), SERIES.minute, NOW_MS);

describe("readSeriesRequest", () => {
  test("without parameters: all buckets, from 00:00 29 days ago until this millisecond", () => {
    expect(read("startDate=undefined&bucketId=&hosts=null")).toEqual({
      range: { startMs: Date.UTC(2026, 1, 1), endMs: NOW_MS + 1 },
      repos: undefined,
      buckets: undefined,
      hosts: undefined,
    });
  });

  test("both dates are included", () => {
    expect(read("startDate=2026-03-01T00:00:00.000Z&endDate=2026-03-01T23:59:59.999Z").range).toEqual({
      startMs: Date.UTC(2026, 2, 1),
      endMs: Date.UTC(2026, 2, 2),
    });
  });

  test("an end in the future is a range; the default start goes with it", () => {
    expect(read("endDate=2026-04-30").range).toEqual({
      startMs: Date.UTC(2026, 3, 1),
      endMs: Date.UTC(2026, 3, 30) + 1,
    });
  });

  test("an offset whose plus arrived as a space is read", () => {
    expect(read("startDate=2026-03-01T02:00:00+02:00").range.startMs).toBe(Date.UTC(2026, 2, 1));
  });

  test("366 days are a range", () => {
    expect(read("startDate=2025-03-01&endDate=2026-03-02").range.startMs).toBe(Date.UTC(2025, 2, 1));
  });

  test("a range is cut at 1970, before which nothing was counted", () => {
    expect(read("startDate=1969-12-01&endDate=1970-01-02").range).toEqual({ startMs: 0, endMs: 86_400_001 });
    expect(read("startDate=1969-12-01&endDate=1969-12-02").range).toEqual({ startMs: 0, endMs: 1 });
  });

  test("bucketId and unitId are one list, without repeats", () => {
    expect(read("unitId=b,c&bucketId=a,b").buckets).toEqual(["a", "b", "c"]);
    expect(read("bucketId=undefined&unitId=b").buckets).toEqual(["b"]);
    expect(read("repoId=r&hosts=h1,h2")).toMatchObject({ repos: ["r"], buckets: undefined, hosts: ["h1", "h2"] });
  });

  test("minutes: the last 24 hours without a start, and at most 31 days", () => {
    expect(readMinute("").range).toEqual({ startMs: NOW_MS - 86_400_000, endMs: NOW_MS + 1 });
    expect(readMinute("endDate=2026-02-01").range.startMs).toBe(Date.UTC(2026, 0, 31));
    expect(readMinute("startDate=2026-01-01&endDate=2026-02-01").range.startMs).toBe(Date.UTC(2026, 0, 1));
    expect(() => readMinute("startDate=2026-01-01&endDate=2026-02-01T00:00:00.001Z")).toThrow(
      expect.objectContaining({ code: "request/invalid", message: "Date range too large (maximum 31 days)" }),
    );
  });

  test("bucketId and unitId together are a thousand ids at most, each counted once", () => {
    const ids = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);
    // 0 to 599 and 400 to 999.
    expect(read(`bucketId=${ids(0, 600)}&unitId=${ids(400, 600)}`).buckets).toHaveLength(1000);
    expect(() => read(`bucketId=${ids(0, 600)}&unitId=${ids(400, 601)}`)).toThrow(
      expect.objectContaining({ code: "request/invalid", message: "Too many bucketId values (maximum 1000)" }),
    );
  });

  test.each([
    ["startDate=yesterday", "Invalid date format"],
    ["endDate=2026-02-30", "Invalid date format"],
    ["startDate=2026-03-02&endDate=2026-03-01", "startDate must not be after endDate"],
    ["startDate=2026-03-03", "startDate must not be after endDate"],
    ["startDate=2025-03-01&endDate=2026-03-02T00:00:00.001Z", "Date range too large (maximum 366 days)"],
    [`repoId=${Array.from({ length: 1001 }, (_, i) => i)}`, "Too many repoId values (maximum 1000)"],
    [`unitId=${Array.from({ length: 1001 }, (_, i) => i)}`, "Too many unitId values (maximum 1000)"],
  ])("%s is refused with %j", (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "request/invalid", message }));
  });
});
