/**
 * AppError → Storyblok's error bodies: `{"error": …}`, except 404, which is a list with one sentence.
 * @see https://www.storyblok.com/docs/api/management/getting-started/errors "Errors", read 2026-11-20
 */
import type { RouteAnswer } from "../../model/route.ts";
import { formatTime } from "../../model/time-range.ts";
import { AppError } from "../../platform/errors.ts";
import { NotKept } from "../../query/not-kept.ts";

const UNAUTHORIZED = { error: "Unauthorized" };
const FORBIDDEN = {
  error: "You are currently not allowed to execute this action. Please contact the administrator of your space.",
};
const NOT_FOUND = ["This record could not be found"];
const BODY_TOO_LARGE = { error: "Request body too large" };
const INVALID_BODY = { error: "Invalid request body" };
const UNAVAILABLE = { error: "Service temporarily unavailable" };
const UNEXPECTED = { error: "Internal server error" };

/** One field that was refused: its name on the wire and what is wrong with it, `can't be blank`. */
export type FieldFault = { readonly field: string; readonly text: string };

/** Fields that were refused: status 422. At least one fault; the first one is named in the message. */
export class FieldError extends AppError {
  readonly faults: readonly FieldFault[];

  constructor(faults: readonly [FieldFault, ...FieldFault[]]) {
    super("request/invalid", `Validation failed: ${faults[0].field} ${faults[0].text}`);
    this.name = "FieldError";
    this.faults = faults;
  }
}

/** What a request sets, as far as it could be read, and what is wrong with the rest. */
export type ReadFields<T> = { readonly fields: T; readonly faults: readonly FieldFault[] };

/** Throws FieldError naming every fault. Ask it once, when all of a request has been looked at. */
export function refuseFaults(faults: readonly FieldFault[]): void {
  const [first, ...others] = faults;
  if (first !== undefined) throw new FieldError([first, ...others]);
}

/** A record that does not exist, or that the asker must not learn of: the two answer alike. */
export function buildNotFound(): AppError {
  return new AppError("request/not-found", "This record could not be found");
}

/**
 * The vendor's form of an error. A path that answers other methods only is not found, too: the vendor knows no 405.
 * What the store or a defect says stays in the log; only messages of bad requests are shown.
 */
export function toErrorAnswer(error: AppError): RouteAnswer {
  if (error instanceof FieldError) return { status: 422, body: toFieldErrorBody(error) };
  const headers = error.retryAfterS === undefined ? {} : { "retry-after": String(error.retryAfterS) };
  switch (error.status) {
    case 400:
      return { status: 400, body: toBadRequestBody(error) };
    case 401:
      return { status: 401, body: UNAUTHORIZED };
    case 403:
      return { status: 403, body: FORBIDDEN };
    case 404:
    case 405:
      return { status: 404, body: NOT_FOUND };
    case 413:
      return { status: 413, body: BODY_TOO_LARGE };
    case 415:
      return { status: 400, body: INVALID_BODY };
    case 429:
      return { status: 429, headers, body: { error: error.message } };
    case 503:
      return { status: 503, headers, body: UNAVAILABLE };
    default:
      // A conflict is the client's to solve; as a fault of the server it would be tried again in vain.
      if (error.status < 500) return { status: error.status, body: { error: error.message } };
      return { status: 500, body: UNEXPECTED };
  }
}

/**
 * Errors of the query have their own wording: the one of a range must read as that of dates.ts does, and the advice for old
 * usage is of groups and gauges, which no parameter here is called. What is kept goes by whole days.
 */
function toBadRequestBody(error: AppError): { readonly error: string } {
  if (error.code === "request/body-malformed") return INVALID_BODY;
  if (error.code === "query/range-too-long") return { error: "Date range too long" };
  if (error instanceof NotKept) {
    return { error: `Statistics are kept from ${formatTime(error.keptFromMs).slice(0, 10)} on` };
  }
  return { error: error.message };
}

function toFieldErrorBody(error: FieldError): unknown {
  const errors: Record<string, string[]> = {};
  for (const { field, text } of error.faults) {
    errors[field] ??= [];
    errors[field].push(text);
  }
  return { error: error.message, errors };
}
