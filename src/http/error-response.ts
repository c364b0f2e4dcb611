/**
 * The only catch-all: whatever a request ended with becomes an AppError here, is logged where it is our fault, and is
 * worded by the dialect that owns the path.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import type { Route, RouteAnswer } from "../model/route.ts";
import { AppError, type ErrorCode } from "../platform/errors.ts";
import type { Logger } from "../platform/log.ts";
import { findOwner, type MountedDialect, type UnansweredRequest } from "./mounted-dialect.ts";
import { hideSecrets, splitTarget } from "./request-target.ts";
import { sendAnswer } from "./route-request.ts";
import { toValidationMessage, type WordedSchema } from "./validation-message.ts";

/** What Fastify itself refuses, in our codes. A code of Fastify that is not here is a defect of ours. */
const FASTIFY_CODES: Readonly<Record<string, { readonly code: ErrorCode; readonly message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: "request/body-too-large", message: "The body is too large." },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: "request/media-type-unsupported",
    message: "The Content-Type header is not a media type.",
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: "request/invalid",
    message: "The body is not as long as its Content-Length says.",
  },
  FST_ERR_BAD_URL: { code: "request/invalid", message: "Malformed URL" },
  FST_ERR_MAX_PARAM_LENGTH: { code: "request/not-found", message: "There is nothing at this path." },
};

/** What Fastify finds about bodies before it looks whether anything is at the path. It wants a type of every QUERY. */
const BODY_CODES: ReadonlySet<string | undefined> = new Set([
  "FST_ERR_CTP_INVALID_MEDIA_TYPE",
  "FST_ERR_ROUTE_MISSING_CONTENT_TYPE",
]);

/** True where nothing is at the path for this method, and Fastify complains of the body all the same. */
export function isBodyOfNobody(error: unknown, { is404 }: Pick<FastifyRequest, "is404">): boolean {
  return is404 && BODY_CODES.has((error as Partial<FastifyError>).code);
}

/** Codes of a connection that ended before the body did: nobody is left to read the answer, and nothing is wrong. */
const CLIENT_GONE = new Set(["ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"]);

/** Anything thrown, as an AppError: `internal/unexpected` for everything that nobody foresaw. */
export function toAppError(error: unknown, route?: Pick<Route, "query" | "pathParameters">): AppError {
  if (error instanceof AppError) return error;
  const { code, validation, validationContext } = error as Partial<FastifyError>;
  if (validation !== undefined) {
    const schema = validationContext === "params" ? route?.pathParameters : route?.query;
    return new AppError("request/invalid", toValidationMessage({ validation }, schema as WordedSchema | undefined));
  }
  const known = code === undefined ? undefined : FASTIFY_CODES[code];
  if (known !== undefined) return new AppError(known.code, known.message, { cause: error });
  if (code !== undefined && CLIENT_GONE.has(code)) {
    return new AppError("request/invalid", "The request ended before its body was complete.", { cause: error });
  }
  return new AppError("internal/unexpected", "Something went wrong on the server.", { cause: error });
}

/** The answer to an error at `path`: the owning dialect's words, and `Retry-After` where the error says how long. */
export function buildErrorAnswer(
  error: AppError,
  request: Omit<UnansweredRequest, "allowedMethods"> & Partial<UnansweredRequest>,
  owner: MountedDialect,
): RouteAnswer {
  const answer = owner.toErrorAnswer(error, { allowedMethods: [], ...request });
  if (error.retryAfterS === undefined) return answer;
  return { ...answer, headers: { "retry-after": String(Math.ceil(error.retryAfterS)), ...answer.headers } };
}

/**
 * Takes back what an answer had said before its body failed: a cache would keep the error under the file's tag for as long
 * as the file, and its reader would be counted as one that was sent it. What was stored stays stored, and counted.
 */
function clearAnswer(request: FastifyRequest, reply: FastifyReply): void {
  // Fastify ends connections whose bodies it has not understood.
  for (const name of Object.keys(reply.getHeaders())) if (name !== "connection") reply.removeHeader(name);
  request.answerUsage = request.answerUsage?.filter(({ kind }) => kind !== "delivery");
}

/** Sends the answer to whatever went wrong. Server errors are logged with their cause; the client sees none of it. */
export function buildErrorSender(
  dialects: readonly MountedDialect[],
  logger: Logger,
): (thrown: unknown, request: FastifyRequest, reply: FastifyReply, allowedMethods?: readonly string[]) => FastifyReply {
  return (thrown, request, reply, allowedMethods = []) => {
    const config = request.routeOptions?.config;
    const error = toAppError(thrown, config?.route);
    const { path } = splitTarget(request.url);
    if (error.status >= 500) {
      logger.error(
        { err: error, internal: error.internal, requestId: request.id, target: hideSecrets(request.url) },
        `request failed: ${error.code}`,
      );
    }
    clearAnswer(request, reply);
    const owner = config?.dialect ?? findOwner(dialects, path);
    // Fastify ends the connection of a body that is too large. A client that is still sending it would get an error of the
    // network in the place of this answer (Node's fetch: EPIPE); dropRests takes in the rest instead, for so long.
    if (error.status === 413) reply.removeHeader("connection");
    const { method, requestsLeft } = request;
    const failed = { method, path, allowedMethods, ...(requestsLeft === null ? {} : { requestsLeft }) };
    return sendAnswer(reply, buildErrorAnswer(error, failed, owner));
  };
}
