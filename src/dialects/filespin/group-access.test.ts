import { describe, expect, test } from "vitest";
import type { Principal } from "../../model/token.ts";
import { mayReadUser, toGroupFilter } from "./group-access.ts";

const principal = (overrides: Partial<Principal>): Principal => ({
  id: "t1",
  organization: 42,
  name: "key",
  role: "admin",
  scopes: ["stats:read"],
  spaces: null,
  user: null,
  ...overrides,
});

describe("mayReadUser", () => {
  test.each([
    ["admin", null, null, true],
    ["admin", null, "8", true],
    ["admin", 7, "8", true],
    ["manager", 8, null, false],
    ["manager", 8, "8", true],
    ["member", 8, "8", true],
    ["member", 8, "7", false],
    ["member", 8, null, false],
    ["member", null, "8", false],
    ["member", null, null, false],
  ] as const)("a token of role %s for user %j asking for %j: %j", (role, user, asked, allowed) => {
    expect(mayReadUser(principal({ role, user }), asked)).toBe(allowed);
  });
});

describe("toGroupFilter", () => {
  test("the whole group is not filtered", () => {
    expect(toGroupFilter(principal({}), null)).toEqual({});
  });

  test("an id above 2^53-1 is nobody's: it is not rounded to somebody's", () => {
    expect(toGroupFilter(principal({}), "9007199254740993")).toEqual({ user: [] });
    expect(toGroupFilter(principal({}), "9007199254740991")).toEqual({ user: [9_007_199_254_740_991] });
  });

  test("a limited token reaches its own spaces only, none of them means nothing", () => {
    expect(toGroupFilter(principal({ spaces: [5, 6] }), "8")).toEqual({ space: [5, 6], user: [8] });
    expect(toGroupFilter(principal({ spaces: [] }), null)).toEqual({ space: [] });
  });
});
