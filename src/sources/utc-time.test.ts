import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toUtcMs } from "./utc-time.ts";

describe("toUtcMs", () => {
  it("is what the calendar says, for every day from 1970 to 9999", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true }), (date) => {
        const written = {
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
          hour: date.getUTCHours(),
          minute: date.getUTCMinutes(),
          second: date.getUTCSeconds(),
          ms: date.getUTCMilliseconds(),
          offsetMinutes: 0,
        };
        expect(toUtcMs(written)).toBe(date.getTime());
      }),
    );
  });

  it("knows which centuries have a leap day", () => {
    const day = (year: number) => toUtcMs({ ...NOON, year, month: 2, day: 29 });
    expect(day(2000)).toBe(951_825_600_000);
    expect([day(2100), day(2025)]).toEqual([null, null]);
  });
});

const NOON = { hour: 12, minute: 0, second: 0, ms: 0, offsetMinutes: 0 };
