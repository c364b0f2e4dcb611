/**
 * Days, times and calendars held against clocks that a person can look up and against Intl itself, minute by minute.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  buildCalendar,
  type CalendarUnit,
  DAY_MS,
  formatDay,
  formatTime,
  HOUR_MS,
  isTimeZone,
  MINUTE_MS,
  parseDay,
  parseTime,
} from "./time-range.ts";

const windowAround = (timeMs: number, unit: CalendarUnit, timeZone: string) =>
  buildCalendar(timeZone).windowAround(timeMs, unit);
const startOfWindow = (...asked: Parameters<typeof windowAround>): number => windowAround(...asked).startMs;
const nextWindowStart = (...asked: Parameters<typeof windowAround>): number => windowAround(...asked).endMs;

const at = (text: string): number => Date.parse(text);

/** The windows from `start` to `end`, as the times at which they begin. */
function startsOf(start: string, end: string, unit: CalendarUnit, timeZone: string): string[] {
  const starts: string[] = [];
  for (let timeMs = at(start); timeMs < at(end); timeMs = nextWindowStart(timeMs, unit, timeZone)) {
    starts.push(formatTime(startOfWindow(timeMs, unit, timeZone)).replace(":00.000Z", "Z"));
  }
  return starts;
}

describe("parseDay", () => {
  test("a day is the UTC midnight at its beginning", () => {
    expect(parseDay("1970-01-01")).toBe(0);
    expect(parseDay("2024-02-29")).toBe(at("2024-02-29T00:00:00Z"));
    expect(parseDay("2038-01-20")).toBe(at("2038-01-20T00:00:00Z"));
  });

  test.each(["2026-02-29", "2100-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00"])(
    "%s does not exist and is refused",
    (text) => expect(parseDay(text)).toBeNull(),
  );

  test.each(["", "2026-1-1", "20260101", "2026-01-01 ", "2026-01-01T00:00:00Z", "+002026-01-01", "٢٠٢٦-٠١-٠١"])(
    "%j is not a day",
    (text) => expect(parseDay(text)).toBeNull(),
  );

  test("a printed day is read as the day it was", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_932_896 }), (day) => {
        expect(parseDay(formatDay(day * DAY_MS))).toBe(day * DAY_MS);
      }),
    );
  });
});

describe("parseTime", () => {
  test.each([
    ["2026-03-29T02:30:15.123Z", "2026-03-29T02:30:15.123Z"],
    ["2026-03-29T02:30:15.1Z", "2026-03-29T02:30:15.100Z"],
    ["2026-03-29T02:30:15.1239999Z", "2026-03-29T02:30:15.123Z"],
    ["2026-03-29T02:30+05:30", "2026-03-28T21:00:00.000Z"],
    ["2026-03-29t02:30:00-0800", "2026-03-29T10:30:00.000Z"],
  ])("%s is %s", (text, expected) => expect(formatTime(parseTime(text) ?? 0)).toBe(expected));

  test.each([
    "2026-03-29T02:30:15",
    "2026-02-30T00:00:00Z",
    "2026-03-29T24:00:00Z",
    "2026-03-29T23:60:00Z",
    "2026-03-29T23:59:60Z",
    "2026-03-29T00:00:00+24:00",
    "2026-03-29T00:00:00+01:60",
    "2026-03-29 02:30:15Z",
    "2026-03-29",
    "1774751415",
    "",
  ])("%j is refused", (text) => expect(parseTime(text)).toBeNull());

  test("a printed time is read as the millisecond it was", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (timeMs) => {
        expect(parseTime(formatTime(timeMs))).toBe(timeMs);
      }),
    );
  });
});

describe("isTimeZone", () => {
  test.each(["UTC", "Etc/UTC", "Europe/Berlin", "europe/berlin", "Asia/Calcutta", "America/Argentina/Buenos_Aires"])(
    "%s is a time zone",
    (name) => expect(isTimeZone(name)).toBe(true),
  );

  test.each(["", "Mars/Olympus", "+01:00", "UTC+1", "Europe/Berlin; DROP TABLE", "Europe/"])("%j is none", (name) =>
    expect(isTimeZone(name)).toBe(false),
  );
});

