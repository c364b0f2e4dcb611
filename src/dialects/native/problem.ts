/**
 * AppError -> the native API's error body: a problem object with one field of our own, the code.
 * @see https://www.rfc-editor.org/rfc/rfc9457#section-3, read 2026-11-20
 */
import { STATUS_CODES } from "node:http";
import { Type } from "typebox";
import type { RouteAnswer } from "../../model/route.ts";
import type { AppError } from "../../platform/errors.ts";
import type { FailedRequest } from "../dialect.ts";

const PROBLEM_TYPE = "application/problem+json";

/** The form of `toProblem`'s bodies. */
export const PROBLEM_FORM = {
  mediaType: PROBLEM_TYPE,
  schema: Type.Object({
    type: Type.Literal("about:blank"),
    title: Type.String({ description: "The status in words." }),
    status: Type.Integer(),
    detail: Type.String({ description: "What is wrong and what to do, for people." }),
    code: Type.String({ description: "What programs branch on; docs/errors.md lists all." }),
  }),
};

/** Seconds after which to try again where the error does not say: a commit takes far less. */
const RETRY_AFTER_S = 1;

/**
 * The problem of an error. `code` is what programs branch on (docs/errors.md), `detail` what people read. `type` is
 * `about:blank`, which says that `title` is the status in words and nothing more.
 */
export function toProblem(error: AppError, request: FailedRequest): RouteAnswer {
  return {
    status: error.status,
    headers: { "content-type": `${PROBLEM_TYPE}; charset=utf-8`, ...toProblemHeaders(error, request) },
    body: {
      type: "about:blank",
      title: STATUS_CODES[error.status] ?? "Error",
      status: error.status,
      detail: error.message,
      code: error.code,
    },
  };
}

function toProblemHeaders(error: AppError, request: FailedRequest): Readonly<Record<string, string>> {
  if (error.status === 401) return { "www-authenticate": "Bearer" };
  if (error.status === 405) return { allow: request.allowedMethods.join(", ") };
  if (error.status !== 429 && error.status !== 503) return {};
  return { "retry-after": String(Math.ceil(error.retryAfterS ?? RETRY_AFTER_S)) };
}
