/**
 * toJson: integers keep their digits, hundredths both decimals, everything else is as JSON.stringify prints it.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHundredths, toJson } from "./json.ts";

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

describe("fromHundredths", () => {
  test("hundredths are a number of at most two decimals, without zeros at its end", () => {
    const printed = [0n, 5n, 10n, 99n, 100n, 1200n, 1250n, 1267n, -5n, -1250n].map((one) =>
      toJson(fromHundredths(one)),
    );
    expect(printed).toEqual(["0", "0.05", "0.1", "0.99", "1", "12", "12.5", "12.67", "-0.05", "-12.5"]);
  });

  test("below 2^46 wholes the text is the one of the number itself", () => {
    const property = fc.property(fc.bigInt({ min: -7n * 10n ** 15n, max: 7n * 10n ** 15n }), (hundredths) => {
      expect(toJson(fromHundredths(hundredths))).toBe(JSON.stringify(Number(hundredths) / 100));
    });
    fc.assert(property);
  });

  test("above it both decimals stay, as numbers without quotes", () => {
    // 2^53 + 0.93, 2^63 + 0.25 and 2^70 + 0.5, in hundredths.
    const large = [2n ** 53n * 100n + 93n, 2n ** 63n * 100n + 25n, -(2n ** 70n * 100n + 50n)].map(fromHundredths);
    expect(toJson({ large })).toBe('{"large":[9007199254740992.93,9223372036854775808.25,-1180591620717411303424.5]}');
  });
});
