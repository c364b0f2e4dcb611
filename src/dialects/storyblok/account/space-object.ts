/**
 * Space → Storyblok's space objects: a short one in lists, a long one alone. What a space does not have here is neutral,
 * and no secret is shown.
 * @see https://www.storyblok.com/docs/api/management/spaces/the-space-object "The Space Object", read 2026-11-20
 */
import { Type } from "typebox";
import type { Catalog } from "../../../catalog/catalog.ts";
import type { Space, User } from "../../../model/organization.ts";
import { formatTime } from "../../../model/time-range.ts";

/** The plan that every space and organization has. */
export const PLAN = { plan: "assetmeter", plan_level: 0 } as const;

/** A space as a list shows it, and what else the long object has. */
export const SpaceRowSchema = Type.Object(
  { id: Type.Integer(), name: Type.String(), owner_id: Type.Integer(), org_id: Type.Optional(Type.Integer()) },
  { additionalProperties: true },
);

/** A space as a list shows it. */
export function toSpaceRow(space: Space, ownerId: number) {
  return {
    id: space.id,
    name: space.name,
    region: "eu",
    owner_id: ownerId,
    updated_at: formatTime(space.updatedAtMs),
    created_at: formatTime(space.createdAtMs),
    ...PLAN,
    trial: false,
    requires_2fa: false,
    org_id: space.organization,
    org_requires_2fa: false,
    development_mode: false,
    feature_limit_exceeded_flags: {},
  };
}

/** What a single space shows beyond its catalogue entry. */
export type SpaceFigures = {
  readonly ownerId: number;
  readonly role: string;
  readonly assets: number;
  readonly requestsToday: bigint;
  readonly requestsThisMonth: bigint;
  readonly trafficBytesMax: number;
};

/** A single space. */
export function toSpace(space: Space, figures: SpaceFigures) {
  return {
    id: space.id,
    name: space.name,
    domain: null,
    region: "eu",
    ...PLAN,
    limits: {},
    created_at: formatTime(space.createdAtMs),
    role: figures.role,
    owner_id: figures.ownerId,
    environments: [],
    stories_count: 0,
    assets_count: figures.assets,
    request_count_today: figures.requestsToday,
    api_requests: figures.requestsThisMonth,
    exceeded_requests: 0,
    trial: false,
    default_root: "page",
    has_slack_webhook: false,
    // The vendor shows a preview token here; tokens are shown once, when they are made.
    first_token: "",
    traffic_limit: figures.trafficBytesMax,
    ai_text_generator_disabled: true,
    ai_text_generator_feature_disabled: true,
    monthly_ai_tokens_traffic: 0,
    monthly_ai_tokens_traffic_limit: 0,
    has_pending_tasks: false,
    options: {},
    assistance_mode: false,
    languages: [],
    space_roles: [],
    collaborators: [],
    feature_limit_exceeded_flags: {},
  };
}

/** Who owns the spaces of an organization: its first admin; 0, which nobody is, without one. */
export function findOwnerId(users: readonly User[]): number {
  return users.find((user) => user.role === "admin")?.id ?? 0;
}

/** How many assets a space has that are not in the trash. */
export async function countAssets(
  catalog: Catalog,
  { organization, space }: { readonly organization: number; readonly space: number },
): Promise<number> {
  const sort = { by: "createdAtMs", direction: "desc" } as const;
  return (await catalog.listAssets(organization, space, { trash: false }, sort, { page: 1, perPage: 1 })).total;
}