describe("windowAround", () => {
  test.each<[CalendarUnit, string, string, string]>([
    ["minute", "2026-03-29T10:15:59.999Z", "2026-03-29T10:15:00.000Z", "2026-03-29T10:16:00.000Z"],
    ["hour", "2026-03-29T10:00:00Z", "2026-03-29T10:00:00.000Z", "2026-03-29T11:00:00.000Z"],
    ["day", "2024-02-28T23:59:59.999Z", "2024-02-28T00:00:00.000Z", "2024-02-29T00:00:00.000Z"],
    ["week", "2026-03-29T23:00:00Z", "2026-03-23T00:00:00.000Z", "2026-03-30T00:00:00.000Z"],
    ["week", "2027-01-01T00:00:00Z", "2026-12-28T00:00:00.000Z", "2027-01-04T00:00:00.000Z"],
    ["week", "1970-01-01T00:00:00Z", "1969-12-29T00:00:00.000Z", "1970-01-05T00:00:00.000Z"],
    ["month", "2024-02-29T12:00:00Z", "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"],
    ["month", "2038-01-19T03:14:08Z", "2038-01-01T00:00:00.000Z", "2038-02-01T00:00:00.000Z"],
    ["month", "2099-12-31T23:59:59.999Z", "2099-12-01T00:00:00.000Z", "2100-01-01T00:00:00.000Z"],
    ["year", "2100-12-31T23:59:59.999Z", "2100-01-01T00:00:00.000Z", "2101-01-01T00:00:00.000Z"],
    ["month", "0099-05-10T00:00:00Z", "0099-05-01T00:00:00.000Z", "0099-06-01T00:00:00.000Z"],
    ["month", "0099-12-31T00:00:00Z", "0099-12-01T00:00:00.000Z", "0100-01-01T00:00:00.000Z"],
    ["year", "0000-02-29T00:00:00Z", "0000-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z"],
  ])("in UTC the %s of %s begins at %s and the next at %s", (unit, time, start, next) => {
    expect(formatTime(startOfWindow(at(time), unit, "UTC"))).toBe(start);
    expect(formatTime(nextWindowStart(at(time), unit, "UTC"))).toBe(next);
  });

  test("in Berlin, 53 minutes and 28 seconds ahead of UTC before 1893, a day of the year 99 begins with its midnight", () => {
    expect(formatTime(startOfWindow(at("0099-05-10T12:00:00Z"), "day", "Europe/Berlin"))).toBe(
      "0099-05-09T23:06:32.000Z",
    );
  });

  test.each<[CalendarUnit, string]>([
    ["day", "2026-03-31T22:00:00.000Z"],
    ["week", "2026-03-29T22:00:00.000Z"],
    ["month", "2026-03-31T22:00:00.000Z"],
    ["year", "2025-12-31T23:00:00.000Z"],
  ])("in Berlin the %s around 1 April 2026, 00:30, begins at %s", (unit, start) => {
    expect(formatTime(startOfWindow(at("2026-03-31T22:30:00Z"), unit, "Europe/Berlin"))).toBe(start);
  });

  test("a day on which Berlin's clock goes forward has 23 hours, one on which it goes back 25", () => {
    expect(startsOf("2026-03-28T23:00Z", "2026-03-30T22:00Z", "day", "Europe/Berlin")).toEqual([
      "2026-03-28T23:00Z",
      "2026-03-29T22:00Z",
    ]);
    expect(startsOf("2026-03-28T23:00Z", "2026-03-29T22:00Z", "hour", "Europe/Berlin")).toHaveLength(23);
    expect(startsOf("2026-10-24T22:00Z", "2026-10-25T23:00Z", "hour", "Europe/Berlin")).toHaveLength(25);
  });

  test("an hour that Berlin's clock repeats is two windows", () => {
    expect(startsOf("2026-10-25T00:00Z", "2026-10-25T02:00Z", "hour", "Europe/Berlin")).toEqual([
      "2026-10-25T00:00Z",
      "2026-10-25T01:00Z",
    ]);
  });

  test("a day begins at 01:00 where the clock skips midnight", () => {
    // São Paulo, 4 November 2018: 23:59:59 -03 is followed by 01:00:00 -02. Cairo, 26 April 2024: by 01:00:00 +03.
    expect(startsOf("2018-11-03T03:00Z", "2018-11-06T02:00Z", "day", "America/Sao_Paulo")).toEqual([
      "2018-11-03T03:00Z",
      "2018-11-04T03:00Z",
      "2018-11-05T02:00Z",
    ]);
    expect(startsOf("2024-04-24T22:00Z", "2024-04-26T21:00Z", "day", "Africa/Cairo")).toEqual([
      "2024-04-24T22:00Z",
      "2024-04-25T22:00Z",
    ]);
  });

  test("a day begins at the first of two midnights", () => {
    // Havana, 1 November 2026: at 01:00 CDT the clock shows 00:00 CST again.
    expect(startsOf("2026-11-01T04:00Z", "2026-11-02T05:00Z", "day", "America/Havana")).toEqual(["2026-11-01T04:00Z"]);
    expect(formatTime(startOfWindow(at("2026-11-01T05:30:00Z"), "day", "America/Havana"))).toBe(
      "2026-11-01T04:00:00.000Z",
    );
  });

  test("a day that has begun goes on when the clock goes back over its midnight", () => {
    // St. John's, 29 October 2006: at 00:01 NDT (02:31Z) the clock shows 23:01 NST of the day before.
    const start = "2006-10-29T02:30:00.000Z";
    expect(formatTime(startOfWindow(at("2006-10-29T02:30:30Z"), "day", "America/St_Johns"))).toBe(start);
    expect(formatTime(startOfWindow(at("2006-10-29T03:00:00Z"), "day", "America/St_Johns"))).toBe(start);
    expect(formatTime(nextWindowStart(at("2006-10-29T03:00:00Z"), "day", "America/St_Johns"))).toBe(
      "2006-10-30T03:30:00.000Z",
    );
  });

  test("a day that a zone skipped has no window", () => {
    // Apia went from 29 to 31 December 2011.
    expect(startsOf("2011-12-29T10:00Z", "2011-12-31T10:00Z", "day", "Pacific/Apia")).toEqual([
      "2011-12-29T10:00Z",
      "2011-12-30T10:00Z",
    ]);
  });

  test("hours begin at :30 and :15 of UTC where the offset has minutes", () => {
    expect(formatTime(startOfWindow(at("2026-03-01T10:29:00Z"), "hour", "Asia/Kolkata"))).toBe(
      "2026-03-01T09:30:00.000Z",
    );
    expect(formatTime(startOfWindow(at("2026-03-01T10:14:00Z"), "hour", "Asia/Kathmandu"))).toBe(
      "2026-03-01T09:15:00.000Z",
    );
  });

  test("half an hour that Lord Howe's clock repeats is a window of its own", () => {
    // 5 April 2026: at 02:00 +11 (4 April, 15:00Z) the clock shows 01:30 +10:30.
    expect(startsOf("2026-04-04T14:00Z", "2026-04-04T16:30Z", "hour", "Australia/Lord_Howe")).toEqual([
      "2026-04-04T14:00Z",
      "2026-04-04T15:00Z",
      "2026-04-04T15:30Z",
    ]);
  });
});

