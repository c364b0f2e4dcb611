/**
 * The request target: slashes, absolute form, queries, secrets in logs.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hideSecrets, toQueryObject, toRoutedTarget } from "./request-target.ts";

describe("toRoutedTarget", () => {
  test.each([
    ["/v1//spaces/606/assets/", "/v1/spaces/606/assets"],
    ["//bucket/stats", "/bucket/stats"],
    ["/", "/"],
    ["//", "/"],
    ["///a///b///", "/a/b"],
    ["/a/?b=//c/", "/a?b=//c/"],
    ["/?next=/a/", "/?next=/a/"],
    ["?a=1", "/?a=1"],
    ["http://host:8787//bucket/stats/?x=1", "/bucket/stats?x=1"],
    ["/files/http://x", "/files/http:/x"],
    ["/a%2F%2Fb/", "/a%2F%2Fb"],
  ])("%s is routed as %s", (target, routed) => {
    expect(toRoutedTarget(target)).toBe(routed);
  });

  test("the query is kept as sent, whatever the path is", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z/]*$/), fc.stringMatching(/^[a-z/?=&+%]*$/), (path, query) => {
        expect(toRoutedTarget(`/${path}?${query}`).split("?").slice(1).join("?")).toBe(query);
      }),
    );
  });

  test("doing it twice changes nothing more", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\/[a-z/?.]*$/), (target) => {
        expect(toRoutedTarget(toRoutedTarget(target))).toBe(toRoutedTarget(target));
      }),
    );
  });
});

describe("toQueryObject", () => {
  test("a plus is a space, a repeated name is a list, a broken escape stays", () => {
    expect({ ...toQueryObject("a=x+y%2Cz&b=1&b=2&b=3&c=%zz&d") }).toEqual({
      a: "x y,z",
      b: ["1", "2", "3"],
      c: "%zz",
      d: "",
    });
  });

  test("a parameter called __proto__ is a parameter", () => {
    expect(Object.keys(toQueryObject("__proto__=1"))).toEqual(["__proto__"]);
  });
});

describe("hideSecrets", () => {
  test("tokens and signatures leave no value, in any case and escaped names too", () => {
    expect(hideSecrets("/v2/cdn/assets/me?token=abc&page=2&_jwt=x.y&Signature=s&%74oken=t")).toBe(
      "/v2/cdn/assets/me?token=[hidden]&page=2&_jwt=[hidden]&Signature=[hidden]&%74oken=[hidden]",
    );
  });

  test("so do names that other vendors sign or log in with", () => {
    for (const name of [
      "sig",
      "X-Amz-Credential",
      "AWSAccessKeyId",
      "Key-Pair-Id",
      "authorization",
      "cookie",
      "hmac",
      "session",
    ]) {
      expect(hideSecrets(`/a?page=2&${name}=s`)).toBe(`/a?page=2&${name}=[hidden]`);
    }
  });

  test("a target without a query is as it was", () => {
    expect(hideSecrets("/f/a.png")).toBe("/f/a.png");
  });

  // http://h/f/a.png?Expires=1&Signature=ABC
  const once = "http%3A%2F%2Fh%2Ff%2Fa.png%3FExpires%3D1%26Signature%3DABC";
  const onceHidden = "http%3A%2F%2Fh%2Ff%2Fa.png%3FExpires%3D1%26Signature%3D[hidden]";

  test.each([
    [`/me?filename=${once}&page=2`, `/me?filename=${onceHidden}&page=2`],
    [
      `/me?filename=${once.replaceAll("%", "%25")}`,
      "/me?filename=http%253A%252F%252Fh%252Ff%252Fa.png%253FExpires%253D1%2526Signature%253D[hidden]",
    ],
    [`/me?${once}=1`, `/me?${onceHidden}=[hidden]`],
    ["/me?filename=http://h/a.png?Signature=ABC", "/me?filename=http://h/a.png?Signature=[hidden]"],
    ["/me?next=%53ignature%3DABC", "/me?next=Signature%3D[hidden]"],
    ["/f/a.png%3FSignature%3DABC", "/f/a.png%3FSignature%3D[hidden]"],
  ])("the signature of an address inside another leaves no value: %s", (target, hidden) => {
    expect(hideSecrets(target)).toBe(hidden);
  });

  test("what is encoded more often than anybody does is hidden as a whole", () => {
    expect(hideSecrets("/me?filename=a%2525252526Signature%252525253DABC&page=2")).toBe("/me?filename=[hidden]&page=2");
  });

  test.each([
    ["/a?token=ab/cd&page=2", "/a?token=[hidden]&page=2"],
    ["/a?Signature=vj+b/PxyZ?x;y==&page=2", "/a?Signature=[hidden]&page=2"],
    ["/a?password=x;y", "/a?password=[hidden]"],
  ])("a secret is hidden whole, whatever characters it has: %s", (target, shown) => {
    expect(hideSecrets(target)).toBe(shown);
  });

  test("encoded values without a secret are as they were sent", () => {
    const target = "/a?search=50%25+of%20%zz&filename=http%3a%2F%2Fh%2Fa.png&tags=a%2Cb";
    expect(hideSecrets(target)).toBe(target);
  });

  test("of a long target the first 8,192 characters are left", () => {
    expect(hideSecrets(`/${"a".repeat(9_000)}`)).toBe(`/${"a".repeat(8_191)}…`);
    expect(hideSecrets(`/?token=${"a".repeat(9_000)}&page=2`)).toBe("/?token=[hidden]…");
  });
});
