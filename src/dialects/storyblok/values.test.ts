import { describe, expect, test } from "vitest";
import { parseBoolean, parseId, parseInteger, parseSearchText, readLast, readList } from "./values.ts";

const query = (text: string) => new URLSearchParams(text);

describe("readLast", () => {
  test("the last of several values counts", () => {
    expect(readLast(query("a=1&b=9&a=2"), "a")).toBe("2");
  });

  test("an absent parameter is null, an empty one is the empty text", () => {
    expect(readLast(query("b=9"), "a")).toBeNull();
    expect(readLast(query("a="), "a")).toBe("");
  });
});

describe("parseId", () => {
  test("ids are integers from 1 to 2^53-1", () => {
    expect(parseId("1")).toBe(1);
    expect(parseId("9007199254740991")).toBe(9_007_199_254_740_991);
  });

  test.each(["", "0", "-1", "01", "1.5", "1e3", " 1", "abc", "9007199254740992", "99999999999999999999"])(
    "%j is no id",
    (text) => {
      expect(parseId(text)).toBeNull();
    },
  );
});

describe("parseInteger", () => {
  test("integers have any sign, other text is none", () => {
    expect(parseInteger("-1")).toBe(-1);
    expect(parseInteger("11")).toBe(11);
    for (const text of [null, "", "1.0", "x", "+1"]) expect(parseInteger(text)).toBeNull();
  });
});

describe("parseBoolean", () => {
  test("1 and true are true, 0 and false are false, the empty text is absent", () => {
    expect(["1", "true", "0", "false", "", "yes", null].map(parseBoolean)).toEqual([
      true,
      true,
      false,
      false,
      null,
      null,
      null,
    ]);
  });
});

describe("parseSearchText", () => {
  test("one pair of surrounding quotes is dropped and no more", () => {
    expect(parseSearchText('"my file"')).toBe("my file");
    expect(parseSearchText('""quoted""')).toBe('"quoted"');
    expect(parseSearchText('12" record')).toBe('12" record');
    expect(parseSearchText('"')).toBe('"');
  });

  test("a text of nothing searches for nothing", () => {
    for (const text of [null, "", '""']) expect(parseSearchText(text)).toBeNull();
  });
});

describe("readList", () => {
  test.each(["k=1,2", "k=1&k=2", "k[]=1&k[]=2", "k%5B%5D=1&k%5B%5D=2", "k= 1 ,2,"])(
    "%s is the list of 1 and 2",
    (text) => {
      expect(readList(query(text), "k")).toEqual(["1", "2"]);
    },
  );

  test("an absent list and one of nothing are empty", () => {
    expect(readList(query(""), "k")).toEqual([]);
    expect(readList(query("k=,"), "k")).toEqual([]);
  });
});
