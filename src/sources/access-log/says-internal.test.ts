import { describe, expect, test } from "vitest";
import type { RuleSet } from "../../model/source-settings.ts";
import { printKeptLine } from "../replay/kept-line.ts";
import { readOneLine } from "./read-one-line.contract.ts";
import { saysInternal } from "./says-internal.ts";

describe("saysInternal", () => {
  test.each<[unknown, boolean]>([
    [{ "X-Filespin-Internal-Request": "true" }, true],
    [{ "User-Agent": ["curl"], "X-FileSpin-Internal-Request": ["TRUE"] }, true],
    [{ "x-filespin-internal-request": " True " }, true],
    [{ "X-Filespin-Internal-Request": "1" }, false],
    [{ "X-Filespin-Internal-Request": true }, false],
    [{ "X-Filespin-Internal-Request": [] }, false],
    [{ "X-Filespin-Internal-Request": ["true", "true"] }, false],
    [{ "X-Filespin-Internal-Requests": "true" }, false],
    [{}, false],
    [null, false],
    [undefined, false],
    ["X-Filespin-Internal-Request: true", false],
  ])("headers %j: %s", (headers, expected) => {
    expect(saysInternal(headers)).toBe(expected);
  });
});

describe("a line with the header", () => {
  const read = (set: RuleSet) => {
    const headers = { "X-Filespin-Internal-Request": ["true"] };
    const request = { method: "PUT", host: "h", uri: "/a.jpg", headers };
    const line = {
      ts: "2026-11-20T08:15:02Z",
      logger: "http.log.access",
      request,
      bytes_read: 70,
      size: 5,
      status: 201,
    };
    return readOneLine(JSON.stringify(line), { format: "caddy-json", settings: { rules: [{ match: {}, set }] } });
  };

  test("is refused as a delivery and as an API request, and nothing is kept of it", () => {
    for (const kind of ["delivery", "api"] as const) {
      const passage = read({ kind });
      expect(passage.rejection?.reason).toBe("internal-request");
      expect(printKeptLine(passage, { space: null, allowedSpaces: null })).toBeUndefined();
    }
  });

  test("counts as an upload, which changes what is stored", () => {
    const { rejection, object, bytesIn } = read({ kind: "upload" });
    expect([rejection, object?.size, bytesIn]).toEqual([null, 70, 70]);
  });
});
