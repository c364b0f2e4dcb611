/** How the escapes of nginx and Apache come off, and what is left alone. */
import { describe, expect, test } from "vitest";
import { unescapeField } from "./unescape-field.ts";

const unescapeText = (text: string) => unescapeField(Buffer.from(text)).toString("latin1");

describe("unescapeField", () => {
  test.each([
    ["GET / HTTP/1.1", "GET / HTTP/1.1"],
    ["a\\x22b", 'a"b'],
    ["\\x16\\x03\\x01", "\x16\x03\x01"],
    ["\\xC3\\xa9", "\xc3\xa9"],
    ['a\\"b', 'a"b'],
    ["a\\\\b", "a\\b"],
    ["a\\tb\\nc\\rd\\be\\vf\\fg", "a\tb\nc\rd\be\vf\fg"],
    ["\\\\x41", "\\x41"],
    ["\\x5Cx41", "\\x41"],
  ])("%j was sent as %j", (logged, sent) => {
    expect(unescapeText(logged)).toBe(sent);
  });

  test("a backslash that escapes nothing stays, because old servers escape nothing", () => {
    for (const logged of ["a\\zb", "C:\\Program", "\\x4", "\\xg1", "ends with \\"])
      expect(unescapeText(logged)).toBe(logged);
  });

  test("a field without a backslash is not copied", () => {
    const field = Buffer.from("GET /");
    expect(unescapeField(field)).toBe(field);
  });
});
