/**
 * Bodies: which media types are parsed, which are handed on as bytes or unread, and what is refused.
 */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { allMediaTypes, type Route } from "../model/route.ts";
import { AppError } from "../platform/errors.ts";
import { parseJsonBytes } from "../platform/json-bytes.ts";
import { buildTurns } from "../platform/turns.ts";

const FORM = "application/x-www-form-urlencoded";

/** `application/json` and every type with a `+json` suffix. */
const JSON_MEDIA_TYPE = /^application\/(?:[\w.!#$&^-]+\+)?json$/;

/** A body from this length on waits for a turn before it is parsed. */
const LONG_BODY_BYTES = 16 * 1024;

/** A route's own say about a body, as the body parser meets it again at the request. */
function routeOf(request: FastifyRequest): Route | undefined {
  return request.routeOptions.config.route;
}

/**
 * Parses JSON and forms of routes on `app` up to `bodyBytesMax` bytes, and hands on as bytes or unread what a route lists
 * in `unparsedMediaTypes` and `streamedMediaTypes`. The streamed types have to be known beforehand: Fastify decides by them
 * before the route is asked.
 */
export function parseBodies(app: FastifyInstance, streamedMediaTypes: readonly string[], bodyBytesMax: number): void {
  const nextTurn = buildTurns();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "*",
    { parseAs: "buffer", bodyLimit: bodyBytesMax },
    async (request: FastifyRequest, bytes: Buffer) => {
      if (bytes.length >= LONG_BODY_BYTES && !takes(request, "unparsedMediaTypes")) await nextTurn();
      return parseBody(request, bytes);
    },
  );
  for (const mediaType of streamedMediaTypes) {
    app.addContentTypeParser(mediaType, async (request: FastifyRequest, payload: Readable) => {
      if (takesNone(request)) return undefined;
      if (!takes(request, "streamedMediaTypes")) throw unsupported(request, mediaType);
      requirePlain(request);
      return toUnreadBody(payload);
    });
  }
}

/** Hands every body of routes on `app` on unread. */
export function handOnBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", async (_request: FastifyRequest, payload: Readable) => toUnreadBody(payload));
  app.addHook("preHandler", async (request) => {
    request.body ??= Readable.from([]);
  });
}

/**
 * Looks at no body on `app` itself, which answers where no route does. Fastify's own parsers would refuse a body before it
 * is known that there is nothing at its path, an empty one of JSON with a failure of the server.
 */
export function ignoreBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", async () => undefined);
}

/** How long the rest of a body that nobody reads is taken in before its connection is cut. */
const REST_MS_MAX = 30_000;

/** The body as an iterable that may be left early; dropRests does the rest then. */
function toUnreadBody(payload: Readable): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => payload.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer> };
}

/**
 * Takes in and drops what is left of a body when the answer has been sent: a route may stop reading at the first
 * mistake. Node does this only for bodies that nobody began to read. Without it, the next request on the connection
 * would wait for ever behind the rest, and so would the server's `close()`; cutting the connection at once instead
 * could take the answer away from a client that is still sending.
 */
export function dropRests(app: FastifyInstance): void {
  app.addHook("onResponse", async ({ raw }) => {
    if (raw.readableEnded || raw.destroyed) return;
    const timer = setTimeout(() => raw.destroy(), REST_MS_MAX).unref();
    raw.once("close", () => clearTimeout(timer));
    // A reader that was left while it waited for more still listens, and while anybody does, nothing flows. Node takes note
    // of it in the next turn.
    raw.removeAllListeners("readable");
    process.nextTick(() => raw.resume());
  });
}

/** Whether the request's route takes bodies of the request's type so. */
function takes(request: FastifyRequest, how: "unparsedMediaTypes" | "streamedMediaTypes"): boolean {
  const body = routeOf(request)?.body;
  return typeof body === "object" && (body[how]?.includes(mediaTypeOf(request)) ?? false);
}

/** A route that says nothing of a body does not care about one, whatever it is. */
function takesNone(request: FastifyRequest): boolean {
  return routeOf(request)?.body === undefined;
}

function mediaTypeOf({ headers }: FastifyRequest): string {
  return (headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

/** The parsed body, or undefined for none: an empty body is none whatever its type says. */
function parseBody(request: FastifyRequest, bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return parseMedia(request, bytes);
  } catch (error) {
    if (takesNone(request)) return undefined;
    throw error;
  }
}

function parseMedia(request: FastifyRequest, bytes: Buffer): unknown {
  const mediaType = mediaTypeOf(request);
  requirePlain(request);
  if (takes(request, "unparsedMediaTypes")) return bytes;
  if (mediaType === FORM) return new URLSearchParams(bytes.toString("utf8"));
  if (JSON_MEDIA_TYPE.test(mediaType)) return parseJsonBytes(bytes);
  throw unsupported(request, mediaType);
}

/** Without this, packed JSON would be refused as broken JSON, and packed lines as thousands of bad records. */
function requirePlain(request: FastifyRequest): void {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return;
  throw new AppError("request/media-type-unsupported", `Bodies with Content-Encoding ${encoding} are not read here.`);
}

function unsupported(request: FastifyRequest, mediaType: string): AppError {
  const body = routeOf(request)?.body;
  const accepted = typeof body === "object" ? allMediaTypes(body) : ["application/json"];
  const sent = mediaType === "" ? "Bodies without Content-Type are" : `Bodies of type ${mediaType} are`;
  return new AppError("request/media-type-unsupported", `${sent} not read here. Send ${accepted.join(", ")}.`);
}
