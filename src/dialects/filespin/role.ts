/**
 * Roles as FileSpin numbers and names them.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction (roles), read 2026-11-20
 */
import type { Role } from "../../model/token.ts";

/** A role on the wire. */
export type WireRole = { readonly role_id: number; readonly role_name: string };

/** The vendor's 3, CREATOR, is nobody's here. */
const WIRE_ROLES: Readonly<Record<Role, WireRole>> = {
  admin: { role_id: 1, role_name: "ADMIN" },
  manager: { role_id: 2, role_name: "MANAGER" },
  member: { role_id: 4, role_name: "USER" },
};

/** The two fields in which answers name a role. */
export function toWireRole(role: Role): WireRole {
  return WIRE_ROLES[role];
}
