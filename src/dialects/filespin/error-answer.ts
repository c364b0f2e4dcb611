/**
 * AppError → FileSpin's error body: `status` and `message`, nothing else. Its reference documents the statuses; the
 * two fields are those of its other APIs.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20
 */
import type { RouteAnswer } from "../../model/route.ts";
import type { AppError, ErrorCode } from "../../platform/errors.ts";
import type { FailedRequest } from "../dialect.ts";

/** Texts that do not depend on the request. A status that is not listed (400) shows the error's own message. */
const MESSAGES: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  413: "Request body too large",
  429: "Too many requests",
  500: "Internal server error",
  503: "Service unavailable",
};

/** Seconds after which a client may try again where the error does not say. */
const RETRY_AFTER_S = 1;

/** Sent with every answer: figures are of this moment, and of this bearer. */
export const NO_STORE = { "cache-control": "no-store" } as const;

/** Texts of single codes, whatever others of their status say. */
const CODED: Partial<Readonly<Record<ErrorCode, string>>> = {
  "access/invalid-login": "Invalid email or password",
  "request/body-malformed": "Invalid JSON body",
  // A body of another type is a body that is not JSON.
  "request/media-type-unsupported": "Invalid JSON body",
};

/** The form of an error. Only 400 shows the error's message; any other has a fixed text. */
export function toErrorAnswer(error: AppError, request: FailedRequest): RouteAnswer {
  return {
    status: error.code === "request/media-type-unsupported" ? 400 : error.status,
    headers: { ...NO_STORE, ...toErrorHeaders(error, request) },
    body: { status: "ERROR", message: CODED[error.code] ?? MESSAGES[error.status] ?? error.message },
  };
}

function toErrorHeaders(error: AppError, request: FailedRequest): Readonly<Record<string, string>> {
  if (error.status === 401) return { "www-authenticate": "Bearer" };
  if (error.status === 405) return { allow: request.allowedMethods.join(", ") };
  if (error.status === 429 || error.status === 503)
    return { "retry-after": String(Math.ceil(error.retryAfterS ?? RETRY_AFTER_S)) };
  return {};
}
