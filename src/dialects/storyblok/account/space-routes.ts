/**
 * GET /v1/spaces and /v1/spaces/:space_id: the spaces that a token may see. Not paged.
 * @see https://www.storyblok.com/docs/api/management/spaces "Spaces", read 2026-11-20
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { DAY_MS } from "../../../model/time-range.ts";
import { maySeeSpace, type Principal } from "../../../model/token.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toPrincipal, toSpaceParameters } from "../access.ts";
import { calendarMonth, startOfDay } from "../dates.ts";
import { buildNotFound } from "../errors.ts";
import { readRequests } from "../statistics/totals.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { parseSearchText, readLast } from "../values.ts";
import { countAssets, findOwnerId, SpaceRowSchema, toSpace, toSpaceRow } from "./space-object.ts";

type ListParameters = { readonly principal: Principal; readonly search: string };

/** Both routes. */
export function buildSpaceRoutes(deps: StoryblokDeps): readonly Route[] {
  return [buildListRoute(deps), buildReadRoute(deps)] as readonly Route[];
}

function buildListRoute({ catalog }: StoryblokDeps): Route<ListParameters> {
  return {
    method: "GET",
    path: "/v1/spaces",
    scope: "any-token",
    summary: "Retrieve multiple spaces",
    description: "The spaces that the token is for, by id.",
    query: Type.Object({ search: Type.Optional(Type.String({ description: "A part of the name, ignoring case." })) }),
    responses: { 200: { description: "The spaces.", schema: Type.Object({ spaces: Type.Array(SpaceRowSchema) }) } },
    readParameters: (request) => ({
      principal: toPrincipal(request),
      search: parseSearchText(readLast(request.query, "search")) ?? "",
    }),
    async answer({ principal, search }) {
      const ownerId = findOwnerId(await catalog.listUsers(principal.organization));
      const spaces = (await catalog.listSpaces(principal.organization))
        .filter(({ id }) => maySeeSpace(principal, id))
        .filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
      return { status: 200, body: { spaces: spaces.map((space) => toSpaceRow(space, ownerId)) } };
    },
  };
}

function buildReadRoute(deps: StoryblokDeps): Route<SpaceParameters> {
  const { catalog, clock } = deps;
  return {
    method: "GET",
    path: "/v1/spaces/:space_id",
    scope: "any-token",
    summary: "Retrieve one space",
    description: "`api_requests` are those of this calendar month, `request_count_today` those of today, both UTC.",
    pathParameters: SpacePathSchema,
    responses: {
      200: { description: "The space.", schema: Type.Object({ space: SpaceRowSchema }) },
      404: { description: "The space does not exist, or the token is not for it." },
    },
    readParameters: toSpaceParameters,
    async answer({ principal, space: id }) {
      const space = await readVisibleSpace(catalog, principal, id);
      const part = { organization: principal.organization, space: id };
      const organization = await catalog.readOrganization(part.organization);
      if (organization === null) throw buildNotFound();
      const todayMs = startOfDay(clock.now());
      const figures = {
        ownerId: findOwnerId(await catalog.listUsers(part.organization)),
        role: principal.role,
        assets: await countAssets(catalog, part),
        requestsToday: await readRequests(deps, part, { startMs: todayMs, endMs: todayMs + DAY_MS }),
        requestsThisMonth: await readRequests(deps, part, calendarMonth(clock.now())),
        trafficBytesMax: organization.monthlyTrafficBytesMax,
      };
      return { status: 200, body: { space: toSpace(space, figures) } };
    },
  };
}
