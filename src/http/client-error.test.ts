import { describe, expect, test } from "vitest";
import { buildRefusal, type ParserError } from "./client-error.ts";
import type { MountedDialect } from "./mounted-dialect.ts";

/** Owns every path, and says in the body what the head should say. */
const ownerOfAll: MountedDialect = {
  name: "all",
  pathPrefixes: ["/"],
  mountedUnder: null,
  validatesBySchema: false,
  refusesFirst: "scope",
  routes: [],
  readCredential: () => null,
  toErrorAnswer: (error) => ({ status: error.status, body: { status: error.status, code: error.code } }),
};

describe("buildRefusal", () => {
  test.each([
    ["HPE_HEADER_OVERFLOW", 431, "Request Header Fields Too Large", "request/head-too-large"],
    ["ERR_HTTP_REQUEST_TIMEOUT", 408, "Request Timeout", "request/timed-out"],
    ["HPE_INVALID_EOF_STATE", 400, "Bad Request", "request/invalid"],
    ["HPE_INVALID_METHOD", 400, "Bad Request", "request/invalid"],
    ["HPE_INVALID_HEADER_TOKEN", 400, "Bad Request", "request/invalid"],
  ])("%s: head and body say the same status, %d", (code, status, words, ours) => {
    const error: ParserError = Object.assign(new Error("parse error"), { code });
    const [head = "", body = ""] = buildRefusal(error, [ownerOfAll], null).split("\r\n\r\n");
    expect(head.split("\r\n")[0]).toBe(`HTTP/1.1 ${status} ${words}`);
    expect(JSON.parse(body)).toEqual({ status, code: ours });
  });
});
