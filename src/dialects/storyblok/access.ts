/**
 * Who may see what beyond the scope of a route, which the server has checked before.
 */
import { Type } from "typebox";
import type { Catalog } from "../../catalog/catalog.ts";
import type { Space } from "../../model/organization.ts";
import type { RouteRequest } from "../../model/route.ts";
import { maySeeSpace, type Principal } from "../../model/token.ts";
import { AppError, assertInvariant } from "../../platform/errors.ts";
import { buildNotFound } from "./errors.ts";
import { parseId } from "./values.ts";

/** Who asks. Only for routes that need a token. */
export function toPrincipal(request: RouteRequest): Principal {
  assertInvariant(request.principal !== null, `${request.path} was reached without a principal`);
  return request.principal;
}

/**
 * Who asks about a whole organization: an admin or manager whose token is not limited to spaces, because the answer
 * shows every space. Throws `access/forbidden` for anyone else.
 */
export function toOrganizationReader(request: RouteRequest): Principal {
  const principal = toPrincipal(request);
  if (principal.role === "member" || principal.spaces !== null) {
    throw new AppError("access/forbidden", "Statistics of the organization are for its admins and managers.");
  }
  return principal;
}

/** Who asks about which space. */
export type SpaceParameters = { readonly principal: Principal; readonly space: number };

/** The path parameters of a route for one space. */
export const SpacePathSchema = Type.Object({ space_id: Type.Integer({ minimum: 1 }) });

/** Who asks, and the space that the path names. Throws `request/not-found` for text that is no id. */
export function toSpaceParameters(request: RouteRequest): SpaceParameters {
  return { principal: toPrincipal(request), space: toSpaceId(request) };
}

/** The id of the space that the path names. Throws `request/not-found` for text that is no id. */
export function toSpaceId(request: RouteRequest): number {
  const id = parseId(request.params.space_id ?? "");
  if (id === null) throw buildNotFound();
  return id;
}

/**
 * The space with this id. One that does not exist, is another organization's, or is outside the token's spaces is
 * `request/not-found` alike, so that nobody learns which of these it is.
 */
export async function readVisibleSpace(catalog: Catalog, principal: Principal, id: number): Promise<Space> {
  const space = maySeeSpace(principal, id) ? await catalog.readSpace(principal.organization, id) : null;
  if (space === null) throw buildNotFound();
  return space;
}
