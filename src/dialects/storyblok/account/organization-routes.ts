/**
 * GET /v1/orgs/me and /v1/orgs/:id: the organization of a token; under another id nothing is found.
 */
import { Type } from "typebox";
import type { Organization } from "../../../model/organization.ts";
import type { Route } from "../../../model/route.ts";
import type { Principal } from "../../../model/token.ts";
import { toPrincipal } from "../access.ts";
import { buildNotFound } from "../errors.ts";
import { readTraffic } from "../statistics/totals.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { parseId } from "../values.ts";
import { PLAN } from "./space-object.ts";

/** Both routes. */
export function buildOrganizationRoutes(deps: StoryblokDeps): readonly Route<Principal>[] {
  const route = {
    method: "GET",
    scope: "any-token",
    description: "`traffic_used` are all outgoing bytes of this calendar month (UTC), `traffic_limit` what is allowed.",
    async answer(principal: Principal) {
      return { status: 200, body: { org: await readOrganization(deps, principal) } };
    },
  } as const;
  const shown = {
    description: "The organization.",
    schema: Type.Object({
      org: Type.Object({ id: Type.Integer(), name: Type.String() }, { additionalProperties: true }),
    }),
  };
  return [
    {
      ...route,
      path: "/v1/orgs/me",
      summary: "Retrieve the organization of the token",
      responses: { 200: shown },
      readParameters: toPrincipal,
    },
    {
      ...route,
      path: "/v1/orgs/:id",
      summary: "Retrieve an organization",
      pathParameters: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
      responses: { 200: shown, 404: { description: "Not the organization of the token." } },
      readParameters(request) {
        const principal = toPrincipal(request);
        if (parseId(request.params.id ?? "") !== principal.organization) throw buildNotFound();
        return principal;
      },
    },
  ];
}

async function readOrganization(deps: StoryblokDeps, { organization: id }: Principal) {
  const { catalog, clock } = deps;
  const organization = await catalog.readOrganization(id);
  if (organization === null) throw buildNotFound();
  return toOrganization(organization, {
    trafficUsed: await readTraffic(deps, { organization: id, space: null }, clock.now(), "month"),
    users: (await catalog.listUsers(id)).length,
    spaces: (await catalog.listSpaces(id)).length,
  });
}

/** The organization object; what it does not have here is neutral. */
export function toOrganization(
  organization: Organization,
  figures: { readonly trafficUsed: bigint; readonly users: number; readonly spaces: number },
) {
  return {
    id: organization.id,
    name: organization.name,
    track_statistics: true,
    ...PLAN,
    max_spaces: 0,
    max_collaborators: 0,
    traffic_used: figures.trafficUsed,
    traffic_limit: organization.monthlyTrafficBytesMax,
    restricted_regions: [],
    ai_text_generator_disabled: true,
    ai_translation_enabled: false,
    concept_room_enabled: false,
    ideation_room_enabled: false,
    token_timeout_in: null,
    disable_private_spaces: null,
    force_org_ai_styles: false,
    allow_space_ai_styles: false,
    ai_style_space_composition_mode: "",
    settings: {
      users_info: {
        saved_internal_users_count: figures.users,
        saved_external_users_count: 0,
        saved_invitations_count: 0,
      },
      spaces_info: { standard_spaces_count: figures.spaces, pro_spaces_count: 0 },
    },
  };
}
