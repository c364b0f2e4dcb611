/**
 * Who may read whose figures, and which events of the user group a token reaches.
 */
import type { Principal } from "../../model/token.ts";
import type { UsageFilter } from "../../model/usage-query.ts";

/**
 * True when the bearer may read the figures of `user`, null for the whole group. ADMIN reads everybody's, any other
 * role only those of the user that its token acts for.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction (roles), read 2026-11-20
 */
export function mayReadUser(principal: Principal, user: string | null): boolean {
  return principal.role === "admin" || (principal.user !== null && user === String(principal.user));
}

/**
 * The events that an answer may count: those of the token's spaces, and of one user where one is asked for. FileSpin
 * has no spaces; without this a token that is limited to one of them would read the figures of all.
 */
export function toGroupFilter(principal: Principal, user: string | null): UsageFilter {
  return {
    ...(principal.spaces === null ? {} : { space: principal.spaces }),
    ...(user === null ? {} : { user: toUserIds(user) }),
  };
}

/** Ids end at 2^53-1: a longer one is nobody's, and must not be rounded to the id of somebody. */
function toUserIds(user: string): readonly number[] {
  const id = Number(user);
  return Number.isSafeInteger(id) ? [id] : [];
}
