import { describe, expect, test } from "vitest";
import { parseBearerToken } from "./bearer-token.ts";

describe("parseBearerToken", () => {
  test.each([
    ["Bearer am_abc", "am_abc"],
    ["bearer am_abc", "am_abc"],
    ["BEARER   am_abc ", "am_abc"],
    [undefined, null],
    ["", null],
    ["Bearer", null],
    ["Bearer ", null],
    ["Beareram_abc", null],
    ["Basic am_abc", null],
    ["am_abc", null],
    ["Bearer am_abc am_def", null],
  ])("the header %j carries the token %j", (header, token) => {
    expect(parseBearerToken(header)).toBe(token);
  });
});
