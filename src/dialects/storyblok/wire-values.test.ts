import { describe, expect, test } from "vitest";
import { readBooleanValue, readIds, readIntegerValue, readItems, readTextValue } from "./wire-values.ts";

describe("readIntegerValue", () => {
  test.each([
    [11, { value: 11 }],
    ["11", { value: 11 }],
    [" -1 ", { value: -1 }],
    [["1", "2"], { value: 2 }],
    [0, { value: 0 }],
    ["", "absent"],
    [null, "absent"],
    [undefined, "absent"],
    [1.5, "invalid"],
    ["1e3", "invalid"],
    [true, "invalid"],
    [{}, "invalid"],
    [2 ** 53, "invalid"],
    ["9007199254740993", "invalid"],
  ])("%j is %j", (value, expected) => {
    expect(readIntegerValue(value)).toEqual(expected);
  });
});

describe("readBooleanValue", () => {
  test.each([
    [true, { value: true }],
    ["true", { value: true }],
    [1, { value: true }],
    ["1", { value: true }],
    [false, { value: false }],
    ["false", { value: false }],
    [0, { value: false }],
    ["0", { value: false }],
    [["0", "1"], { value: true }],
    ["", "absent"],
    [null, "absent"],
    ["yes", "invalid"],
    [2, "invalid"],
    [{}, "invalid"],
  ])("%j is %j", (value, expected) => {
    expect(readBooleanValue(value)).toEqual(expected);
  });

  test("a list within 30,000 lists is invalid, and nothing runs out of stack", () => {
    expect(readBooleanValue(JSON.parse("[".repeat(30_000) + "]".repeat(30_000)))).toBe("invalid");
  });
});

describe("readTextValue", () => {
  test.each([
    ["x", { value: "x" }],
    ["", { value: "" }],
    [5, { value: "5" }],
    [["a", "b"], { value: "b" }],
    [null, "absent"],
    [undefined, "absent"],
    [{}, "invalid"],
  ])("%j is %j", (value, expected) => {
    expect(readTextValue(value)).toEqual(expected);
  });
});

describe("readItems", () => {
  test.each([
    ["1,2", ["1", "2"]],
    [
      ["1", "2"],
      ["1", "2"],
    ],
    [
      ["1,2", " 3 "],
      ["1", "2", "3"],
    ],
    [
      [1, 2],
      [1, 2],
    ],
    [7, [7]],
    ["", []],
    [null, []],
    [undefined, []],
  ])("%j is %j", (value, expected) => {
    expect(readItems(value)).toEqual(expected);
  });
});

describe("readIds", () => {
  test("what no id can be comes out as null, in its place", () => {
    expect(readIds([1, "2", 0, -3, "x", 2 ** 53, {}, null])).toEqual([1, 2, null, null, null, null, null, null]);
  });
});
