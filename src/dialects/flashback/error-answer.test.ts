import { describe, expect, test } from "vitest";
import { AppError, type ErrorCode } from "../../platform/errors.ts";
import { toErrorAnswer } from "./error-answer.ts";

const REQUEST = { method: "POST", path: "/bucket/stats", allowedMethods: ["GET", "HEAD"] };

describe("toErrorAnswer", () => {
  test.each<[ErrorCode, number, string]>([
    ["request/invalid", 400, "the error's own message"],
    ["request/body-malformed", 400, "Invalid JSON body"],
    ["access/no-token", 401, "Unauthorized"],
    ["access/invalid-token", 401, "Unauthorized"],
    ["access/scope-missing", 403, "Insufficient permissions"],
    ["catalog/not-found", 404, "the error's own message"],
    ["request/not-found", 404, "Not found"],
    ["request/method-not-allowed", 405, "Method not allowed"],
    ["request/body-too-large", 413, "Request body too large"],
    ["request/too-many", 429, "Too many requests"],
    ["internal/unexpected", 500, "Internal server error"],
    ["store/unavailable", 503, "Service unavailable"],
  ])("%s is %i with the text %j", (code, status, message) => {
    const answer = toErrorAnswer(new AppError(code, "the error's own message"), REQUEST);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ success: false, message });
  });

  test("401 says which scheme to use, 405 which methods, 429 when to come back", () => {
    const headersOf = (error: AppError) => toErrorAnswer(error, REQUEST).headers;
    expect(headersOf(new AppError("access/no-token", ""))).toEqual({ "www-authenticate": "Bearer" });
    expect(headersOf(new AppError("request/method-not-allowed", ""))).toEqual({ allow: "GET, HEAD" });
    expect(headersOf(new AppError("request/too-many", "", { retryAfterS: 6.2 }))).toEqual({ "retry-after": "7" });
  });
});
