/**
 * AppError → Flashback's error body: `success` and `message`.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20. It documents the two fields
 * for 400, 403 and 404; we use them for every status.
 */
import type { RouteAnswer } from "../../model/route.ts";
import type { AppError, ErrorCode } from "../../platform/errors.ts";
import type { FailedRequest } from "../dialect.ts";

/** Texts that do not depend on the request. A status that is not listed (400, 409) shows the error's own message. */
const MESSAGES: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Insufficient permissions",
  404: "Not found",
  405: "Method not allowed",
  413: "Request body too large",
  429: "Too many requests",
  500: "Internal server error",
  503: "Service unavailable",
};

/** Seconds after which a client may try again where the error does not say. */
const RETRY_AFTER_S = 1;

/** Refusals that the vendor tells apart by a code of its own, with its text. */
const CODED: Partial<Readonly<Record<ErrorCode, { readonly message: string; readonly error_code: string }>>> = {
  "access/invalid-login": { message: "Invalid email or password", error_code: "INVALID_CREDENTIALS" },
  "access/invalid-refresh-token": { message: "Invalid refresh token", error_code: "INVALID_REFRESH_TOKEN" },
  // Nothing else of this vendor's endpoints has a name that can be taken.
  "catalog/conflict": { message: "Bucket name is already in use", error_code: "NAME_ALREADY_USED" },
};

/** An endpoint of the vendor that is not here, at a path that `/bucket/{id}` would take for a bucket. */
const NOT_HERE = /^(?:\/flashback)?\/bucket\/available$/;

/** The form of an error. Statuses with a fixed text never show the error's message. */
export function toErrorAnswer(error: AppError, request: FailedRequest): RouteAnswer {
  if (error.code === "request/method-not-allowed" && NOT_HERE.test(request.path)) {
    return { status: 404, body: { success: false, message: "Not found" } };
  }
  // The vendor knows no 415: a body of another type is a body that is not JSON.
  const status = error.code === "request/media-type-unsupported" ? 400 : error.status;
  const body = { success: false, ...(CODED[error.code] ?? { message: toErrorMessage(error) }) };
  return { status, headers: toErrorHeaders(error, request), body };
}

function toErrorMessage(error: AppError): string {
  if (error.code === "request/body-malformed" || error.code === "request/media-type-unsupported")
    return "Invalid JSON body";
  // Things that the path or body names say what is missing (`Bucket not found`); unknown paths do not.
  if (error.code === "catalog/not-found") return error.message;
  return MESSAGES[error.status] ?? error.message;
}

function toErrorHeaders(error: AppError, request: FailedRequest): Readonly<Record<string, string>> {
  if (error.status === 401) return { "www-authenticate": "Bearer" };
  if (error.status === 405) return { allow: request.allowedMethods.join(", ") };
  if (error.status === 429 || error.status === 503)
    return { "retry-after": String(Math.ceil(error.retryAfterS ?? RETRY_AFTER_S)) };
  return {};
}
