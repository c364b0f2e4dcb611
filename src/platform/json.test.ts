/**
 * toJson: integers keep their digits, everything else is as JSON.stringify prints it.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toJson } from "./json.ts";

describe("toJson", () => {
  test("a bigint above 2^53 is printed with all its digits, unquoted", () => {
    expect(toJson({ bytes: 9007199254740993n })).toBe('{"bytes":9007199254740993}');
  });

  test("bigints in arrays, negative ones and zero keep their place", () => {
    expect(toJson([0n, -50n, 18446744073709551616n, "1"])).toBe('[0,-50,18446744073709551616,"1"]');
  });

  test("a bigint has its own digits, however large, on both sides of what a float can hold", () => {
    const edges = [2n ** 53n - 2n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n];
    for (const edge of edges) expect(toJson([edge, -edge])).toBe(`[${edge},${-edge}]`);
    fc.assert(fc.property(fc.bigInt(), (value) => toJson({ value }) === `{"value":${value}}`));
  });

  test("a value without a bigint is printed exactly as JSON.stringify prints it", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => toJson(value) === JSON.stringify(value)));
  });
});
