/**
 * Tokens, roles and scopes: who asks, and what they may do.
 */

/** What a token may do. `admin` includes all others. */
export const SCOPES = ["ingest", "stats:read", "assets:read", "assets:write", "admin"] as const;

/** One of the scopes above. */
export type Scope = (typeof SCOPES)[number];

/** Roles of users and tokens, most powerful first. */
export const ROLES = ["admin", "manager", "member"] as const;

/** One of the roles above. */
export type Role = (typeof ROLES)[number];

/** The scopes that a token of a role has unless it is created with fewer. */
export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  admin: ["ingest", "stats:read", "assets:read", "assets:write", "admin"],
  manager: ["ingest", "stats:read", "assets:read", "assets:write"],
  member: ["stats:read", "assets:read"],
};

/** A token as it is listed: never its secret. `revokedAtMs` and `expiresAtMs` are UTC milliseconds or null. */
export type Token = {
  readonly id: string;
  readonly organization: number;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** The spaces that the token is limited to, or null for all spaces of the organization. */
  readonly spaces: readonly number[] | null;
  /** The user that the token acts for, or null. */
  readonly user: number | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
};

/** Who asks: what a valid token says about its bearer. */
export type Principal = Pick<Token, "id" | "organization" | "name" | "role" | "scopes" | "spaces" | "user">;

/**
 * What became of a presented secret. `why` tells a bearer who has the secret anyway what is wrong with it; `disabled`
 * is a good one whose user may not ask anything any more.
 */
export type Authentication =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly why: "unknown" | "expired" | "revoked" }
  | { readonly ok: false; readonly why: "disabled" };

/** True when the principal may do what `scope` names. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes(scope) || principal.scopes.includes("admin");
}

/** True when the principal's token is not limited to other spaces than `space`. */
export function maySeeSpace(principal: Principal, space: number): boolean {
  return principal.spaces === null || principal.spaces.includes(space);
}
