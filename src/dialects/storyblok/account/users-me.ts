/**
 * GET /v1/users/me: who a token acts for. A token without a user is shown as a user 0 with the token's name.
 * @see https://www.storyblok.com/docs/api/management/users "Users", read 2026-11-20
 */
import { Type } from "typebox";
import type { Organization, User } from "../../../model/organization.ts";
import type { Route } from "../../../model/route.ts";
import { formatTime } from "../../../model/time-range.ts";
import type { Principal } from "../../../model/token.ts";
import { toPrincipal } from "../access.ts";
import { buildNotFound } from "../errors.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";

/** The route. */
export function buildUsersMeRoute({ catalog }: Pick<StoryblokDeps, "catalog">): Route<Principal> {
  return {
    method: "GET",
    path: "/v1/users/me",
    scope: "any-token",
    summary: "Retrieve the current user",
    responses: {
      200: {
        description: "The user of the token.",
        schema: Type.Object({
          user: Type.Object({ id: Type.Integer(), friendly_name: Type.String() }, { additionalProperties: true }),
        }),
      },
    },
    readParameters: toPrincipal,
    async answer(principal) {
      const organization = await catalog.readOrganization(principal.organization);
      if (organization === null) throw buildNotFound();
      const user = principal.user === null ? null : await catalog.readUser(principal.organization, principal.user);
      return { status: 200, body: { user: toUser(user, principal, organization) } };
    },
  };
}

/** The user object. Names are split at the first blank; there is one name here. */
export function toUser(user: User | null, principal: Principal, organization: Organization) {
  const name = user?.name ?? principal.name;
  const blank = name.indexOf(" ");
  const email = user?.email ?? "";
  return {
    id: user?.id ?? 0,
    userid: email,
    email,
    username: null,
    use_username: false,
    firstname: blank < 0 ? name : name.slice(0, blank),
    lastname: blank < 0 ? "" : name.slice(blank + 1),
    friendly_name: name,
    login_strategy: "password",
    created_at: formatTime(user?.createdAtMs ?? organization.createdAtMs),
    org_role: principal.role,
    has_org: true,
    has_partner: false,
    org: { id: organization.id, name: organization.name, status: "active" },
    notified: [],
    favourite_spaces: [],
    favourite_ideas: [],
    beta_user: true,
    track_statistics: true,
    ui_theme: { theme: "default" },
    totp_factor_verified: false,
    configured_2fa_options: ["otp_email"],
    disclaimer_ids: [],
    live_chat_enabled: false,
    confirmed: true,
  };
}
