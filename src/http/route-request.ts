/**
 * A Fastify request in the words of model/route.ts, and a route's answer on its way out. The only file that turns one
 * into the other.
 */
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { toClientAddress } from "../model/client-address.ts";
import type { RouteAnswer, RouteRequest } from "../model/route.ts";
import { toJson } from "../platform/json.ts";
import type { CredentialRequest } from "./mounted-dialect.ts";
import { splitTarget } from "./request-target.ts";

/** Vendors' clients parse an answer as JSON only when it says so, errors included. */
const JSON_TYPE = "application/json; charset=utf-8";

/** Path, query and headers: all that a credential can be in. */
export function toCredentialRequest(request: FastifyRequest): CredentialRequest {
  const { path, search } = splitTarget(request.url);
  return { path, query: new URLSearchParams(search), headers: request.headers as Record<string, string | undefined> };
}

/** The request as routes see it. `publicUrl` null: the address that the client itself used. */
export function toRouteRequest(
  request: FastifyRequest,
  options: { readonly publicUrl: string | null; readonly validated: boolean },
): RouteRequest {
  const params = request.params as Record<string, unknown>;
  return {
    ...toCredentialRequest(request),
    method: request.method,
    params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])),
    values: options.validated ? (request.query as Record<string, unknown>) : {},
    body: request.body,
    address: toClientAddress(request.ip),
    baseUrl: options.publicUrl ?? readOwnUrl(request),
    principal: request.principal,
    ...(request.requestsLeft === null ? {} : { requestsLeft: request.requestsLeft }),
  };
}

/** A host name or address with or without a port, and nothing that would begin a path or user name. */
const AUTHORITY = /^[\w.:[\]-]+$/;

/**
 * Scheme and authority as the client used them, or as a trusted proxy says that it did. `localhost` for a Host header
 * that is left out (HTTP/1.0) or no host: routes build addresses from it.
 */
function readOwnUrl(request: FastifyRequest): string {
  const scheme = /^https$/i.test(request.protocol) ? "https" : "http";
  const url = `${scheme}://${request.host}`;
  return AUTHORITY.test(request.host ?? "") && URL.canParse(url) ? url : `${scheme}://localhost`;
}

/** Sends a route's answer: JSON unless the body is text, bytes or a stream already; no body for undefined. */
export function sendAnswer(reply: FastifyReply, answer: RouteAnswer): FastifyReply {
  reply.code(answer.status);
  if (answer.usage !== undefined) reply.request.answerUsage = answer.usage;
  const { body } = answer;
  if (body === undefined) return reply.headers(answer.headers ?? {}).send();
  if (typeof body === "string" || body instanceof Uint8Array || body instanceof Readable) {
    return reply.headers(answer.headers ?? {}).send(body);
  }
  return reply
    .header("content-type", JSON_TYPE)
    .headers(answer.headers ?? {})
    .send(toJson(body));
}
