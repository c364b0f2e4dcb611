/**
 * GET /v1/orgs/me/statistics/all_traffic: API requests of an organization and the bytes of their answers, per period,
 * per space, and against its limits. Deliveries of assets are in assets_traffic; only `traffic_used_this_year` has both.
 * @see https://www.storyblok.com/docs/api/management/statistics/retrieve-api-traffic-statistics "Retrieve API Traffic Statistics", read 2026-11-20
 */
import { Type } from "typebox";
import type { Organization } from "../../../model/organization.ts";
import type { Route, RouteRequest } from "../../../model/route.ts";
import type { TimeRange, UsageQuery } from "../../../model/usage-query.ts";
import type { UsageResult } from "../../../model/usage-result.ts";
import type { DialectDeps } from "../../dialect.ts";
import { toOrganizationReader } from "../access.ts";
import { readDayRange } from "../dates.ts";
import { buildNotFound } from "../errors.ts";
import { withColonForm } from "./colon-form.ts";
import { readLogCompleteness } from "./read-log-completeness.ts";
import { STATISTICS_ROWS_MAX, toRowsMax } from "./result-rows.ts";
import { readLastDaysRequests, readTraffic } from "./totals.ts";
import { readGroup, TrafficQuerySchema } from "./traffic-parameters.ts";
import {
  type SpaceRowsContext,
  sumPerPeriod,
  type TrafficGroup,
  TrafficRowSchema,
  toSpaceRows,
  toTopSpaces,
} from "./traffic-rows.ts";

/** What is asked: whose traffic, of which days, in periods of which length. */
export type AllTrafficParameters = {
  readonly organization: number;
  readonly range: TimeRange;
  readonly group: TrafficGroup;
};

/** What the answer needs beyond the usage of the range. */
export type AllTrafficContext = SpaceRowsContext & {
  readonly monthlyTrafficBytesMax: number;
  readonly trafficUsedThisYear: bigint;
  readonly requestsUsedLastDays: bigint;
};

type Deps = Pick<DialectDeps, "catalog" | "clock" | "limits" | "runQuery" | "readSourceCounts">;

/** The route, under both of its paths. */
export function buildOrganizationAllTrafficRoutes(deps: Deps): readonly Route<AllTrafficParameters>[] {
  return withColonForm<AllTrafficParameters>({
    method: "GET",
    path: "/v1/orgs/me/statistics/all_traffic",
    scope: "stats:read",
    summary: "Retrieve API traffic statistics of the organization",
    description: "For admins and managers whose token is not limited to spaces. Days are UTC days, both included.",
    query: TrafficQuerySchema,
    responses: {
      200: { description: "Traffic per period, per space, and against the limits.", schema: AnswerSchema },
      400: { description: "A date, the range or group_by cannot be read." },
    },
    readParameters: (request) => toParameters(request, deps.clock.now()),
    async answer(parameters) {
      // Watermarks before numbers: a log that arrives in between would otherwise count as received where its bytes are
      // missing.
      const context = await readContext(deps, parameters);
      const result = await deps.runQuery(toUsageQuery(parameters));
      return { status: 200, body: fromUsageResult(result, context) };
    },
  });
}

/** Reads who asks and the query string. `nowMs` decides what the default range is. */
export function toParameters(request: RouteRequest, nowMs: number): AllTrafficParameters {
  const { organization } = toOrganizationReader(request);
  return { organization, range: readDayRange(request.query, nowMs), group: readGroup(request.query) };
}

/** API requests and bytes per space and period, requests without a space included. */
export function toUsageQuery(parameters: AllTrafficParameters): UsageQuery {
  return {
    organization: parameters.organization,
    metrics: ["requests", "bytes_out"],
    range: parameters.range,
    filter: { kind: ["api"] },
    groupBy: ["space"],
    window: parameters.group,
    timeZone: "UTC",
    order: { by: "group" },
    empty: "omit",
    rowsMax: STATISTICS_ROWS_MAX,
  };
}

/** The answer. Its totals are the sums of its own cumulated rows. */
export function fromUsageResult(result: UsageResult, context: AllTrafficContext) {
  const cumulated = sumPerPeriod(result.rows, result.windows, context.group);
  const monthlyLimit = BigInt(context.monthlyTrafficBytesMax);
  return {
    // The vendor's spelling, without the h: clients read this name.
    montly_traffic_limit: monthlyLimit,
    yearly_traffic_limit: monthlyLimit * 12n,
    traffic_used_this_year: context.trafficUsedThisYear,
    cumulated_traffic: {
      requests_used_last_days: context.requestsUsedLastDays,
      total_requests_per_time_period: cumulated.reduce((sum, row) => sum + row.api_requests, 0n),
      total_traffic_per_time_period: cumulated.reduce((sum, row) => sum + row.total_bytes, 0n),
      traffic: cumulated,
    },
    traffic_top_spaces: toTopSpaces(result, context.group),
    traffic: toSpaceRows(result, context),
  };
}

async function readContext(deps: Deps, parameters: AllTrafficParameters): Promise<AllTrafficContext> {
  const nowMs = deps.clock.now();
  const { organization: id, group } = parameters;
  const part = { organization: id, space: null };
  const [organization, spaces, logsCompleteUntilMs, requestsUsedLastDays, trafficUsedThisYear] = await Promise.all([
    readOrganization(deps, id),
    deps.catalog.listSpaces(id),
    readLogCompleteness(deps, id, nowMs),
    readLastDaysRequests(deps, part, nowMs),
    readTraffic(deps, part, nowMs, "year"),
  ]);
  return {
    group,
    nowMs,
    rowsMax: toRowsMax(deps.limits),
    spaces: spaces.map((space) => space.id),
    logsCompleteUntilMs,
    monthlyTrafficBytesMax: organization.monthlyTrafficBytesMax,
    requestsUsedLastDays,
    trafficUsedThisYear,
  };
}

async function readOrganization(deps: Deps, id: number): Promise<Organization> {
  const organization = await deps.catalog.readOrganization(id);
  if (organization === null) throw buildNotFound();
  return organization;
}

const AnswerSchema = Type.Object({
  montly_traffic_limit: Type.Integer({ description: "Bytes a month; 0 for no limit. The vendor's spelling." }),
  yearly_traffic_limit: Type.Integer({ description: "Twelve times that." }),
  traffic_used_this_year: Type.Integer({ description: "Bytes of API answers and deliveries in this calendar year." }),
  cumulated_traffic: Type.Object({
    requests_used_last_days: Type.Integer({ description: "API requests of today and the six days before." }),
    total_requests_per_time_period: Type.Integer(),
    total_traffic_per_time_period: Type.Integer(),
    traffic: Type.Array(TrafficRowSchema),
  }),
  traffic_top_spaces: Type.Record(Type.String(), Type.Array(TrafficRowSchema), {
    description: "The three spaces with the most bytes by their id, and the sum of all others as `other_spaces`.",
  }),
  traffic: Type.Array(
    Type.Object({
      ...TrafficRowSchema.properties,
      total_bytes: Type.Union([Type.Integer(), Type.Null()], { description: "Null: not completely received yet." }),
      space_id: Type.Integer(),
    }),
  ),
});
