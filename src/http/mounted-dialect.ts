/**
 * What the server needs to know of a dialect, and which dialect a path belongs to. dialects/dialect.ts has the same
 * fields with their full contract: http/ takes any object of this shape, so that it depends on no vendor.
 */
import type { TSchema } from "typebox";
import type { CredentialForm, Route, RouteAnswer } from "../model/route.ts";
import type { AppError } from "../platform/errors.ts";

/** The part of a request that the wording of its failure may depend on. */
export type UnansweredRequest = {
  readonly method: string;
  readonly path: string;
  /** Methods that the path does answer, for `request/method-not-allowed`; empty otherwise. */
  readonly allowedMethods: readonly string[];
  /** As in RouteRequest: how many more requests may be sent in this second, where that is known. */
  readonly requestsLeft?: number;
};

/** The part of a request in which a credential may be. Header names are lower-case. */
export type CredentialRequest = {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
};

/** What a dialect's error bodies look like, for OpenAPI. */
export type ErrorForm = { readonly mediaType: string; readonly schema: TSchema };

/** A dialect as the server sees it. */
export interface MountedDialect {
  readonly name: string;
  readonly pathPrefixes: readonly string[];
  readonly mountedUnder: string | null;
  readonly validatesBySchema: boolean;
  readonly refusesFirst: "scope" | "parameters";
  readonly routes: readonly Route[];
  readonly credentialForms?: Readonly<Record<string, CredentialForm>>;
  readonly errorForm?: ErrorForm;
  readCredential(request: CredentialRequest): string | null;
  toErrorAnswer(error: AppError, request: UnansweredRequest): RouteAnswer;
}

/** True when `path` is `prefix` or lies below it, by whole segments: `/v1` has `/v1/spaces`, not `/v10`. */
function liesUnder(path: string, prefix: string): boolean {
  return prefix === "/" || path === prefix || path.startsWith(`${prefix}/`);
}

/** The fixed prefix is the dialect's own as well: nobody else answers below it. */
function listPrefixes({ pathPrefixes, mountedUnder }: MountedDialect): readonly string[] {
  return mountedUnder === null ? pathPrefixes : [...pathPrefixes, mountedUnder];
}

/**
 * The dialect that words the failures of `path`: the one with the longest prefix that the path lies under, or the last
 * one of the list where no prefix matches. The list must not be empty.
 */
export function findOwner(dialects: readonly MountedDialect[], path: string): MountedDialect {
  let owner = dialects[dialects.length - 1]!;
  let ownerPrefixLength = 0;
  for (const dialect of dialects) {
    for (const prefix of listPrefixes(dialect)) {
      if (prefix.length > ownerPrefixLength && liesUnder(path, prefix)) {
        owner = dialect;
        ownerPrefixLength = prefix.length;
      }
    }
  }
  return owner;
}
