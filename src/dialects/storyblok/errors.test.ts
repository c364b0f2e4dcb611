import { describe, expect, test } from "vitest";
import { AppError, type ErrorCode } from "../../platform/errors.ts";
import { NotKept } from "../../query/not-kept.ts";
import { FieldError, toErrorAnswer } from "./errors.ts";

const answer = (code: ErrorCode, message = "the message") => {
  const { status, body } = toErrorAnswer(new AppError(code, message));
  return { status, body };
};

describe("toErrorAnswer", () => {
  test("a bad request shows its message", () => {
    expect(answer("request/invalid", "No.")).toEqual({ status: 400, body: { error: "No." } });
    expect(answer("query/range-too-long")).toEqual({ status: 400, body: { error: "Date range too long" } });
  });

  test("what is too old to be known is said by its day, without the advice of the engine", () => {
    const keptFromMs = Date.UTC(2026, 1, 1);
    const error = new NotKept("Filter and group by fewer dimensions.", keptFromMs);
    expect(toErrorAnswer(error)).toEqual({ status: 400, body: { error: "Statistics are kept from 2026-02-01 on" } });
  });

  test("an unreadable body and one of another type are one error", () => {
    const unreadable = { status: 400, body: { error: "Invalid request body" } };
    expect(answer("request/body-malformed")).toEqual(unreadable);
    expect(answer("request/media-type-unsupported")).toEqual(unreadable);
  });

  test("no token and a bad token are told apart by nobody", () => {
    const unauthorized = { status: 401, body: { error: "Unauthorized" } };
    expect(answer("access/no-token")).toEqual(unauthorized);
    expect(answer("access/invalid-token")).toEqual(unauthorized);
  });

  test("a missing right is 403 with the vendor's sentence", () => {
    const text =
      "You are currently not allowed to execute this action. Please contact the administrator of your space.";
    expect(answer("access/scope-missing")).toEqual({ status: 403, body: { error: text } });
    expect(answer("access/forbidden")).toEqual({ status: 403, body: { error: text } });
  });

  test("what is not found, and a path that takes other methods, is a list with one sentence", () => {
    const notFound = { status: 404, body: ["This record could not be found"] };
    for (const code of ["request/not-found", "catalog/not-found", "request/method-not-allowed"] as const) {
      expect(answer(code)).toEqual(notFound);
    }
  });

  test("a body over the bound is 413", () => {
    expect(answer("request/body-too-large")).toEqual({ status: 413, body: { error: "Request body too large" } });
  });

  test("a field is named in the message and listed", () => {
    const error = new FieldError([
      { field: "created_at_gte", text: "is invalid" },
      { field: "filename", text: "can't be blank" },
      { field: "filename", text: "is too short" },
    ]);
    expect(toErrorAnswer(error)).toEqual({
      status: 422,
      body: {
        error: "Validation failed: created_at_gte is invalid",
        errors: { created_at_gte: ["is invalid"], filename: ["can't be blank", "is too short"] },
      },
    });
  });

  test("who asks too often is told when to come back", () => {
    const error = new AppError("request/too-many", "Wait.", { retryAfterS: 7 });
    expect(toErrorAnswer(error)).toEqual({ status: 429, headers: { "retry-after": "7" }, body: { error: "Wait." } });
  });

  test("a store that is away and a defect of ours say nothing of their cause", () => {
    expect(answer("store/unavailable", "/var/lib/secret is locked")).toEqual({
      status: 503,
      body: { error: "Service temporarily unavailable" },
    });
    expect(answer("internal/unexpected", "x is undefined")).toEqual({
      status: 500,
      body: { error: "Internal server error" },
    });
  });
});
