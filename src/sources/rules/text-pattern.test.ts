/** Patterns of rules: what they match and catch, and that no pattern makes matching slow. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTextPattern, type TextPattern } from "./text-pattern.ts";

const pattern = (text: string, separator: "/" | "." = "/") => parseTextPattern(text, separator) as TextPattern;

describe("parseTextPattern", () => {
  test.each([
    ["/health", "/health", {}],
    ["/health", "/healthy", null],
    ["/img/*", "/img/a.jpg", {}],
    ["/img/*", "/img/", {}],
    ["/img/*", "/img/a/b.jpg", null],
    ["/img/**", "/img/a/b.jpg", {}],
    ["/f/{space}/{rest...}", "/f/77/a/b.jpg", { space: "77", rest: "a/b.jpg" }],
    ["/f/{space}/{rest...}", "/f//a", null],
    ["/f/{space}/{rest...}", "/f/77/", null],
    ["/{name}.{type}", "/a.b.jpg", { name: "a", type: "b.jpg" }],
    ["**/{file}", "/a/b/c", { file: "c" }],
    ["/a*b*c", "/aXbXbYc", {}],
    ["", "", "A pattern has"],
  ])("%s over %s gives %j", (text, over, expected) => {
    const read = parseTextPattern(text, "/");
    if (typeof expected === "string") expect(read).toContain(expected);
    else expect((read as TextPattern).match(over)).toEqual(expected);
  });

  test("in hosts a star stands for one label", () => {
    expect(pattern("*.example.com", ".").match("cdn.example.com")).toEqual({});
    expect(pattern("*.example.com", ".").match("a.b.example.com")).toBeNull();
    expect(pattern("{tenant}.example.com", ".").match("acme.example.com")).toEqual({ tenant: "acme" });
  });

  test.each(["/{Space}", "/{a}/{a}", "/{", "x".repeat(1_025), "/*a".repeat(20)])("%s is no pattern", (text) => {
    expect(typeof parseTextPattern(text, "/")).toBe("string");
  });

  test("matches as the same pattern does as a regular expression", () => {
    const pieces = fc.array(fc.constantFrom("a", "b", "/", "*", "**"), { minLength: 1, maxLength: 6 });
    const noRuns = pieces.filter((list) =>
      list.every((piece, i) => !piece.startsWith("*") || !list[i - 1]?.startsWith("*")),
    );
    const texts = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 8 }).map((letters) => letters.join(""));
    fc.assert(
      fc.property(noRuns, texts, (list, text) => {
        const wild: Readonly<Record<string, string>> = { "*": "[^/]*", "**": ".*" };
        const expression = list.map((piece) => wild[piece] ?? piece).join("");
        expect(pattern(list.join("")).match(text) !== null).toBe(new RegExp(`^${expression}$`).test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test("what was caught, put back in its places, is the text", () => {
    const texts = fc.array(fc.constantFrom("a", "b", "/", "."), { maxLength: 10 }).map((letters) => letters.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        const caught = pattern("/{one}/{two...}.{three}").match(text);
        if (caught !== null) expect(`/${caught.one}/${caught.two}.${caught.three}`).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a pattern of fifteen stars over the longest path is matched in steps that grow with the text, not its powers", () => {
    // A backtracking matcher would take longer than the universe is old.
    expect(pattern(`${"*a".repeat(15)}b`).match("a".repeat(4_096))).toBeNull();
  });
});
