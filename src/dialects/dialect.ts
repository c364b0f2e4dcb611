/**
 * Dialect: one vendor's way to ask and answer. The interface that dialects/registry.ts lists and http/ mounts.
 */
import type { Route, RouteAnswer } from "../model/route.ts";
import type { AppError } from "../platform/errors.ts";

/** What a dialect needs to know of a request whose route was not found or failed. */
export type FailedRequest = {
  readonly method: string;
  readonly path: string;
  /** Methods that the path does answer, for `request/method-not-allowed`; empty otherwise. */
  readonly allowedMethods: readonly string[];
};

/** One vendor's dialect. */
export interface Dialect {
  /** Shown in OpenAPI as the tag and in logs. */
  readonly name: string;
  /** Paths that begin with one of these are this dialect's: it words their errors, also for unknown routes. */
  readonly pathPrefixes: readonly string[];
  /** A fixed prefix under which every route answers too, `/flashback`; null for none. */
  readonly mountedUnder: string | null;
  /** True: the server checks query and body against the routes' schemas. False: the schemas only document. */
  readonly validatesBySchema: boolean;
  /** Which refusal wins when parameters are bad and the scope is missing as well. */
  readonly refusesFirst: "scope" | "parameters";
  readonly routes: readonly Route[];
  /** The secret that the request presents, or null without one. Header names are lower-case. */
  readCredential(request: {
    readonly path: string;
    readonly query: URLSearchParams;
    readonly headers: Readonly<Record<string, string | undefined>>;
  }): string | null;
  /** The vendor's form of an error: status, headers and body. Must not show more than the error's public message. */
  toErrorAnswer(error: AppError, request: FailedRequest): RouteAnswer;
}
