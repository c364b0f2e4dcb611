/** Which paths are those of static files. */
import { describe, expect, test } from "vitest";
import { hasStaticExtension } from "./static-extensions.ts";

describe("hasStaticExtension", () => {
  test.each(["/logo.svg", "/LOGO.PNG", "/a.b/c.woff2", "/data.json", "/.js", "/archive.tar.gz"])(
    "%s is static",
    (path) => {
      expect(hasStaticExtension(path)).toBe(true);
    },
  );
  test.each(["/", "", "/index.html", "/a.png/", "/a.png/b", "/png", "/a.pngx", "/v1.2", "/a.svg.", "/a.php"])(
    "%s is not static",
    (path) => {
      expect(hasStaticExtension(path)).toBe(false);
    },
  );
});
