import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toJson } from "../../../platform/json.ts";
import { summarize } from "./summary.ts";

/** The summary as its reader gets it: every number as printed. */
function print(values: readonly bigint[]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(summarize(values)).map(([name, value]) => [name, toJson(value)]));
}

describe("summarize", () => {
  test("one busy step of five: mean 40, deviation 80, and a ninth tenth between 0 and 200", () => {
    expect(summarize([200n, 0n, 0n, 0n, 0n])).toEqual({
      total: 200n,
      avg: 40n,
      stdDev: 80n,
      min: 0n,
      max: 200n,
      p10: 0n,
      p50: 0n,
      p90: 120n,
    });
  });

  test("values are rounded to two decimals, halves up", () => {
    // Mean 5/3; variance 14/9 and its root 1.2472; positions 0.2, 1 and 1.8 of 0, 2, 3.
    expect(print([3n, 0n, 2n])).toMatchObject({ avg: "1.67", stdDev: "1.25", p10: "0.4", p50: "2", p90: "2.8" });
    expect(print([0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n])).toMatchObject({ avg: "0.13" });
  });

  test("one step is its own summary", () => {
    const alone = { total: 7n, avg: 7n, stdDev: 0n, min: 7n, max: 7n, p10: 7n, p50: 7n, p90: 7n };
    expect(summarize([7n])).toEqual(alone);
  });

  test("whole values beyond 2^53 keep every digit", () => {
    const huge = 9_007_199_254_740_993n;
    expect(summarize([huge, huge])).toMatchObject({ total: 2n * huge, avg: huge, stdDev: 0n, p50: huge, max: huge });
    expect(summarize([0n, 2n * huge]).stdDev).toBe(huge);
  });

  test("decimals of values beyond 2^63 keep every digit", () => {
    // 2^63 and 2^63 + 1: half a byte between them is the mean, the middle and the deviation.
    const [low, high] = [9_223_372_036_854_775_808n, 9_223_372_036_854_775_809n];
    expect(print([high, low])).toEqual({
      total: "18446744073709551617",
      avg: "9223372036854775808.5",
      stdDev: "0.5",
      min: "9223372036854775808",
      max: "9223372036854775809",
      p10: "9223372036854775808.1",
      p50: "9223372036854775808.5",
      p90: "9223372036854775808.9",
    });
    // 2^65 + 1 and 0: half of it is both mean and deviation.
    expect(print([0n, 2n ** 65n + 1n])).toMatchObject({
      avg: "18446744073709551616.5",
      stdDev: "18446744073709551616.5",
    });
  });

  test("small values are what floating-point arithmetic says, to the last shown digit", () => {
    const values = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 30 });
    const property = fc.property(values, (list) => {
      const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
      const deviation = Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
      const sorted = [...list].sort((a, b) => a - b);
      const at = (part: number) => {
        const position = part * (list.length - 1);
        const below = sorted[Math.floor(position)] ?? 0;
        return below + ((sorted[Math.ceil(position)] ?? 0) - below) * (position - Math.floor(position));
      };
      const summary = print(list.map(BigInt));
      const near = (actual: string | undefined, expected: number) =>
        expect(Math.abs(Number(actual) - expected)).toBeLessThanOrEqual(0.005 + 1e-6);
      near(summary.avg, mean);
      near(summary.stdDev, deviation);
      near(summary.p10, at(0.1));
      near(summary.p50, at(0.5));
      near(summary.p90, at(0.9));
    });
    fc.assert(property);
  });
});
