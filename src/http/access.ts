/**
 * Who asks, and may they: from the credential of a request to a principal, and from a route's scope to a refusal.
 */

import type { RouteScope } from "../model/route.ts";
import { type Authentication, hasScope, type Principal } from "../model/token.ts";
import { AppError } from "../platform/errors.ts";
import type { CredentialRequest, MountedDialect } from "./mounted-dialect.ts";

/** Finds out whose secret this is. */
export type Authenticate = (secret: string) => Promise<Authentication>;

const WHY_INVALID: Readonly<Record<"unknown" | "expired" | "revoked", string>> = {
  unknown: "The token is not known.",
  expired: "The token has expired.",
  revoked: "The token has been revoked.",
};

/**
 * The principal of a request to a route with a scope other than `none`. Throws `access/no-token` without a credential
 * and `access/invalid-token` for one that is unknown, expired or revoked, `access/user-disabled` for that of a disabled
 * user.
 */
export async function readPrincipal(
  dialect: MountedDialect,
  request: CredentialRequest,
  authenticate: Authenticate,
): Promise<Principal> {
  const secret = dialect.readCredential(request);
  if (secret === null || secret === "") throw new AppError("access/no-token", "This request needs a token.");
  const result = await authenticate(secret);
  if (!result.ok && result.why === "disabled") {
    throw new AppError("access/user-disabled", "The user has been disabled.");
  }
  if (!result.ok) throw new AppError("access/invalid-token", WHY_INVALID[result.why]);
  return result.principal;
}

/** Throws `access/scope-missing` when the route needs a scope that the principal's token does not have. */
export function requireScope(scope: RouteScope, principal: Principal | null): void {
  if (scope === "none" || scope === "any-token") return;
  if (principal === null || !hasScope(principal, scope)) {
    throw new AppError("access/scope-missing", `The token does not have the scope ${scope}.`);
  }
}
