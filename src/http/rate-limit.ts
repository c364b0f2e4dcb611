/**
 * The optional bound on requests per second of one token (of one address where there is none).
 */
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance } from "fastify";
import { toClientAddress } from "../model/client-address.ts";
import { AppError } from "../platform/errors.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** How many more requests its token may send in this second; null without a bound. */
    requestsLeft: number | null;
  }
}

/** Refuses with `request/too-many` and `Retry-After` what goes over the bound; 0 is no bound. Counts in this process. */
export function limitRequestRate(app: FastifyInstance, requestsPerSecondMax: number): void {
  app.decorateRequest("requestsLeft", null);
  if (requestsPerSecondMax === 0) return;
  app.register(rateLimit, {
    max: requestsPerSecondMax,
    timeWindow: 1_000,
    keyGenerator: (request) => request.principal?.id ?? toClientAddress(request.ip),
    // Clients read Retry-After; some read a header with "reset" in its name in another unit than this plugin sends.
    addHeaders: HEADERS_OFF,
    addHeadersOnExceeding: { ...HEADERS_OFF, [LEFT]: true },
    errorResponseBuilder: (_request, { max, ttl }) =>
      new AppError("request/too-many", `Rate limit of ${max} request per second has been reached. Retry later.`, {
        retryAfterS: Math.max(1, Math.ceil(ttl / 1_000)),
      }),
  });
  app.addHook("preHandler", async (request, reply) => {
    const left = reply.getHeader(LEFT);
    request.requestsLeft = typeof left === "number" ? left : null;
    reply.removeHeader(LEFT);
  });
  // What is refused before it is handled, such as a body that is no JSON, never gets there.
  app.addHook("onSend", async (_request, reply) => {
    reply.removeHeader(LEFT);
  });
}

/** The header in which the plugin says what is left: to this server only, each dialect has words of its own. */
const LEFT = "x-ratelimit-remaining";

const HEADERS_OFF = {
  "x-ratelimit-limit": false,
  [LEFT]: false,
  "x-ratelimit-reset": false,
  "retry-after": false,
};
