/**
 * GET /api/v1/stats/timeseries/{api,addons,transcodes,storage,cdn}: usage over time.
 */
import { Type } from "typebox";
import type { Route } from "../../../model/route.ts";
import { formatTime } from "../../../model/time-range.ts";
import { AppError } from "../../../platform/errors.ts";
import type { DialectDeps } from "../../dialect.ts";
import { buildResponses, TimeSeriesSchema } from "../answer-schemas.ts";
import { NO_STORE } from "../error-answer.ts";
import { mayReadUser } from "../group-access.ts";
import { refuseNotKept } from "../refuse-not-kept.ts";
import { STAT_TYPES, type StatType } from "../stat-type.ts";
import { readTimeSeriesRequest, type TimeSeriesRequest } from "./parameters.ts";
import { fromUsageResult, toUsageQuery } from "./translation.ts";

type Deps = Pick<DialectDeps, "runQuery" | "clock">;

const QuerySchema = Type.Object({
  stat_type: Type.Optional(Type.String({ description: "The path's own type, or left out." })),
  stat_subtype: Type.Optional(
    Type.String({ description: "An API template, addon id or transcode key; `ASSET`; `traffic` or `request`." }),
  ),
  start_time: Type.Optional(Type.Integer({ description: "UNIX seconds; a day before end_time when left out." })),
  end_time: Type.Optional(Type.Integer({ description: "UNIX seconds; now when left out. This second is included." })),
  user_id: Type.Optional(Type.Integer({ description: "Left out: the whole user group." })),
  granularity: Type.Optional(
    Type.String({ description: "`hour`, `day`, `week` (from Monday) or `month`, in UTC; by the range when left out." }),
  ),
  fill: Type.Optional(
    Type.String({ description: "`zero` also returns windows without a record; `none` is the default." }),
  ),
});

/** One route per stat type. */
export function buildTimeSeriesRoutes(deps: Deps): readonly Route[] {
  return STAT_TYPES.map((type) => buildTimeSeriesRoute(type, deps));
}

function buildTimeSeriesRoute(type: StatType, deps: Deps): Route<TimeSeriesRequest> {
  return {
    method: "GET",
    path: `/api/v1/stats/timeseries/${type}`,
    scope: "stats:read",
    summary: `Time series of ${type}`,
    description: "Hourly points up to 7 days, daily points (UTC) for longer ranges, at most 364 days back.",
    query: QuerySchema,
    responses: buildResponses(TimeSeriesSchema),
    readParameters: (request) => readTimeSeriesRequest(type, request.query, deps.clock.now()),
    answer: async (parameters, { principal }) => {
      if (principal === null || !mayReadUser(principal, parameters.user)) {
        throw new AppError("access/forbidden", "Forbidden");
      }
      const refused = { type, isByUser: parameters.user !== null, principal, toBound: toStartBound };
      const query = toUsageQuery(parameters, principal);
      const result = await deps.runQuery(query).catch((error: unknown) => refuseNotKept(error, refused));
      return { status: 200, headers: NO_STORE, body: fromUsageResult(result, parameters, principal.organization) };
    },
  };
}

/** In seconds for the program, and as a date for who reads its log. */
function toStartBound(keptFromMs: number): string {
  const startS = Math.ceil(keptFromMs / 1000);
  return `start_time must be at least ${startS} (${formatTime(startS * 1000).replace(".000Z", "Z")})`;
}
