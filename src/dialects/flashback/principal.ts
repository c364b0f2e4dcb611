/**
 * Who asks, in routes that nobody reaches without a token.
 */
import type { RouteRequest } from "../../model/route.ts";
import type { Principal } from "../../model/token.ts";
import { assertInvariant } from "../../platform/errors.ts";

/** The bearer. A route with a scope is never answered without one; that it is would be a defect, not a bad request. */
export function toPrincipal(request: RouteRequest): Principal {
  assertInvariant(request.principal !== null, "a route with a scope has a principal");
  return request.principal;
}
