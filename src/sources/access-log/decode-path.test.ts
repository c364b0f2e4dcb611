/** What the path of a request is called after decoding, for every odd byte that requests carry. */
import { describe, expect, test } from "vitest";
import { decodePath, decodeUrlPath } from "./decode-path.ts";

describe("decodePath", () => {
  test.each([
    ["/img/logo.svg", "/img/logo.svg"],
    ["/a%20b", "/a b"],
    ["/a b", "/a b"],
    ["/caf%C3%A9.jpg", "/café.jpg"],
    ["/%F0%9F%98%80.png", "/😀.png"],
    ["/a+b", "/a+b"],
    ["/a%2Fb", "/a/b"],
    ["/a%22b%5Cc%7Cd", '/a"b\\c|d'],
    ["/Straße//x/../y", "/Straße//x/../y"],
    ["", ""],
  ])("%j becomes %j", (sent, path) => {
    expect(decodePath(Buffer.from(sent))).toBe(path);
  });

  test("a path is decoded once: an encoded percent sign does not start another escape", () => {
    expect(decodePath(Buffer.from("/a%2520b"))).toBe("/a%20b");
    expect(decodePath(Buffer.from("/100%25"))).toBe("/100%");
  });

  test("a path stays encoded where decoding gives a control character or no UTF-8", () => {
    expect(decodePath(Buffer.from("/a%00b"))).toBe("/a%00b");
    expect(decodePath(Buffer.from("/a%0Ab%20c"))).toBe("/a%0Ab%20c");
    expect(decodePath(Buffer.from("/a%7Fb"))).toBe("/a%7Fb");
    expect(decodePath(Buffer.from("/a%C2%85b"))).toBe("/a%C2%85b");
    expect(decodePath(Buffer.from("/a%E9b%20"))).toBe("/a%E9b%20");
    expect(decodePath(Buffer.from("/a%C3"))).toBe("/a%C3");
  });

  test("a path whose percent signs are no escapes stays as it was sent", () => {
    for (const sent of ["/100%", "/100%/a%20b", "/%zz", "/%4", "/%u0041"])
      expect(decodePath(Buffer.from(sent))).toBe(sent);
  });

  test("bytes that are no UTF-8 and control bytes are written as escapes", () => {
    expect(decodePath(Buffer.from([0x2f, 0xe9, 0x78]))).toBe("/%E9x");
    expect(decodePath(Buffer.from("/a\tb"))).toBe("/a%09b");
  });
});

describe("decodeUrlPath", () => {
  test.each([
    ["/d.jpg%3FX-Amz-Signature=SECRET", "/d.jpg"],
    ["/d.jpg%3FX-Amz-Signature%3DSECRET%26X-Amz-Date%3D20261120", "/d.jpg"],
    ["/d.jpg%3Fsecret", "/d.jpg"],
    ["/api/things%3Ftoken=SECRET", "/api/things"],
    ["/api/things%23access_token%3DSECRET", "/api/things"],
    ["/api/things%253Ftoken%253DSECRET", "/api/things"],
    // Stays encoded: its first byte is no UTF-8.
    ["/%E9/things%3Ftoken=SECRET/x", "/%E9/things"],
    ["/a%3Fb/c%3Ftoken=SECRET", "/a?b/c"],
    ["/index.php%3F/account&token=SECRET", "/index.php"],
    ["/index.php%3F/account%26token%3DSECRET", "/index.php"],
    ["%3Ftoken=SECRET", "/"],
  ])("the query that a client has encoded with %j is no part of the path %j", (sent, path) => {
    expect(decodeUrlPath(Buffer.from(sent))).toBe(path);
  });

  test.each([
    ["/why%3F.jpg", "/why?.jpg"],
    ["/c%23/1.jpg", "/c#/1.jpg"],
    ["/a%253Fb", "/a%3Fb"],
    ["/a=b/c%3Fd", "/a=b/c?d"],
    ["/a&b=c/d%3Fe/f&g", "/a&b=c/d?e/f&g"],
    ["/100%25/a=b", "/100%/a=b"],
  ])("marks in the name %j stay: %j", (sent, path) => {
    expect(decodeUrlPath(Buffer.from(sent))).toBe(path);
  });
});
