/**
 * The bytes of all bodies that are on their way to be counted, bounded: what comes on top is answered with 503, most of it
 * before it is read, so that memory stays where the configuration says and what was taken in is still committed.
 */
import { type Readable, Transform } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Route } from "../model/route.ts";
import { AppError } from "../platform/errors.ts";

/** What a body that is handed on unread may hold in memory: one part that comes, and three on their way to be counted. */
const STREAM_BYTES = 8 * 1024 * 1024;

/**
 * A body of up to so many bytes counts whole from its headers on: most requests are as short, and to count each as it
 * comes would cost more than it holds. It takes a thousand such requests that send nothing to use up the bound's default.
 */
const SHORT_BODY_BYTES_MAX = 128 * 1024;

/** Seconds after which a refused sender may try again: some commits take less. */
const RETRY_AFTER_S = 2;

/** Bounds of boundBodies, in bytes. */
export type BodyBounds = { readonly queueBytesMax: number; readonly bodyBytesMax: number };

/**
 * Refuses bodies of routes that take usage in when those on their way have `queueBytesMax` bytes already. A body counts
 * until its answer, that is, until it is committed. Of a long one that counts which has come, and not what its headers
 * announce: sixteen clients that announce much and send nothing would otherwise keep everybody else's usage out. What it announces
 * must be free when it begins; one alone is always taken, whatever its length.
 */
export function boundBodies(app: FastifyInstance, { queueBytesMax, bodyBytesMax }: BodyBounds): void {
  let bytesOnTheWay = 0;
  app.addHook("preParsing", async (request, reply, payload: Readable) => {
    if (routeOf(request)?.scope !== "ingest") return payload;
    // Gone while it was found out who asks: no event of it comes any more, neither an end to read up to nor one to count down at.
    if (reply.raw.destroyed) throw new AppError("request/timed-out", "The client has gone before its body was read.");
    const bytesMax = weigh(request, bodyBytesMax);
    if (bytesOnTheWay > 0 && bytesOnTheWay + bytesMax > queueBytesMax) {
      throw refuse(bytesOnTheWay, "nothing of this request was counted. Try again.");
    }
    let held = 0;
    const hold = (bytes: number): void => {
      held += bytes;
      bytesOnTheWay += bytes;
    };
    // Comes once, after the answer as well as when the client goes away before it.
    reply.raw.once("close", () => hold(-held));
    if (bytesMax <= SHORT_BODY_BYTES_MAX) {
      hold(bytesMax);
      return payload;
    }
    return passOn(payload, reply, (chunkBytes) => {
      const more = Math.min(chunkBytes, bytesMax - held);
      if (bytesOnTheWay > held && bytesOnTheWay + more > queueBytesMax) {
        throw refuse(bytesOnTheWay, "send the request again: what was counted of it is not counted twice.");
      }
      hold(more);
    });
  });
}

/** `payload` with every chunk shown to `see` first, whose error ends it and leaves the connection for the answer. */
function passOn(payload: Readable, reply: FastifyReply, see: (chunkBytes: number) => void): Readable {
  const passed = new Transform({
    transform(chunk: Buffer, _, done) {
      try {
        see(chunk.length);
      } catch (error) {
        done(error as Error);
        return;
      }
      done(null, chunk);
    },
  });
  // `pipe` and not `pipeline`, which would destroy the payload, and with it the connection, for an error of `see`.
  payload.pipe(passed);
  payload.once("error", (error) => passed.destroy(error));
  // Nobody reads the rest after the answer. Left piped, it would wait for ever, and the connection's next request with it.
  reply.raw.once("close", () => payload.unpipe(passed).resume());
  return passed;
}

function refuse(bytesOnTheWay: number, advice: string): AppError {
  const message = `${bytesOnTheWay} bytes wait to be counted already; ${advice}`;
  return new AppError("sources/overloaded", message, { retryAfterS: RETRY_AFTER_S });
}

function routeOf(request: FastifyRequest): Route | undefined {
  return request.routeOptions.config.route;
}

/** What a body may come to hold. One without a length may turn out to be as long as any. */
function weigh(request: FastifyRequest, bodyBytesMax: number): number {
  const body = routeOf(request)?.body;
  const mediaType = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const isStreamed = body === "stream" || (typeof body === "object" && body.streamedMediaTypes?.includes(mediaType));
  const length = Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY);
  return Math.min(length, isStreamed ? STREAM_BYTES : bodyBytesMax);
}
