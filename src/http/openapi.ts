/**
 * The OpenAPI document and its page, made from the same routes that are served.
 */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyContextConfig, FastifyInstance } from "fastify";
import { allMediaTypes, type CredentialForm, type Route } from "../model/route.ts";
import type { ErrorForm, MountedDialect } from "./mounted-dialect.ts";

/** The version of OpenAPI whose schemas are plain JSON Schema. */
const OPENAPI_VERSION = "3.1.0";

const BEARER: Readonly<Record<string, CredentialForm>> = { bearer: { type: "http", scheme: "bearer" } };

/** Must be called before any route is mounted: the document has what is mounted afterwards. */
export function describeRoutes(app: FastifyInstance, dialects: readonly MountedDialect[], version: string): void {
  app.register(swagger, {
    openapi: {
      openapi: OPENAPI_VERSION,
      info: {
        title: "assetmeter",
        version,
        description: "Usage of digital assets, counted exactly once, in this server's own and in compatible APIs.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      tags: [...dialects.map(({ name }) => ({ name })), { name: "health" }],
      components: { securitySchemes: Object.assign({}, ...dialects.map(nameForms)) },
    },
    transform: ({ schema, url, route }) => ({
      url,
      schema: toOperation(route.config, url) ?? schema ?? { hide: true },
    }),
  } as Parameters<typeof swagger>[1]);
  // Everything comes from this server: no validator, no fonts, no scripts from elsewhere.
  app.register(swaggerUi, { routePrefix: "/docs", uiConfig: { validatorUrl: null } } as Parameters<
    typeof swaggerUi
  >[1]);
}

/** Mounts the document itself, without a token: it says nothing that the source code does not. */
export function mountDocument(app: FastifyInstance): void {
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
}

/** A dialect's credential forms under names that no other dialect has. */
function nameForms(dialect: MountedDialect): Record<string, CredentialForm> {
  const forms = Object.entries(dialect.credentialForms ?? BEARER);
  return Object.fromEntries(forms.map(([name, form]) => [`${dialect.name}-${name}`, form]));
}

/** The operation of a dialect's route; null for routes that are none. The second path of a route is not listed. */
function toOperation(config: FastifyContextConfig | undefined, url: string): Record<string, unknown> | null {
  const { dialect, route } = config ?? {};
  if (dialect === undefined || route === undefined) return null;
  if (url !== route.path || route.method === "OPTIONS") return { hide: true };
  return {
    operationId: `${dialect.name}-${route.method.toLowerCase()}${toIdPart(route.path)}`,
    tags: [dialect.name],
    summary: route.summary,
    description: describeOperation(route),
    security: route.scope === "none" ? [] : Object.keys(nameForms(dialect)).map((name) => ({ [name]: [] })),
    response: toResponses(route, dialect.errorForm),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.pathParameters === undefined ? {} : { params: route.pathParameters }),
    ...(route.body === undefined ? {} : { body: { content: toBodyContent(route.body) } }),
  };
}

/** A path in letters, digits and hyphens. A real colon has a word of its own: `/a/::b` and `/a/b` may not share an id. */
function toIdPart(path: string): string {
  return path.replaceAll("::", "colon-").replaceAll(/[^A-Za-z0-9]+/g, "-");
}

function describeOperation(route: Route): string {
  const words = { none: "Needs no token.", "any-token": "Needs any valid token." } as Record<string, string>;
  const access = words[route.scope] ?? `Needs a token with the scope \`${route.scope}\`.`;
  return route.description === undefined ? access : `${route.description}\n\n${access}`;
}

function toBodyContent(body: NonNullable<Route["body"]>): Record<string, unknown> {
  if (body === "stream") return { "*/*": { schema: { description: "Bytes of any type." } } };
  return Object.fromEntries(allMediaTypes(body).map((mediaType) => [mediaType, { schema: body.schema }]));
}

/** `type: null` is this plugin's way to say that an answer has no body. */
function toResponses(route: Route, errorForm: ErrorForm | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({ ...listRefusals(route), ...route.responses }).map(([status, { description, schema }]) => {
      const form = schema === undefined ? undefined : { mediaType: "application/json", schema };
      const shown = form ?? (Number(status) >= 400 ? errorForm : undefined);
      return [
        status,
        shown === undefined
          ? { type: "null", description }
          : { description, content: { [shown.mediaType]: { schema: shown.schema } } },
      ];
    }),
  );
}

/** What the server itself answers for a route, where the route does not say it in words of its own. */
function listRefusals({ scope, path, query, body, pathParameters }: Route): Route["responses"] {
  const takesSomething = query !== undefined || body !== undefined || pathParameters !== undefined;
  const isOfAThing = /\/:\w/.test(path);
  return {
    ...(takesSomething ? { 400: { description: "A parameter or the body is not what it should be" } } : {}),
    ...(scope === "none" ? {} : { 401: { description: "No valid token" } }),
    ...(scope === "none" ? {} : { 403: { description: "The token lacks the scope, or its user is disabled" } }),
    ...(isOfAThing ? { 404: { description: "There is no such thing" } } : {}),
    503: { description: "The store or the catalogue does not answer, or too much waits; try again" },
  };
}
