/**
 * One log line per request, and the id under which client and log speak of the same request.
 */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Ids, randomIds } from "../platform/ids.ts";
import type { Logger } from "../platform/log.ts";
import { hideSecrets } from "./request-target.ts";

/** Ids that a client may choose itself: short, and nothing that a log viewer would take for markup. */
const CLIENT_REQUEST_ID = /^[\w.-]{1,64}$/;

/** The client's `x-request-id` where it is one, else a new one. */
export function readRequestId(request: Pick<IncomingMessage, "headers">, ids: Ids = randomIds): string {
  const sent = request.headers["x-request-id"];
  return typeof sent === "string" && CLIENT_REQUEST_ID.test(sent) ? sent : ids.uuid();
}

/** Writes a line when an answer has been sent, or when the client left before it was. Never a secret. */
export function logRequests(app: FastifyInstance, logger: Logger): void {
  app.addHook("onSend", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  app.addHook("onResponse", async (request, reply) => logRequest(logger, request, reply));
  app.addHook("onRequestAbort", async (request) => {
    logger.info({ ...describeRequest(request), status: null }, "request aborted by the client");
  });
}

/** The line itself. Health checks come every few seconds and are written at the level debug. */
export function logRequest(logger: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const durationMs = Math.round(reply.elapsedTime * 10) / 10;
  const line = { ...describeRequest(request), status: reply.statusCode, durationMs };
  if (request.routeOptions?.config?.isHealthCheck === true) logger.debug(line, "request");
  else logger.info(line, "request");
}

function describeRequest(request: FastifyRequest): Record<string, unknown> {
  return {
    requestId: request.id,
    method: request.method,
    target: hideSecrets(request.url),
    dialect: request.routeOptions?.config?.dialect?.name ?? null,
    principal: request.principal?.id ?? null,
    organization: request.principal?.organization ?? null,
  };
}
