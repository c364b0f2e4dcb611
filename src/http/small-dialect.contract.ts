/**
 * A small dialect with real routes, and a server around it, for the tests of http/. It belongs to no vendor: each route
 * is there for one rule of the server.
 */
import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { Route } from "../model/route.ts";
import type { Authentication, Principal } from "../model/token.ts";
import { AppError } from "../platform/errors.ts";
import { buildLogger, type Logger } from "../platform/log.ts";
import type { MountedDialect } from "./mounted-dialect.ts";
import { buildServer, type ServerDeps } from "./server.ts";

/** A principal of organization 1 that may read statistics; `over` changes fields. */
export function buildPrincipal(over: Partial<Principal> = {}): Principal {
  const plain = { id: "t1", organization: 1, name: "reader", role: "member", spaces: null, user: null } as const;
  return { ...plain, scopes: ["stats:read"], ...over };
}

const PRINCIPALS: Readonly<Record<string, Principal>> = {
  reader: buildPrincipal(),
  writer: buildPrincipal({ id: "t2", scopes: ["ingest"] }),
};

/** `reader` and `writer` are valid secrets; `old` has expired, `gone` was revoked. */
export async function authenticate(secret: string): Promise<Authentication> {
  const principal = PRINCIPALS[secret];
  if (principal !== undefined) return { ok: true, principal };
  return { ok: false, why: secret === "old" ? "expired" : secret === "gone" ? "revoked" : "unknown" };
}

const OK = { 200: { description: "What was asked for", schema: Type.Unknown() } };

/** A GET route at `path` that needs `stats:read` and answers what `answer` makes; fields can be changed. */
export function buildRoute(path: string, over: Partial<Route> = {}): Route {
  return {
    method: "GET",
    path,
    scope: "stats:read",
    summary: `Reads ${path}`,
    responses: OK,
    readParameters: () => null,
    answer: async (_, request) => ({
      status: 200,
      body: { params: request.params, query: [...request.query], path: request.path, baseUrl: request.baseUrl },
    }),
    ...over,
  };
}

/** Answers the body as the route saw it. */
const echoBody: Pick<Route, "answer"> = {
  answer: async (_, { body }) => ({
    status: 200,
    body: body instanceof URLSearchParams ? { form: [...body] } : { json: body ?? "none" },
  }),
};

/** Counts the bytes of a body that was handed on unread, and stops where the body says stop. */
const countBytes: Pick<Route, "answer"> = {
  answer: async (_, { body }) => {
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (chunk.includes("stop")) throw new AppError("store/unavailable", "Try again.", { retryAfterS: 1.2 });
    }
    return { status: 200, body: { bytes } };
  },
};

const JSON_BODY = { mediaTypes: ["application/json"], schema: Type.Unknown() };

/** The routes of the small dialect: what each is for is its name. */
export const SMALL_ROUTES: readonly Route[] = [
  buildRoute("/small/things"),
  buildRoute("/small/things/:id"),
  buildRoute("/small/things/:id", { method: "DELETE", body: JSON_BODY, ...echoBody }),
  buildRoute("/small/things/special"),
  buildRoute("/small/open", { scope: "none" }),
  buildRoute("/small/any", { scope: "any-token" }),
  buildRoute("/small/echo", { method: "POST", body: JSON_BODY, ...echoBody }),
  buildRoute("/small/lean", { method: "POST", body: JSON_BODY, bodyBytesMax: 8, ...echoBody }),
  buildRoute("/small/careless", { method: "POST", ...echoBody }),
  buildRoute("/small/bytes", { method: "POST", body: "stream", ...countBytes }),
  buildRoute("/small/lines", {
    method: "POST",
    body: { ...JSON_BODY, streamedMediaTypes: ["application/x-ndjson"] },
    answer: (parameters, request) =>
      Array.isArray(request.body) ? echoBody.answer(parameters, request) : countBytes.answer(parameters, request),
  }),
  buildRoute("/small/big", {
    answer: async () => ({ status: 200, headers: { "cache-control": "no-store" }, body: { n: 9007199254740993n } }),
  }),
  buildRoute("/small/nothing", { answer: async () => ({ status: 204 }) }),
  buildRoute("/small/file", {
    answer: async () => ({ status: 200, headers: { "content-type": "image/png" }, body: Readable.from(["p", "ng"]) }),
  }),
  buildRoute("/small/broken", {
    answer: async () => {
      throw new Error("secret detail: password=hunter2");
    },
  }),
  buildRoute("/small/parameters", {
    readParameters: () => {
      throw new AppError("request/invalid", "Parameter x is bad.");
    },
  }),
];

