/**
 * The secret that a request presents → who asks: a token of the catalogue, or a user's access token.
 */
import type { Catalog } from "../catalog/catalog.ts";
import { hashTokenSecret } from "../catalog/token-secret.ts";
import type { User } from "../model/organization.ts";
import { type Authentication, type Principal, ROLE_SCOPES } from "../model/token.ts";
import type { Clock } from "../platform/clock.ts";
import { looksLikeJwt, verifyAccessToken } from "./access-tokens.ts";
import type { KeyRing } from "./key-ring.ts";

/** What secrets are looked up in. */
export type AuthenticateDeps = {
  readonly catalog: Pick<Catalog, "findToken" | "readUser">;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
};

/** Finds out whose secret this is. Reads the catalogue every time: what is revoked or disabled is so at once. */
export function buildAuthenticate(deps: AuthenticateDeps): (secret: string) => Promise<Authentication> {
  return (secret) => (looksLikeJwt(secret) ? authenticateUser(deps, secret) : authenticateToken(deps, secret));
}

async function authenticateToken({ catalog, clock }: AuthenticateDeps, secret: string): Promise<Authentication> {
  const token = await catalog.findToken(hashTokenSecret(secret));
  if (token === null) return { ok: false, why: "unknown" };
  if (token.revokedAtMs !== null) return { ok: false, why: "revoked" };
  if (token.expiresAtMs !== null && token.expiresAtMs <= clock.now()) return { ok: false, why: "expired" };
  const user = token.user === null ? null : await catalog.readUser(token.organization, token.user);
  // A key that acts for a user ends with the user.
  return user !== null && user.disabledAtMs !== null ? { ok: false, why: "disabled" } : { ok: true, principal: token };
}

async function authenticateUser(deps: AuthenticateDeps, jwt: string): Promise<Authentication> {
  const reading = await verifyAccessToken(deps, jwt);
  if (!reading.ok) return reading;
  const user = await deps.catalog.readUser(reading.claims.organization, reading.claims.user);
  if (user === null) return { ok: false, why: "unknown" };
  return user.disabledAtMs === null ? { ok: true, principal: toUserPrincipal(user) } : { ok: false, why: "disabled" };
}

/** What a user may do: everything that their role may, in every space. */
function toUserPrincipal({ organization, id, name, role }: User): Principal {
  return {
    id: `user ${organization}/${id}`,
    organization,
    name,
    role,
    scopes: ROLE_SCOPES[role],
    spaces: null,
    user: id,
  };
}
