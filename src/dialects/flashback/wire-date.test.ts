import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseWireDate } from "./wire-date.ts";

describe("parseWireDate", () => {
  /** 2026-03-01T10:20:30Z. */
  const momentMs = Date.UTC(2026, 2, 1, 10, 20, 30);

  test.each([
    ["2026-03-01T10:20:30.000Z", momentMs],
    ["2026-03-01T10:20:30Z", momentMs],
    ["2026-03-01T10:20:30", momentMs],
    ["2026-03-01T10:20", momentMs - 30_000],
    ["2026-03-01T10:20:30.123Z", momentMs + 123],
    ["2026-03-01T12:20:30+02:00", momentMs],
    ["2026-03-01T12:20:30 02:00", momentMs],
    ["2026-03-01T12:20:30 0200", momentMs],
    ["2026-03-01T12:20:30+02", momentMs],
    ["2026-03-01T04:50:30-05:30", momentMs],
    ["2026-03-01", Date.UTC(2026, 2, 1)],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
  ])("%s is read", (text, timeMs) => {
    expect(parseWireDate(text)).toBe(timeMs);
  });

  test.each([
    "",
    "yesterday",
    "1772323200",
    "2026-02-30",
    "2026-02-29T00:00:00Z",
    "2026-13-01",
    "2026-03-01T25:00:00Z",
    "2026-03-01T10:60:00Z",
    "2026-03-01T10Z",
    "2026-03-01 10:20:30",
    "2026-03-01 10:20",
    "2026-03-01Z",
    "2026-3-1",
    "03/01/2026",
    "2026-03-01T10:20:30+25:00",
    "x2026-03-01",
  ])("%j is no date", (text) => {
    expect(parseWireDate(text)).toBeNull();
  });

  test("every moment is read back from its own ISO 8601 form", () => {
    const moments = fc.date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59.999Z") });
    fc.assert(
      fc.property(fc.noShrink(moments), (moment) => {
        fc.pre(!Number.isNaN(moment.getTime()));
        expect(parseWireDate(moment.toISOString())).toBe(moment.getTime());
      }),
    );
  });
});