/** The routes of the checking dialect: the server checks its parameters by schema. */
export const CHECKED_ROUTES: readonly Route[] = [
  buildRoute("/checked", {
    query: Type.Object(
      {
        window: Type.Optional(Type.Union([Type.Literal("hour"), Type.Literal("day")])),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
        from: Type.String({ description: "An instant such as 2026-11-01T00:00:00Z." }),
        metric: Type.Optional(Type.Array(Type.String())),
        exact: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false },
    ),
    answer: async (_, request) => ({ status: 200, body: request.values }),
  }),
  buildRoute("/checked/:id", {
    pathParameters: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
    answer: async (_, request) => ({ status: 200, body: request.params }),
  }),
];

const readBearer: MountedDialect["readCredential"] = ({ headers }) =>
  /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? null;

/** Prefix `/small`, mounted under `/mount` too. Its errors are `{ "small": message }`. */
export const smallDialect: MountedDialect = {
  name: "small",
  pathPrefixes: ["/small"],
  mountedUnder: "/mount",
  validatesBySchema: false,
  refusesFirst: "parameters",
  routes: SMALL_ROUTES,
  readCredential: readBearer,
  toErrorAnswer: (error, { allowedMethods }) => ({
    status: error.status,
    ...(allowedMethods.length === 0 ? {} : { headers: { allow: allowedMethods.join(", ") } }),
    body: { small: error.message },
  }),
};

/** Owns everything that is not the small dialect's. Its errors are `{ "checked": code, "detail": message }`. */
export const checkedDialect: MountedDialect = {
  name: "checked",
  pathPrefixes: ["/checked", "/"],
  mountedUnder: null,
  validatesBySchema: true,
  refusesFirst: "scope",
  routes: CHECKED_ROUTES,
  readCredential: readBearer,
  errorForm: { mediaType: "application/json", schema: Type.Object({ checked: Type.String() }) },
  toErrorAnswer: (error) => ({ status: error.status, body: { checked: error.code, detail: error.message } }),
};

/** Keeps what is logged, as objects. `nextLine` resolves with the first line of that message, now or later. */
export function buildLogSink() {
  const lines: Record<string, unknown>[] = [];
  const arrivals = new EventEmitter();
  const record = (line: Record<string, unknown>, message: string) => {
    lines.push({ ...line, message });
    arrivals.emit(message, line);
  };
  const logger: Logger = Object.assign(Object.create(buildLogger("silent")), {
    info: record,
    debug: record,
    error: record,
  });
  return {
    logger,
    lines,
    nextLine: async (message: string): Promise<unknown> =>
      lines.find((line) => line.message === message) ?? (await once(arrivals, message))[0],
  };
}

/** A server with both dialects; close it after the test. */
export function buildSmallServer(over: Partial<ServerDeps> = {}): FastifyInstance {
  return buildServer({
    dialects: [smallDialect, checkedDialect],
    authenticate,
    health: [],
    logger: buildLogger("silent"),
    limits: { bodyBytesMax: 1_000, requestsPerSecondMax: 0 },
    publicUrl: null,
    version: "0.0.0",
    ...over,
  });
}
