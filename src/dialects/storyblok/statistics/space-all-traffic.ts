/**
 * GET /v1/spaces/:space_id/statistics/all_traffic: API requests of one space and the bytes of their answers, per period,
 * against the limits of its organization.
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import type { TimeRange } from "../../../model/usage-query.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toSpaceParameters } from "../access.ts";
import { readDayRange } from "../dates.ts";
import { buildNotFound } from "../errors.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { withColonForm } from "./colon-form.ts";
import { readSpaceTraffic } from "./space-traffic.ts";
import { readLastDaysRequests, readTraffic } from "./totals.ts";
import { readGroup, TrafficQuerySchema } from "./traffic-parameters.ts";
import { type TrafficGroup, TrafficRowSchema } from "./traffic-rows.ts";

type Parameters = SpaceParameters & { readonly range: TimeRange; readonly group: TrafficGroup };

/** The route, under both of its paths. */
export function buildSpaceAllTrafficRoutes(deps: StoryblokDeps): readonly Route<Parameters>[] {
  return withColonForm<Parameters>({
    method: "GET",
    path: "/v1/spaces/:space_id/statistics/all_traffic",
    scope: "stats:read",
    summary: "Retrieve API traffic statistics of a space",
    description: "Days are UTC days, both included. Limits are those of the organization.",
    query: TrafficQuerySchema,
    pathParameters: SpacePathSchema,
    responses: {
      200: { description: "Traffic per period and against the limits.", schema: AnswerSchema },
      400: { description: "A date, the range or group_by cannot be read." },
      404: { description: "The space does not exist, or the token is not for it." },
    },
    readParameters: (request) => ({
      ...toSpaceParameters(request),
      range: readDayRange(request.query, deps.clock.now()),
      group: readGroup(request.query),
    }),
    async answer({ principal, space, range, group }) {
      await readVisibleSpace(deps.catalog, principal, space);
      const nowMs = deps.clock.now();
      const { organization } = principal;
      const part = { organization, space };
      const limit = (await deps.catalog.readOrganization(organization))?.monthlyTrafficBytesMax;
      if (limit === undefined) throw buildNotFound();
      const [traffic, trafficUsedThisMonth, requestsUsedLastDays] = await Promise.all([
        readSpaceTraffic(deps, { organization, space, range, group }),
        readTraffic(deps, part, nowMs, "month"),
        readLastDaysRequests(deps, part, nowMs),
      ]);
      const body = {
        montly_traffic_limit: limit,
        traffic_limit: limit,
        traffic_used_this_month: trafficUsedThisMonth,
        requests_used_last_days: requestsUsedLastDays,
        total_traffic_per_time_period: traffic.bytes,
        total_requests_per_time_period: traffic.requests,
        traffic: traffic.rows.map(({ space_id: _, ...row }) => row),
      };
      return { status: 200, body };
    },
  });
}

const AnswerSchema = Type.Object({
  montly_traffic_limit: Type.Integer({ description: "Bytes a month; 0 for no limit. The vendor's spelling." }),
  traffic_limit: Type.Integer({ description: "The same." }),
  traffic_used_this_month: Type.Integer({ description: "Bytes of API answers and deliveries in this calendar month." }),
  requests_used_last_days: Type.Integer({ description: "API requests of today and the six days before." }),
  total_traffic_per_time_period: Type.Integer(),
  total_requests_per_time_period: Type.Integer(),
  traffic: Type.Array(
    Type.Object({
      ...TrafficRowSchema.properties,
      total_bytes: Type.Union([Type.Integer(), Type.Null()], { description: "Null: not completely received yet." }),
    }),
  ),
});
