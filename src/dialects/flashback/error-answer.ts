/**
 * AppError → Flashback's error body: `success` and `message`.
 * @see https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20. It documents the two fields
 * for 400, 403 and 404; we use them for every status.
 */
import type { RouteAnswer } from "../../model/route.ts";
import type { AppError } from "../../platform/errors.ts";
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

/** The form of an error. Statuses with a fixed text never show the error's message. */
export function toErrorAnswer(error: AppError, request: FailedRequest): RouteAnswer {
  return {
    status: error.status,
    headers: toErrorHeaders(error, request),
    body: { success: false, message: toErrorMessage(error) },
  };
}

function toErrorMessage(error: AppError): string {
  if (error.code === "request/body-malformed") return "Invalid JSON body";
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
