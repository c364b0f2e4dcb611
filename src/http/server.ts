/**
 * The HTTP server: dialects in, a Fastify instance out. It knows requests and answers, no vendor and no usage.
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "../platform/log.ts";
import type { Authenticate } from "./access.ts";
import { boundBodies } from "./bound-bodies.ts";
import { HEADER_BYTES_MAX, type ParserError, refuseOnSocket } from "./client-error.ts";
import { buildErrorSender, isBodyOfNobody } from "./error-response.ts";
import { type HealthCheck, mountHealth, PING_MS_MAX } from "./health.ts";
import { endIdleBodies } from "./idle-bodies.ts";
import { type AnswerMeter, meterAnswers } from "./meter-answers.ts";
import { type MetricsAccess, measureAnswers, mountMetrics, type ServerMetrics } from "./metrics.ts";
import { mountRoutes } from "./mount-routes.ts";
import type { MountedDialect } from "./mounted-dialect.ts";
import { describeRoutes, mountDocument } from "./openapi.ts";
import { limitRequestRate } from "./rate-limit.ts";
import { dropRests, ignoreBodies } from "./read-body.ts";
import { logRequest, logRequests, readRequestId } from "./request-log.ts";
import { splitTarget, toQueryObject, toRoutedTarget } from "./request-target.ts";
import { buildAllowedMethods, buildUnrouted } from "./unrouted.ts";

/** The bounds that the server holds to. */
export type ServerLimits = {
  /** Bytes of a body that is parsed. Bodies that are handed on unread have no bound here. */
  readonly bodyBytesMax: number;
  /** Requests per second of one token; 0 for no bound. */
  readonly requestsPerSecondMax: number;
  /** Bytes of bodies that are on their way to be counted; no bound when left out. */
  readonly queueBytesMax?: number;
  /** Milliseconds in which a body must send something; BODY_IDLE_MS_MAX when left out. */
  readonly bodyIdleMsMax?: number;
  /** Milliseconds that `close()` leaves running requests; CLOSE_MS_MAX when left out. */
  readonly closeMsMax?: number;
  /** Milliseconds that one part may take to answer `/readyz`; PING_MS_MAX when left out. */
  readonly pingMsMax?: number;
};

/** What a server is built from. */
export type ServerDeps = {
  /** In order of OpenAPI's tags; the last one words the failures of paths that nobody owns. At least one. */
  readonly dialects: readonly MountedDialect[];
  readonly authenticate: Authenticate;
  readonly health: readonly HealthCheck[];
  readonly logger: Logger;
  /** Is told what was answered; null or left out: nobody is. */
  readonly meter?: AnswerMeter | null;
  /** What the server measures itself with, and who may read it; null or left out: nothing is measured. */
  readonly metrics?: { readonly figures: ServerMetrics; readonly access: MetricsAccess } | null;
  readonly limits: ServerLimits;
  /** Scheme and authority under which clients reach the server, without a slash at the end; null: as they asked. */
  readonly publicUrl: string | null;
  /** True: the other end of every connection is a proxy, and its X-Forwarded-… headers are believed. Left out: false. */
  readonly trustsProxy?: boolean;
  readonly version: string;
};

/** Path parameters of any length that a request line can have: an asset's path may be 4,096 bytes, escaped 12,288. */
const PARAM_LENGTH_MAX = HEADER_BYTES_MAX;

/** Until when a request's headers must be there: Node's own default, which its `requestTimeout` of 0 shall not touch. */
const HEADERS_MS_MAX = 60_000;

/** How long running requests may go on while the server closes. Docker kills after 10 s; the rest is for the last commit. */
const CLOSE_MS_MAX = 8_000;

/**
 * Builds the server; it listens when `listen` is called on it. `close()` takes no new requests, finishes running
 * ones, closes kept-alive connections and then resolves; what has not finished after `closeMsMax` is cut.
 */
export function buildServer(deps: ServerDeps): FastifyInstance {
  const { dialects, logger, limits } = deps;
  const sendError = buildErrorSender(dialects, logger);
  const allowedMethods = buildAllowedMethods(dialects);
  const app = fastify({
    logger: false,
    // One hop: of X-Forwarded-For the last address counts, which the proxy saw itself. Those before it are the client's
    // own words, under a new one of which it could guess passwords for ever.
    trustProxy: deps.trustsProxy === true ? (_address, hop) => hop === 0 : false,
    bodyLimit: limits.bodyBytesMax,
    http: { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: HEADERS_MS_MAX },
    rewriteUrl: (request) => toRoutedTarget(request.url ?? "/"),
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX, querystringParser: toQueryObject },
    // Nothing is dropped in silence: a mistyped parameter would otherwise answer another question than the one asked.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: "array", allErrors: false } },
    genReqId: (request) => readRequestId(request),
    // Fastify types the packet as JSON has it; Node hands over a Buffer.
    clientErrorHandler: (error, socket) => refuseOnSocket(error as unknown as ParserError, socket, dialects),
    frameworkErrors: (error, request, reply) => {
      sendError(error, request, reply);
      logRequest(logger, request, reply);
    },
  });
  app.decorateRequest("principal", null);
  const refuseUnrouted = (request: FastifyRequest, reply: FastifyReply) => {
    const { path } = splitTarget(request.url);
    const methods = allowedMethods(path);
    return sendError(buildUnrouted(methods, request.method, path), request, reply, methods);
  };
  app.setErrorHandler((error, request, reply) =>
    isBodyOfNobody(error, request) ? refuseUnrouted(request, reply) : sendError(error, request, reply),
  );
  app.setNotFoundHandler(refuseUnrouted);
  closeConnectionsAtEnd(app, limits.closeMsMax ?? CLOSE_MS_MAX);
  endIdleBodies(app, dialects, limits.bodyIdleMsMax);
  ignoreBodies(app);
  dropRests(app);
  logRequests(app, logger);
  measureAnswers(app, deps.metrics?.figures ?? null);
  meterAnswers(app, deps.meter ?? null, logger);
  describeRoutes(app, dialects, deps.version);
  limitRequestRate(app, limits.requestsPerSecondMax);
  boundBodies(app, {
    queueBytesMax: limits.queueBytesMax ?? Number.POSITIVE_INFINITY,
    bodyBytesMax: limits.bodyBytesMax,
  });
  app.register(async (open) => {
    mountHealth(open, deps.health, limits.pingMsMax ?? PING_MS_MAX);
    mountMetrics(open, deps.metrics?.figures ?? null, deps.metrics?.access ?? "nobody");
    mountDocument(open);
  });
  mountRoutes(app, dialects, { ...deps, bodyBytesMax: limits.bodyBytesMax });
  return app;
}

/**
 * Lets answers that are sent while the server closes end their connection: a client would otherwise keep it open for
 * as long as it likes, and `close()` would wait for it. It would wait as long for one that stalls in the middle of a
 * request: such connections are cut after `closeMsMax`, for whoever stops the server kills it in the end, and a killed one
 * commits nothing more.
 */
function closeConnectionsAtEnd(app: FastifyInstance, closeMsMax: number): void {
  let closing = false;
  let cutting: NodeJS.Timeout | undefined;
  app.addHook("preClose", async () => {
    closing = true;
    cutting = setTimeout(() => app.server.closeAllConnections(), closeMsMax);
  });
  app.addHook("onClose", async () => clearTimeout(cutting));
  app.addHook("onSend", async (_request, reply) => {
    if (closing) reply.header("connection", "close");
  });
}