describe("buildCalendar", () => {
  test("an unknown name is refused", () => {
    expect(() => buildCalendar("Mars/Olympus")).toThrow(RangeError);
  });

  test("a day given by its name begins at its midnight on the wall", () => {
    const day = parseDay("2026-07-01") ?? 0;
    expect(formatTime(buildCalendar("Europe/Berlin").startOfDay(day))).toBe("2026-06-30T22:00:00.000Z");
    expect(buildCalendar("UTC").startOfDay(day)).toBe(day);
  });

  test("the wall clock shows the offset added", () => {
    expect(formatDay(buildCalendar("Asia/Tokyo").toWallClock(at("2026-06-30T15:00:00Z")))).toBe("2026-07-01");
  });

  test.each([
    ["Europe/Berlin", "2026-03-28T00:00Z"],
    ["Europe/Berlin", "2026-10-24T00:00Z"],
    ["America/Sao_Paulo", "2018-11-03T00:00Z"],
    ["America/Sao_Paulo", "2018-02-17T00:00Z"],
    ["Africa/Cairo", "2024-04-25T00:00Z"],
    ["Africa/Cairo", "2024-10-31T00:00Z"],
    ["America/Havana", "2026-03-07T00:00Z"],
    ["America/Havana", "2026-10-31T00:00Z"],
    ["America/St_Johns", "2006-10-28T00:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T00:00Z"],
    ["Australia/Lord_Howe", "2026-10-03T00:00Z"],
    ["Pacific/Apia", "2011-12-29T00:00Z"],
    ["Asia/Kathmandu", "1985-12-31T00:00Z"],
  ])("in %s from %s a day begins at the first minute that shows its date, minute by minute", (timeZone, start) => {
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" });
    const calendar = buildCalendar(timeZone);
    let latest = format.format(at(start));
    for (let timeMs = at(start) + MINUTE_MS; timeMs < at(start) + 3 * DAY_MS; timeMs += MINUTE_MS) {
      const shown = format.format(timeMs);
      const begins = shown > latest;
      if (begins) latest = shown;
      expect(calendar.windowAround(timeMs, "day").startMs === timeMs, formatTime(timeMs)).toBe(begins);
    }
  });

  test("an hour shows one hour of the wall clock at one offset, in any zone", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    const property = fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: at("2100-01-01T00:00Z") }),
      (timeZone, timeMs) => {
        const calendar = buildCalendar(timeZone);
        const { startMs, endMs } = calendar.windowAround(timeMs, "hour");
        const hourAt = (ms: number) => Math.floor(calendar.toWallClock(ms) / HOUR_MS);
        expect(startMs <= timeMs && timeMs < endMs && endMs - startMs <= HOUR_MS).toBe(true);
        expect([hourAt(startMs), hourAt(endMs - 1)]).toEqual([hourAt(timeMs), hourAt(timeMs)]);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});
