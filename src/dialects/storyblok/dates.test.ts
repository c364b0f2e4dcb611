import { describe, expect, test } from "vitest";
import { calendarYear, parseWrittenTime, readDayRange } from "./dates.ts";

const at = (text: string) => Date.parse(text);
const NOW_MS = at("2026-11-20T12:00:00Z");
const range = (text: string) => readDayRange(new URLSearchParams(text), NOW_MS);
const BAD_DATE = "Invalid date format. Expected format: YYYY-MM-DD";

describe("parseWrittenTime", () => {
  test.each([
    ["2026-01-31", "2026-01-31T00:00:00Z", 86_400_000],
    ["2026-01-31 08:15", "2026-01-31T08:15:00Z", 60_000],
    ["2026-01-31T08:15", "2026-01-31T08:15:00Z", 60_000],
    ["2026-01-31T08:15:02", "2026-01-31T08:15:02Z", 1_000],
    ["2026-01-31T08:15:02.759Z", "2026-01-31T08:15:02.759Z", 1],
    ["2026-01-31T08:15:02.759123Z", "2026-01-31T08:15:02.759Z", 1],
    ["2026-01-31T08:15:02+0200", "2026-01-31T06:15:02Z", 1_000],
    ["2026-01-31T22:15:00-05:00", "2026-02-01T03:15:00Z", 1_000],
    ["2026-01-31T00:15:00 02:00", "2026-01-30T22:15:00Z", 1_000],
  ])("%s begins at %s", (text, start, lengthMs) => {
    expect(parseWrittenTime(text)).toEqual({ startMs: at(start), lengthMs });
  });

  test.each([
    "",
    "yesterday",
    "2026-02-31",
    "2026-13-01",
    "2026-00-10",
    "2026-1-1",
    "20260131",
    "31-01-2026",
    "2026/01/31",
    "2026-01-31T24:00:00Z",
    "2026-01-31T10:60",
    "2026-01-31T10",
    "2026-02-29T10:00Z",
    " 2026-01-31",
  ])("%j is no time", (text) => {
    expect(parseWrittenTime(text)).toBeNull();
  });
});

describe("readDayRange", () => {
  test("both days are included", () => {
    expect(range("start_date=2026-01-01&end_date=2026-02-28")).toEqual({
      startMs: at("2026-01-01T00:00:00Z"),
      endMs: at("2026-03-01T00:00:00Z"),
    });
  });

  test("one day is a range of one day", () => {
    expect(range("start_date=2026-01-01&end_date=2026-01-01")).toEqual({
      startMs: at("2026-01-01T00:00:00Z"),
      endMs: at("2026-01-02T00:00:00Z"),
    });
  });

  test("without dates it is the year up to today, today included", () => {
    expect(range("")).toEqual({ startMs: at("2025-11-20T00:00:00Z"), endMs: at("2026-11-21T00:00:00Z") });
  });

  test("without a start it is the year before the end", () => {
    expect(range("end_date=2026-03-10").startMs).toBe(at("2025-03-10T00:00:00Z"));
    expect(range("end_date=2024-02-29").startMs).toBe(at("2023-02-28T00:00:00Z"));
  });

  test("of a time its UTC day counts", () => {
    expect(range("start_date=2026-01-31T23:30:00-02:00&end_date=2026-02-01T23:59:59Z")).toEqual({
      startMs: at("2026-02-01T00:00:00Z"),
      endMs: at("2026-02-02T00:00:00Z"),
    });
  });

  test.each(["start_date=2026-02-31", "end_date=x", "start_date=", "start_date=2026-01-01&end_date=01.02.2026"])(
    "%s names no day",
    (text) => {
      expect(() => range(text)).toThrow(BAD_DATE);
    },
  );

  test("a start after the end is refused, also when the end is today", () => {
    expect(() => range("start_date=2026-02-01&end_date=2026-01-31")).toThrow("start_date must not be after end_date");
    expect(() => range("start_date=2026-11-21")).toThrow("start_date must not be after end_date");
  });

  test("3,660 days are answered, one more is too long", () => {
    const endMs = at("2026-01-01T00:00:00Z");
    const startOf = (days: number) => new Date(endMs - (days - 1) * 86_400_000).toISOString().slice(0, 10);
    expect(() => range(`start_date=${startOf(3_660)}&end_date=2026-01-01`)).not.toThrow();
    expect(() => range(`start_date=${startOf(3_661)}&end_date=2026-01-01`)).toThrow("Date range too long");
  });
});

describe("calendarYear", () => {
  test("it is the whole UTC year, whatever the day", () => {
    const year = { startMs: at("2026-01-01T00:00:00Z"), endMs: at("2027-01-01T00:00:00Z") };
    expect(calendarYear(at("2026-01-01T00:00:00Z"))).toMatchObject(year);
    expect(calendarYear(at("2026-12-31T23:59:59.999Z"))).toMatchObject(year);
  });
});
