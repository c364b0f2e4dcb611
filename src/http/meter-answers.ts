/**
 * Tells the meter what was answered, after it was: an answer never waits for it, and a meter that fails changes none.
 */
import { finished } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Route } from "../model/route.ts";
import type { AnswerUsage, ServedRequest } from "../model/served-request.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/log.ts";
import { countReceivedBytes } from "./received-bytes.ts";
import { countSentBytes } from "./sent-bytes.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** What the route's answer counts as beside the request itself. */
    answerUsage: readonly AnswerUsage[];
    /** Says that what the request came to is known; null where nobody is told of it. */
    noteAnswer: (() => void) | null;
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

/**
 * Meters every answer of a route; null meters nothing. Each is counted when its response has ended and what it came to is
 * known, whichever is last: a client may hang up behind its last byte, while the upload that it sent is still stored.
 * Closing waits for those, whose connections the server itself does not wait for any more.
 */
export function meterAnswers(app: FastifyInstance, meter: AnswerMeter | null, logger: Logger): void {
  app.decorateRequest("answerUsage");
  app.decorateRequest("noteAnswer", null);
  if (meter === null) return;
  const uncounted = new Map<FastifyRequest, PromiseWithResolvers<void>>();
  // The first hook of all, so that it runs before the first piece of a body that came together with its headers.
  app.addHook("onRequest", async (request, reply) => {
    request.answerUsage = [];
    const { route } = request.routeOptions.config;
    if (route === undefined) return;
    onComplete(request, reply, (sent) => {
      try {
        const served = describeServed({ request, route, ...sent }, meter);
        if (served !== null) meter.record(served);
      } catch (error) {
        logger.error({ err: error, requestId: request.id }, "an answer could not be metered");
      }
      uncounted.get(request)?.resolve();
      uncounted.delete(request);
    });
  });
  // From here on something may be stored or removed. Not before: a request whose client left early may never get here, nor to
  // an answer, and closing would wait for it for ever.
  app.addHook("preHandler", async (request) => {
    if (request.noteAnswer !== null) uncounted.set(request, Promise.withResolvers());
  });
  // Every answer passes here, a refusal too, and also when nobody is left to read it.
  app.addHook("onSend", async (request) => request.noteAnswer?.());
  app.addHook("onClose", async () => {
    await Promise.all(Array.from(uncounted.values(), ({ promise }) => promise));
  });
}

/** How a response ended: `isUnsent` when its client had gone before there was anything to send. */
type SentAnswer = { readonly sentBytes: number; readonly receivedBytes: number; readonly isUnsent: boolean };

/** Calls `count` once, when the response has ended and the answer is known; never, where there is no answer. */
function onComplete(request: FastifyRequest, reply: FastifyReply, count: (sent: SentAnswer) => void): void {
  const sentBytes = countSentBytes(reply.raw);
  const receivedBytes = countReceivedBytes(request.raw);
  const complete = (sent: SentAnswer): void => {
    request.noteAnswer = null;
    count(sent);
  };
  let isAnswered = false;
  request.noteAnswer = () => {
    isAnswered = true;
  };
  finished(reply.raw, (failure) => {
    const bytes = { sentBytes: sentBytes(!failure), receivedBytes: receivedBytes() };
    // A whole response was an answer, whoever wrote it.
    if (isAnswered || !failure) complete({ ...bytes, isUnsent: false });
    else request.noteAnswer = () => complete({ ...bytes, isUnsent: true });
  });
}

type Answered = SentAnswer & {
  readonly request: FastifyRequest;
  readonly route: Route;
};

/** What the meter is told; null for a request that counts as nothing. */
function describeServed({ request, route, ...sent }: Answered, meter: AnswerMeter): ServedRequest | null {
  const isInternal = meter.isInternal(request.headers as Record<string, string | undefined>);
  // Storing and removing always counts: what is stored would otherwise be more or less than what is said to be. A file of
  // which not even the head was sent is no delivery.
  const delivers = !isInternal && !sent.isUnsent;
  const usage = delivers ? request.answerUsage : request.answerUsage.filter(({ kind }) => kind !== "delivery");
  const api = isInternal ? null : describeApi(request, route);
  if (api === null && usage.length === 0) return null;
  return {
    timeMs: meter.clock.now(),
    api,
    bytesIn: sent.receivedBytes,
    bytesOut: sent.sentBytes,
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
