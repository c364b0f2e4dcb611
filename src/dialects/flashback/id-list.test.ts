import { describe, expect, test } from "vitest";
import { readIdList } from "./id-list.ts";

const read = (ids: readonly string[], name = "bucketId") =>
  readIdList(new URLSearchParams({ [name]: ids.join(",") }), name);

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `id${index}`);

describe("readIdList", () => {
  test("a thousand different ids are read, in the order sent", () => {
    expect(read(numbered(1000))).toEqual(numbered(1000));
  });

  test("repeats do not count towards the bound", () => {
    expect(read([...numbered(1000), ...numbered(1000)])).toHaveLength(1000);
  });

  test("one id more is refused with the name of the parameter", () => {
    expect(() => read(numbered(1001), "unitId")).toThrow("Too many unitId values (maximum 1000)");
  });

  test("nothing but separators is as if nothing was sent", () => {
    expect(read(["", "undefined", "null"])).toBeUndefined();
  });
});
