/**
 * Route: one endpoint of a dialect, said once. The HTTP server mounts it, the access check reads its scope, OpenAPI is
 * made from its schemas. Nothing here knows Fastify.
 */
import type { TSchema } from "typebox";
import type { AnswerUsage } from "./served-request.ts";
import type { Principal, Scope } from "./token.ts";

/** What a request brings. Header names are lower-case. */
export type RouteRequest = {
  readonly method: string;
  /** The path after repeated slashes are joined and a trailing one is dropped. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  /** The query string exactly as sent; repeated names are kept. */
  readonly query: URLSearchParams;
  /** The query as the route's schema reads it (numbers are numbers); {} in dialects that do not validate by schema. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * Parsed JSON, or a URLSearchParams for a form, or undefined without a body (an empty one counts as none). Where the
   * route has the body handed on unparsed: a Buffer, or undefined. Where unread: an AsyncIterable<Buffer>, also for an empty
   * body.
   */
  readonly body: unknown;
  /** The network address that the request came from: of a proxy in between, or of its client where it is trusted. */
  readonly address: string;
  /** Scheme and authority under which clients reach this server, without a slash at the end. */
  readonly baseUrl: string;
  /** Who asks. Only routes with scope `none` see null. */
  readonly principal: Principal | null;
  /** How many more requests may be sent in this second after this one; left out where there is no bound. */
  readonly requestsLeft?: number;
};

/**
 * What a route answers. `body`: undefined for none; a string, Buffer or stream as it is (say the content type);
 * anything else becomes JSON, in which a bigint is printed with all its digits.
 */
export type RouteAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What the answer counts as beside the request itself: files that it sends, or that it stored or removed. */
  readonly usage?: readonly AnswerUsage[];
};

/** What a route needs to be allowed: one scope, any valid token, or nothing at all. */
export type RouteScope = Scope | "any-token" | "none";

/**
 * What a route's body may be. `mediaTypes` and `schema` document it: bodies are the route's own to check.
 * `unparsedMediaTypes` are accepted too and handed on as a Buffer, `streamedMediaTypes` unread and without a bound on their
 * length.
 */
export type RouteBody = {
  readonly mediaTypes: readonly string[];
  readonly schema: TSchema;
  readonly unparsedMediaTypes?: readonly string[];
  readonly streamedMediaTypes?: readonly string[];
};

/** Every media type that a body may have. */
export function allMediaTypes(body: RouteBody): readonly string[] {
  return [...body.mediaTypes, ...(body.unparsedMediaTypes ?? []), ...(body.streamedMediaTypes ?? [])];
}

/** How OpenAPI describes where a credential goes. */
export type CredentialForm =
  | { readonly type: "http"; readonly scheme: "bearer"; readonly description?: string }
  | {
      readonly type: "apiKey";
      readonly in: "header" | "query";
      readonly name: string;
      readonly description?: string;
    };

/**
 * One endpoint. `Parameters` is what `readParameters` made of the request: it throws AppError on bad parameters and
 * does no I/O, so that the server can run it before or after the scope check as the vendor's order of errors asks.
 */
export type Route<Parameters = unknown> = {
  /** A GET route answers HEAD too, without the body. */
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  /** Parameters as `:name`: `/v1/spaces/:space_id/assets`. */
  readonly path: string;
  readonly scope: RouteScope;
  /** One line for OpenAPI. */
  readonly summary: string;
  /** More for OpenAPI, Markdown. */
  readonly description?: string;
  /** An object schema of the query parameters. */
  readonly query?: TSchema;
  /** An object schema of the path parameters; without it each is text. */
  readonly pathParameters?: TSchema;
  /**
   * `stream`: the body is handed on unread, whatever its type. Otherwise JSON and forms are parsed. Without this field
   * too, but then a body that cannot be parsed is ignored instead of refused.
   */
  readonly body?: RouteBody | "stream";
  /** The most bytes of a parsed body, where it is less than the server's bound. */
  readonly bodyBytesMax?: number;
  /**
   * False: answers count as no API request of this server, because the route sends files or takes usage in. A path
   * parameter `space_id` names the space that a request is counted under.
   */
  readonly countsAsApi?: boolean;
  readonly responses: Readonly<Record<number, { readonly description: string; readonly schema?: TSchema }>>;
  readParameters(request: RouteRequest): Parameters;
  /** Rejects with an AppError; with PartlyDone where usage has come about all the same. */
  answer(parameters: Parameters, request: RouteRequest): Promise<RouteAnswer>;
};
