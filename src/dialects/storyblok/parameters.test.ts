import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildRouteRequest } from "./fixtures/route-request.contract.ts";
import { readBody, readForm, readParameters, unwrap } from "./parameters.ts";

const form = (text: string) => JSON.parse(JSON.stringify(readForm(new URLSearchParams(text))));
const request = (url: string, body?: unknown) => ({ ...buildRouteRequest(url), body });

describe("readForm", () => {
  test.each([
    ["", {}],
    ["a=1&b=", { a: "1", b: "" }],
    ["k=1&k=2", { k: ["1", "2"] }],
    ["k=1&k=2&k=3", { k: ["1", "2", "3"] }],
    ["k[]=1", { k: ["1"] }],
    ["k%5B%5D=1&k%5B%5D=2", { k: ["1", "2"] }],
    ["k=1&k[]=2", { k: ["1", "2"] }],
    ["meta_data[alt]=x&meta_data[title]=y", { meta_data: { alt: "x", title: "y" } }],
    ["a[b][c]=1&a[b][d]=2", { a: { b: { c: "1", d: "2" } } }],
    ["a[b][]=1&a[b][]=2", { a: { b: ["1", "2"] } }],
    ["a=1&a[b]=2", { a: { b: "2" } }],
    ["a[b=1", { "a[b": "1" }],
    ["[]=1", { "[]": "1" }],
    ["a[b][c][d][e][f][g]=1", {}],
  ])("%s", (text, expected) => {
    expect(form(text)).toEqual(expected);
  });

  test("a name that every object has is a name like others", () => {
    const read = readForm(new URLSearchParams("__proto__[x]=1&constructor=2&a[__proto__][y]=3"));
    expect(Object.keys(read)).toEqual(["__proto__", "constructor", "a"]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(({} as Record<string, unknown>).y).toBeUndefined();
  });

  test("any query string is read without an error", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "b", "[", "]", "__proto__", ".") });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => {
        readForm(new URLSearchParams(pairs as [string, string][]));
      }),
    );
  });
});

describe("readParameters", () => {
  test("the body wins over the query, names that only one of them has stay", () => {
    const json = { b: 2, c: [3] };
    expect({ ...readParameters(request("/v1/x?a=1&b=1", json)) }).toEqual({ a: "1", ...json });
    expect({ ...readParameters(request("/v1/x?a=1&b=1", new URLSearchParams("b=2"))) }).toEqual({ a: "1", b: "2" });
    expect({ ...readParameters(request("/v1/x?a=1")) }).toEqual({ a: "1" });
  });

  test.each([[[]], [[1]], ["text"], [5], [null], [true]])("the JSON body %j is refused", (body) => {
    expect(() => readParameters(request("/v1/x", body))).toThrow("Invalid request body");
  });
});

describe("readBody", () => {
  test("the query string of an update changes nothing", () => {
    expect({ ...readBody(request("/v1/x?alt=x", { title: "y" })) }).toEqual({ title: "y" });
    expect({ ...readBody(request("/v1/x?alt=x")) }).toEqual({});
  });
});

describe("unwrap", () => {
  test("a wrapper is taken off, a bare object stays as it is", () => {
    expect(unwrap({ asset: { alt: "A" }, alt: "B" }, "asset")).toEqual({ alt: "A" });
    expect(unwrap({ alt: "B" }, "asset")).toEqual({ alt: "B" });
    expect(unwrap({ asset: [1], alt: "B" }, "asset")).toEqual({ asset: [1], alt: "B" });
  });
});
