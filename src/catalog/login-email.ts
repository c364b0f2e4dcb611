/**
 * E-mail addresses as logins: one address is the login of at most one user of the whole catalogue.
 */
import { AppError } from "../platform/errors.ts";
import type { CatalogQueries } from "./catalog-database.ts";
import { conflict } from "./existence.ts";

/** One user of one organization. */
export type UserKey = { readonly organization: number; readonly id: number };

/** Rejects with `catalog/conflict` when another user logs in with this address. */
export async function requireFreeLogin(queries: CatalogQueries, loginEmail: string, user: UserKey): Promise<void> {
  const holder = await queries
    .selectFrom("users")
    .select(["organization", "id"])
    .where("login_email", "=", loginEmail)
    .executeTakeFirst();
  if (holder === undefined || (holder.organization === user.organization && holder.id === user.id)) return;
  // The address alone: of which organization the other user is, is nobody's business.
  throw conflict(`user who logs in with ${loginEmail}`);
}

/** The error for a password without an address to log in with. */
export function needsEmail(): AppError {
  return new AppError("catalog/invalid", "A user without an e-mail address cannot have a password.");
}
