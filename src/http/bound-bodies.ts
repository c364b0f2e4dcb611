/**
 * The bytes of all bodies that are on their way to be counted, bounded: what comes on top is answered with 503 before it
 * is read, so that memory stays where the configuration says and what was taken in is still committed.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Route } from "../model/route.ts";
import { AppError } from "../platform/errors.ts";

/** What a body that is handed on unread may hold in memory: one part that comes, and three on their way to be counted. */
const STREAM_BYTES = 8 * 1024 * 1024;

/** Seconds after which a refused sender may try again: some commits take less. */
const RETRY_AFTER_S = 2;

/** Bounds of boundBodies, in bytes. */
export type BodyBounds = { readonly queueBytesMax: number; readonly bodyBytesMax: number };

/**
 * Refuses bodies of routes that take usage in when those on their way have `queueBytesMax` bytes already. A body counts
 * from its headers to its answer, that is, until it is committed. One alone is always taken, whatever its length.
 */
export function boundBodies(app: FastifyInstance, { queueBytesMax, bodyBytesMax }: BodyBounds): void {
  let bytesOnTheWay = 0;
  app.addHook("preParsing", async (request, reply) => {
    if (routeOf(request)?.scope !== "ingest") return;
    const bytes = weigh(request, bodyBytesMax);
    if (bytesOnTheWay > 0 && bytesOnTheWay + bytes > queueBytesMax) {
      throw new AppError(
        "sources/overloaded",
        `${bytesOnTheWay} bytes wait to be counted already; nothing of this request was counted. Try again.`,
        { retryAfterS: RETRY_AFTER_S },
      );
    }
    bytesOnTheWay += bytes;
    // Comes once, after the answer as well as when the client goes away before it.
    reply.raw.once("close", () => {
      bytesOnTheWay -= bytes;
    });
  });
}

function routeOf(request: FastifyRequest): Route | undefined {
  return request.routeOptions.config.route;
}

/** A body without a length may turn out to be as long as any. */
function weigh(request: FastifyRequest, bodyBytesMax: number): number {
  const body = routeOf(request)?.body;
  const mediaType = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const isStreamed = body === "stream" || (typeof body === "object" && body.streamedMediaTypes?.includes(mediaType));
  const length = Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY);
  return Math.min(length, isStreamed ? STREAM_BYTES : bodyBytesMax);
}
