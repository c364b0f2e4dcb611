import { describe, expect, test } from "vitest";
import { findRepeated, isNotSent, readFirst, readList } from "./wire-parameters.ts";

const query = (text: string): URLSearchParams => new URLSearchParams(text);

describe("isNotSent", () => {
  test.each([null, undefined, "", "undefined", "null"])("%j counts as not sent", (value) => {
    expect(isNotSent(value)).toBe(true);
  });

  test.each(["0", "NULL", "Undefined", "none", " "])("%j is a value", (value) => {
    expect(isNotSent(value)).toBe(false);
  });
});

describe("readFirst", () => {
  test("the first of two values wins", () => {
    expect(readFirst(query("scope=org&scope=repo"), "scope")).toBe("org");
  });

  test("a first value that counts as not sent is not replaced by a later one", () => {
    expect(readFirst(query("scope=&scope=repo"), "scope")).toBeUndefined();
  });

  test("an absent parameter is undefined", () => {
    expect(readFirst(query(""), "scope")).toBeUndefined();
  });
});

describe("findRepeated", () => {
  test("a known name that comes twice is found, also when its values count as not sent", () => {
    expect(findRepeated(query("a=&b=1&a="), ["b", "a"])).toBe("a");
  });

  test("the first in the order asked is named", () => {
    expect(findRepeated(query("a=1&a=1&b=1&b=1"), ["b", "a"])).toBe("b");
  });

  test("an unknown name may come twice", () => {
    expect(findRepeated(query("x=1&x=2"), ["a"])).toBeUndefined();
  });
});

describe("readList", () => {
  test("form encoding is undone: + is a space, %2C parts items like a comma", () => {
    expect(readList(query("bucketId=a+b%2C%C3%BC,c"), "bucketId")).toEqual(["a b", "ü", "c"]);
  });

  test("each item comes once, at its first place", () => {
    expect(readList(query("bucketId=b,nope,a,b"), "bucketId")).toEqual(["b", "nope", "a"]);
  });

  test("items are trimmed, and those that count as not sent are dropped", () => {
    expect(readList(query("bucketId=+a+,,undefined,null,+"), "bucketId")).toEqual(["a"]);
  });

  test("a repeated parameter and two names for one list are joined in the order of the names", () => {
    expect(readList(query("unitId=c&bucketId=a&bucketId=b,a"), "bucketId", "unitId")).toEqual(["a", "b", "c"]);
  });

  test.each(["", "bucketId=", "bucketId=%2C", "bucketId=undefined", "bucketId=null,undefined"])(
    "a list with nothing in it (%j) is as if it was not sent",
    (text) => {
      expect(readList(query(text), "bucketId")).toBeUndefined();
    },
  );
});
