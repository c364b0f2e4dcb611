/**
 * Content types and file names by path.
 */
import { describe, expect, test } from "vitest";
import { contentTypeOf, filenameOf } from "./content-type.ts";

describe("contentTypeOf", () => {
  test("the extension decides in any case, the last one of several", () => {
    expect(contentTypeOf("/a/b.JPEG")).toBe("image/jpeg");
    expect(contentTypeOf("/a/site.tar.gz")).toBe("application/gzip");
    expect(contentTypeOf("/font.woff2")).toBe("font/woff2");
  });

  test("a path without a known extension is bytes of which nothing is known", () => {
    for (const path of ["/a", "/a.b/c", "/a.", "/", "", "/a.unknown", "/a.constructor"]) {
      expect(contentTypeOf(path)).toBe("application/octet-stream");
    }
  });
});

describe("filenameOf", () => {
  test("a file is known by the last segment of its path, a folder by the whole path", () => {
    expect(filenameOf("/f/11/x/sun.jpg")).toBe("sun.jpg");
    expect(filenameOf("sun.jpg")).toBe("sun.jpg");
    expect(filenameOf("/f/")).toBe("/f/");
  });
});
