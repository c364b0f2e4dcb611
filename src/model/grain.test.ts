/** Where stretches begin, also in years that Date.UTC mistakes. */
import { describe, expect, test } from "vitest";
import { ceilToGrain, floorToGrain, GRAINS } from "./grain.ts";

const at = (text: string): number => Date.parse(text);

describe("floorToGrain", () => {
  test.each([
    ["minute", "2026-03-31T23:59:00Z"],
    ["hour", "2026-03-31T23:00:00Z"],
    ["day", "2026-03-31T00:00:00Z"],
    ["month", "2026-03-01T00:00:00Z"],
  ] as const)("the %s of the last millisecond of March begins at %s", (grain, start) => {
    expect(floorToGrain(at("2026-03-31T23:59:59.999Z"), grain)).toBe(at(start));
  });

  test("a time before 1970 belongs to the stretch that began before it", () => {
    expect(floorToGrain(-1, "hour")).toBe(-3_600_000);
    expect(floorToGrain(-1, "month")).toBe(at("1969-12-01T00:00Z"));
    expect(floorToGrain(at("0001-01-15T00:00:00Z"), "month")).toBe(at("0001-01-01T00:00:00Z"));
  });
});

describe("ceilToGrain", () => {
  test("a start stays, anything later goes to the next start", () => {
    for (const grain of GRAINS) expect(ceilToGrain(at("2026-12-01T00:00Z"), grain)).toBe(at("2026-12-01T00:00Z"));
    expect(ceilToGrain(at("2026-12-01T00:00:00.001Z"), "month")).toBe(at("2027-01-01T00:00Z"));
    expect(ceilToGrain(at("2026-01-31T00:00Z"), "month")).toBe(at("2026-02-01T00:00Z"));
    expect(ceilToGrain(at("2026-12-01T00:00:00.001Z"), "minute")).toBe(at("2026-12-01T00:01Z"));
  });
});
