/**
 * Tells the meter what was answered, after it was: an answer never waits for it, and a meter that fails changes none.
 */
import { finished } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Route } from "../model/route.ts";
import type { AnswerUsage, ServedRequest } from "../model/served-request.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/log.ts";
import { countSentBytes } from "./sent-bytes.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** What the route's answer counts as beside the request itself. */
    answerUsage: readonly AnswerUsage[];
  }
}

/** The meter as the server sees it. */
export type AnswerMeter = {
  /** Takes one answered request; must not wait for anything. */
  readonly record: (served: ServedRequest) => void;
  /** True for a request that shall not be counted, neither as an API request nor as a delivery. */
  readonly isInternal: (headers: Readonly<Record<string, string | undefined>>) => boolean;
  readonly clock: Clock;
};

/** Meters every answer of a route; null meters nothing. */
export function meterAnswers(app: FastifyInstance, meter: AnswerMeter | null, logger: Logger): void {
  app.decorateRequest("answerUsage");
  app.addHook("onRequest", async (request, reply) => {
    request.answerUsage = [];
    const { route } = request.routeOptions.config;
    if (meter === null || route === undefined) return;
    const sentBytes = countSentBytes(reply.raw);
    finished(reply.raw, (failure) => {
      try {
        const served = describeServed({ request, route, sentBytes: sentBytes(!failure) }, meter);
        if (served !== null) meter.record(served);
      } catch (error) {
        logger.error({ err: error, requestId: request.id }, "an answer could not be metered");
      }
    });
  });
}

type Answered = {
  readonly request: FastifyRequest;
  readonly route: Route;
  readonly sentBytes: number;
};

/** What the meter is told; null for a request that counts as nothing. */
function describeServed({ request, route, sentBytes }: Answered, meter: AnswerMeter): ServedRequest | null {
  const isInternal = meter.isInternal(request.headers as Record<string, string | undefined>);
  // Storing and removing always counts: what is stored would otherwise be more or less than what is said to be.
  const usage = isInternal ? request.answerUsage.filter(({ kind }) => kind !== "delivery") : request.answerUsage;
  const api = isInternal ? null : describeApi(request, route);
  if (api === null && usage.length === 0) return null;
  return {
    timeMs: meter.clock.now(),
    api,
    bytesIn: readLength(request.headers["content-length"]),
    bytesOut: sentBytes,
    usage,
  };
}

/** Requests of nobody (without a valid token) count for nobody. */
function describeApi(request: FastifyRequest, route: Route): ServedRequest["api"] {
  const { principal } = request;
  if (principal === null || route.countsAsApi === false) return null;
  const space = Number((request.params as Record<string, unknown>).space_id);
  return {
    organization: principal.organization,
    user: principal.user,
    space: Number.isSafeInteger(space) && space > 0 ? space : null,
    operation: toOperation(route.path),
  };
}

/**
 * `/v1/spaces/:space_id/assets/:id` becomes `/v1/spaces/{ID}/assets/{ASSET_ID}`: what the same request becomes when a log
 * says it. Of the route and not of the path, so that there are no more operations than routes.
 */
export function toOperation(path: string): string {
  return path
    .split("/")
    .map((segment, index, segments) => {
      if (segment.startsWith("::")) return segment.slice(1);
      if (!segment.startsWith(":")) return segment;
      if (!/id$/i.test(segment)) return `{${segment.slice(1).toUpperCase()}}`;
      return segments[index - 1] === "assets" ? "{ASSET_ID}" : "{ID}";
    })
    .join("/");
}

function readLength(header: string | undefined): number {
  const bytes = Number(header ?? 0);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0;
}
