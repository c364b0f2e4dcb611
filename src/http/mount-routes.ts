/**
 * Mounts the routes of the dialects: access, parameters, scope and answer in the order that each dialect asks for.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Route } from "../model/route.ts";
import { PartlyDone } from "../model/served-request.ts";
import type { Principal } from "../model/token.ts";
import { type Authenticate, readPrincipal, requireScope } from "./access.ts";
import type { MountedDialect } from "./mounted-dialect.ts";
import { handOnBodies, parseBodies } from "./read-body.ts";
import { sendAnswer, toCredentialRequest, toRouteRequest } from "./route-request.ts";
import { listPaths, listRefused } from "./unrouted.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The dialect and the route that a mounted path belongs to. */
    dialect?: MountedDialect;
    route?: Route;
    isHealthCheck?: boolean;
  }
  interface FastifyRequest {
    /** Who asks, once the access check has run. */
    principal: Principal | null;
  }
}

/** What mounting needs beside the routes. */
export type MountOptions = {
  readonly authenticate: Authenticate;
  readonly bodyBytesMax: number;
  readonly publicUrl: string | null;
};

/** Mounts every route of every dialect, at each of its paths, and refuses what only looks like one. */
export function mountRoutes(app: FastifyInstance, dialects: readonly MountedDialect[], options: MountOptions): void {
  const routes = dialects.flatMap((dialect) => dialect.routes.map((route) => ({ dialect, route })));
  app.register(async (parsed) => {
    parseBodies(parsed, listStreamedTypes(routes.map(({ route }) => route)), options.bodyBytesMax);
    for (const { dialect, route } of routes) if (route.body !== "stream") mountRoute(parsed, dialect, route, options);
  });
  app.register(async (unread) => {
    handOnBodies(unread);
    for (const { dialect, route } of routes) if (route.body === "stream") mountRoute(unread, dialect, route, options);
    for (const { method, path } of listRefused(dialects)) {
      // Before the access check: that a path does not answer a method is said to everybody.
      const refuse = async (_: FastifyRequest, reply: FastifyReply) => reply.callNotFound();
      unread.route({ method, url: path, onRequest: refuse, handler: refuse });
    }
  });
}

function listStreamedTypes(routes: readonly Route[]): readonly string[] {
  const types = routes.flatMap(({ body }) => (typeof body === "object" ? (body.streamedMediaTypes ?? []) : []));
  return [...new Set(types)];
}

function mountRoute(app: FastifyInstance, dialect: MountedDialect, route: Route, options: MountOptions): void {
  for (const url of listPaths(dialect, route)) {
    app.route({
      method: route.method,
      url,
      config: { dialect, route },
      bodyLimit: Math.min(route.bodyBytesMax ?? options.bodyBytesMax, options.bodyBytesMax),
      ...(dialect.validatesBySchema ? { schema: toCheckedSchema(route) } : {}),
      onRequest: [(request) => admit(request, dialect, route, options.authenticate)],
      handler: async (request, reply) => {
        const asked = toRouteRequest(request, { publicUrl: options.publicUrl, validated: dialect.validatesBySchema });
        const parameters = route.readParameters(asked);
        if (dialect.refusesFirst === "parameters") requireScope(route.scope, request.principal);
        return sendAnswer(reply, await route.answer(parameters, asked).catch((error) => failPartly(request, error)));
      },
    });
  }
}

/** Runs before the body is read: who may not send a body should not be able to make the server keep one. */
async function admit(
  request: FastifyRequest,
  dialect: MountedDialect,
  route: Route,
  authenticate: Authenticate,
): Promise<void> {
  if (route.scope === "none") return;
  request.principal = await readPrincipal(dialect, toCredentialRequest(request), authenticate);
  if (dialect.refusesFirst === "scope") requireScope(route.scope, request.principal);
}

/** Notes what was done before the failure, and throws what the client shall read. */
function failPartly(request: FastifyRequest, error: unknown): never {
  if (!(error instanceof PartlyDone)) throw error;
  request.answerUsage = error.usage;
  throw error.cause;
}

/** Query and path only: a check of the body would turn the text "5" of somebody's event into a number. */
function toCheckedSchema(route: Route): Record<string, unknown> {
  return {
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.pathParameters === undefined ? {} : { params: route.pathParameters }),
  };
}
